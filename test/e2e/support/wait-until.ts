import { setTimeout as pause } from 'node:timers/promises';
import { TesseraError } from '../../../src/errors.ts';

const POLL_MS = 20;
const GIVE_UP_MS = 90_000;

/** Asks again and again until the answer is yes; fails with what was waited for. */
export async function waitUntil(what: string, holds: () => Promise<boolean> | boolean): Promise<void> {
  const deadline = performance.now() + GIVE_UP_MS;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new TesseraError('internal', `waited in vain: ${what}`);
    await pause(POLL_MS);
  }
}
