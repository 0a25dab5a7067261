import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { TesseraError } from '../../../src/errors.ts';
import type { Seeded } from './seed-child.ts';
import type { SeedOrder } from './seed-people.ts';

/** `seedPeople` in a process of its own: several stores are filled at once, and what that takes in memory goes with it. */
export async function seedInChild(order: SeedOrder): Promise<Seeded> {
  const child = fork(fileURLToPath(new URL('./seed-child.ts', import.meta.url)), [], {
    execArgv: ['--import', 'tsx', '--max-old-space-size=8192'],
  });
  let seeded: Seeded | undefined;
  child.on('message', (answer: Seeded) => {
    seeded = answer;
  });
  child.send(order);
  // Once everything that it has said is heard, or it is gone.
  await once(child, 'disconnect');
  if (seeded === undefined) throw new TesseraError('internal', 'the store could not be filled');
  return seeded;
}
