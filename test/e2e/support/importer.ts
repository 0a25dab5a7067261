import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { ImportSummary } from '../../../src/cli/import/run.ts';
import { TesseraError } from '../../../src/errors.ts';
import type { EngineApi } from './engine-api.ts';
import { MAIN } from './engine-process.ts';

export interface ImporterOptions {
  readonly api: EngineApi;
  readonly file: string;
  readonly map: string;
  /** Progress and side files go here, named after `name`. */
  readonly directory: string;
  readonly name: string;
  readonly flags?: readonly string[];
}

/** `tessera import` as a process of its own. */
export class Importer {
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  #output = '';
  #problems = '';

  constructor({ api, file, map, directory, name, flags = [] }: ImporterOptions) {
    const files = [
      '--progress',
      join(directory, `${name}.progress.json`),
      '--rejects',
      join(directory, `${name}.rejected.ndjson`),
    ];
    const target = ['--url', api.address, '--key', api.secretKey];
    this.#child = spawn(
      process.execPath,
      [MAIN, 'import', file, '--map', map, ...target, ...files, '--json', ...flags],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    this.#child.stdout?.on('data', (chunk: Buffer) => {
      this.#output += chunk.toString();
    });
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      this.#problems += chunk.toString();
    });
    this.#ended = once(this.#child, 'close');
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Resolves true when SIGKILL ended it, false when it was faster. */
  async kill(): Promise<boolean> {
    this.#child.kill('SIGKILL');
    await this.#ended;
    return this.#child.signalCode === 'SIGKILL';
  }

  /** Resolves with the summary; fails with what the importer complained of. */
  async finished(): Promise<ImportSummary> {
    await this.#ended;
    if (this.#child.exitCode === 0) return JSON.parse(this.#output) as ImportSummary;
    const code = this.#child.exitCode ?? this.#child.signalCode;
    throw new TesseraError('import_failed', `exit ${code}: ${this.#output}${this.#problems}`);
  }
}

export async function importFile(options: ImporterOptions): Promise<ImportSummary> {
  return await new Importer(options).finished();
}
