import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PACKAGES = fileURLToPath(new URL('../../../node_modules', import.meta.url));

export interface ProgramEnd {
  /** Null where it died of a signal. */
  readonly code: number | null;
  readonly output: string;
}

/** Runs a program of a snippet as a process of its own, with the libraries of this repository, until it ends. */
export async function runProgram(directory: string, code: string): Promise<ProgramEnd> {
  const file = join(directory, 'snippet.mjs');
  writeFileSync(file, code);
  symlinkSync(PACKAGES, join(directory, 'node_modules'));
  const child = spawn(process.execPath, [file], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  await once(child, 'close');
  return { code: child.exitCode, output };
}
