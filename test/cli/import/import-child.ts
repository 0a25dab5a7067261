import { setTimeout as sleep } from 'node:timers/promises';
import { runImport } from '../../../src/cli/import/run.ts';
import { NOW, SILENT } from './import-run.ts';

/** One import in a process of its own, for tests that kill it: FILE MAP URL KEY PROGRESS REJECTS GROUP_BYTES. */
const [file = '', map = '', url = '', key = '', progressPath = '', rejectsPath = '', groupBytes = ''] =
  process.argv.slice(2);

const summary = await runImport({
  file,
  map,
  url,
  key,
  clock: { now: () => NOW },
  progress: SILENT,
  progressPath,
  rejectsPath,
  groupBytesMax: Number(groupBytes),
  rebaseTo: '2026-11-20',
  // The engine is on this machine and comes back at once: a short wait keeps the test short.
  delay: (ms, signal) => sleep(Math.min(ms, 20), undefined, { signal }),
});
process.stdout.write(`${JSON.stringify(summary)}\n`);
