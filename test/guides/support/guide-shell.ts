import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TesseraError } from '../../../src/errors.ts';
import { MAIN } from '../../e2e/support/engine-process.ts';

/** A command that begins a server, which ends when somebody ends it. */
const SERVER = /^(?:npx )?tessera (?:dev|serve)\b.*$/gm;

/** Runs blocks of pages in bash, in a directory in which `npx tessera` is the program that was built here. */
export class GuideShell {
  readonly #directory: string;
  readonly env: NodeJS.ProcessEnv;

  constructor(directory: string, env: NodeJS.ProcessEnv) {
    const bin = join(directory, 'bin');
    mkdirSync(bin, { recursive: true });
    this.#directory = directory;
    this.env = { HOME: directory, ...env, PATH: `${bin}:${process.env.PATH}` };
    const program = `'${process.execPath}' '${MAIN}' "$@"`;
    // A server has to hear of signals itself. 3 says of the others that something was found to look at: on pages that is as it should be.
    const run = `case "$1" in dev|serve) exec ${program};; *) ${program} || [ $? = 3 ];; esac\n`;
    this.addProgram('tessera', run);
    this.addProgram('npx', `[ "$1" = tessera ] || exit 127\nshift\n${run}`);
  }

  /** A program of the shell's own, before all others of its name. */
  addProgram(name: string, script: string): void {
    writeFileSync(join(this.#directory, 'bin', name), `#!/bin/sh\n${script}`, { mode: 0o755 });
  }

  /** What a block prints. Fails when a command of it does; servers in it are started afterwards, and ended once they listen. */
  async run(block: string): Promise<string> {
    const output = await this.#bash(`set -e\n${block.replaceAll(SERVER, '')}`);
    for (const [line] of block.matchAll(SERVER)) await this.#startAndEnd(line);
    return output;
  }

  async #bash(script: string): Promise<string> {
    const child = spawn('bash', ['-c', script], { cwd: this.#directory, env: this.env });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        output += chunk.toString();
      });
    }
    const [code] = (await once(child, 'close')) as [number];
    if (code !== 0) throw new TesseraError('internal', `${script}\nended with ${code}: ${output}`);
    return output;
  }

  async #startAndEnd(line: string): Promise<void> {
    const env = { TESSERA_DATA_DIR: join(this.#directory, 'another'), PORT: '0', ...this.env };
    const child = spawn('bash', ['-c', `exec ${line.replaceAll(/\b8123\b/g, '0')}`], {
      cwd: this.#directory,
      env,
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        output += chunk.toString();
      });
    }
    const closed = once(child, 'close');
    while (!/http:\/\/127\.0\.0\.1:\d+/.test(output)) {
      if (child.exitCode !== null) throw new TesseraError('internal', `${line}: ${output}`);
      await Promise.race([once(child.stdout, 'data'), closed]);
    }
    child.kill('SIGTERM');
    await closed;
  }
}
