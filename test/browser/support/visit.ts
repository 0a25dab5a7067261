import { expect } from 'vitest';
import type { ConsoleRig, OpenConsole, OpenOptions } from './console-rig.ts';

const REFUSAL = /^Failed to load resource: the server responded with a status of 40[04] /;

export interface Visit extends OpenOptions {
  readonly address: string;
  /** The engine refuses something on purpose, which browsers write into their console. */
  readonly refused?: boolean;
}

/** Opens a page and uses it; afterwards nothing may have been complained of, and no other host been asked. */
export async function visit(
  rig: ConsoleRig,
  { address, refused = false, ...options }: Visit,
  use: (opened: OpenConsole) => Promise<void>,
): Promise<void> {
  const opened = await rig.open(options);
  try {
    await opened.goTo(address);
    await use(opened);
    expect(opened.complaints.filter((text) => !(refused && REFUSAL.test(text)))).toEqual([]);
    expect(opened.strangers).toEqual([]);
  } finally {
    await opened.close();
  }
}
