/* Started by directory-lock.test.ts: tries to lock the directory of its argument, says how it went, waits for the end of its input. */
import { lockDirectory } from '../../../src/adapters/embedded/directory-lock.ts';
import { TesseraError } from '../../../src/errors.ts';

const directory = process.argv[2] ?? '';
try {
  lockDirectory(directory);
  process.stdout.write('locked\n');
  process.stdin.resume();
} catch (error) {
  process.stdout.write(`${error instanceof TesseraError ? error.code : String(error)}\n`);
}
