import type { Command } from 'commander';
import type { CliContext } from '../../src/cli/context.ts';
import { createProgram, type LocalWork } from '../../src/cli/program.ts';
import { TesseraError } from '../../src/errors.ts';

/** The program with all of its commands as `main.ts` has it, without anything that it could do in this process. */
export function wholeProgram(
  work: Partial<LocalWork> = {},
  changed: Partial<CliContext> = {},
): {
  readonly program: Command;
  readonly written: { out: string; err: string; code: number };
} {
  const written = { out: '', err: '', code: 0 };
  const absent = (): Promise<never> => Promise.reject(new TesseraError('internal', 'not here'));
  const context = {
    ...{ key: 'sk_x', url: 'http://127.0.0.1:1', isTty: false, clock: { now: () => 0 } },
    stdout: { write: (text: string) => (written.out += text) },
    stderr: { write: (text: string) => (written.err += text) },
    setExitCode: (code: number) => {
      written.code = code;
    },
    ...changed,
  };
  const local = { version: '0.0.0', start: absent, restore: absent, examineSetup: absent };
  const program = createProgram(context, { ...local, readDirectory: absent, ...work });
  return { program, written };
}
