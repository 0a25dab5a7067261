import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { TesseraError } from '../../errors.ts';
import type { CliContext } from '../context.ts';

/** Where lines go, no faster than they are taken. */
export interface TextOutput {
  write(text: string): Promise<void>;
  /** Resolves when everything is written. */
  close(): Promise<void>;
}

/** Standard output of the process; closing leaves it open. */
export function toStandardOutput(stdout: CliContext['stdout']): TextOutput {
  return {
    async write(text) {
      if (stdout.write(text) !== false || stdout.once === undefined) return;
      await new Promise<void>((resolve) => stdout.once?.('drain', resolve));
    },
    async close() {},
  };
}

/** A file, begun anew. Fails with `invalid_parameter` when it cannot be opened, later with `generate_failed`. */
export async function toFile(path: string): Promise<TextOutput> {
  const stream = createWriteStream(path, 'utf8');
  try {
    await once(stream, 'open');
  } catch (error) {
    throw unwritable('invalid_parameter', path, error);
  }
  return new FileOutput(stream, path);
}

class FileOutput implements TextOutput {
  readonly #stream: WriteStream;
  #failure: TesseraError | undefined;
  #wake: (() => void) | undefined;

  constructor(stream: WriteStream, path: string) {
    this.#stream = stream;
    stream.on('drain', () => this.#wake?.());
    stream.on('close', () => this.#wake?.());
    stream.on('error', (error) => {
      this.#failure = unwritable('generate_failed', path, error);
      // A disk that is full ends the wait as well.
      this.#wake?.();
    });
  }

  async write(text: string): Promise<void> {
    if (this.#failure === undefined && !this.#stream.write(text)) await this.#settled();
    if (this.#failure !== undefined) throw this.#failure;
  }

  async close(): Promise<void> {
    if (this.#failure === undefined) {
      this.#stream.end();
      await this.#settled();
    }
    if (this.#failure !== undefined) throw this.#failure;
  }

  #settled(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}

function unwritable(
  kind: 'invalid_parameter' | 'generate_failed',
  path: string,
  error: unknown,
): TesseraError {
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
  return new TesseraError(kind, `${path} cannot be written (${code}).`, { cause: error });
}
