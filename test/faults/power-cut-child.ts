/*
 * Started by power-cut.test.ts under strace: log and state of the embedded form in the directory of its first argument, the
 * real runner, as many events as the second says. Each acknowledgement is one write(2) to standard output.
 */
import { writeSync } from 'node:fs';
import { createSystemClock } from '../../src/adapters/embedded/system-clock.ts';
import { encodeRecord } from '../../src/runner/codec.ts';
import { createStageLoop } from '../../src/runner/stage-loop.ts';
import { definitionsOfCuts, eventOfCuts, openCutEngine } from './power-cut-engine.ts';

const count = Number(process.argv[3]);
const { log, runner, close } = openCutEngine(process.argv[2] ?? '', createSystemClock());
await log.append([encodeRecord(definitionsOfCuts)]);
const loop = createStageLoop({
  runner,
  log,
  paused: () => false,
  onError: (error) => {
    throw error;
  },
});
loop.start();
for (let n = 1; n <= count; ) {
  // One to three requests at a time, so that packed messages and single ones alternate.
  const together = Array.from({ length: Math.min(1 + (n % 3), count - n + 1) }, (_, i) => n + i);
  await Promise.all(
    together.map(async (number) => {
      await log.append([encodeRecord({ kind: 'event', event: eventOfCuts(number) })]);
      writeSync(1, `ack ${number}\n`);
    }),
  );
  n += together.length;
}
await loop.stop();
await close();
