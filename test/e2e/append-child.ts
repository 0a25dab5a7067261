/*
 * Started by fsync.test.ts: appends records one after another to the log in its first argument, as many as the second
 * says. Each acknowledgement and each refusal is one write(2) to standard output, so that it shows in a trace.
 */
import { writeSync } from 'node:fs';
import { Environment } from '../../src/adapters/embedded/environment.ts';
import { openLog } from '../../src/adapters/embedded/log.ts';
import { createSystemClock } from '../../src/adapters/embedded/system-clock.ts';
import { TesseraError } from '../../src/errors.ts';

const environment = new Environment(process.argv[2] ?? '', { full: 'log_full', failed: 'log_unavailable' });
const log = openLog(environment, 'main', { clock: createSystemClock() });
const count = Number(process.argv[3]);
for (let n = 1; n <= count; n += 1) {
  try {
    await log.append([Buffer.from(`record ${n}`)]);
    writeSync(1, `ack ${n}\n`);
  } catch (error) {
    writeSync(1, `refused ${n} ${error instanceof TesseraError ? error.code : String(error)}\n`);
  }
}
await log.close();
await environment.close();
