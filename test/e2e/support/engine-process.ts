import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { TesseraError } from '../../../src/errors.ts';
import { EngineApi } from './engine-api.ts';
import { storageSettings } from './engine-storage.ts';

/** The program as it is shipped; `npm test` builds it first. */
export const MAIN = fileURLToPath(new URL('../../../dist/main.js', import.meta.url));

export interface StartOptions {
  readonly directory: string;
  readonly port?: number;
  readonly currency?: string;
  readonly logLevel?: string;
  /** Directory of definitions; the shipped one where it is absent. */
  readonly definitions?: string;
  /** What the engine's clock shows when it starts, RFC 3339; the machine's time where it is absent. */
  readonly now?: string;
  /** A node of a deployment on servers: its settings come from these variables, its keys among them. */
  readonly serve?: Readonly<Record<string, string>>;
  /** Where it kills itself: `commit.after:3`. */
  readonly crashAt?: string;
  /** Further variables of its environment. */
  readonly settings?: Readonly<Record<string, string>>;
}

interface Banner {
  readonly address: string;
  readonly write_key: string;
  readonly secret_key: string;
}

/** Everything that a child has written, as it grows. */
class Output {
  text = '';

  constructor(child: ChildProcess) {
    const collect = (chunk: Buffer): void => {
      this.text += chunk.toString();
    };
    child.stdout?.on('data', collect);
    child.stderr?.on('data', collect);
  }
}

/** Starts `tessera dev` as a process of its own, without waiting until it answers. */
export class EngineProcess {
  readonly #child: ChildProcess;
  readonly #output: Output;
  readonly #keys: Pick<Banner, 'write_key' | 'secret_key'>;

  constructor(options: StartOptions) {
    const { directory, port = 0, currency = 'CNY', logLevel = 'info', definitions, now, serve } = options;
    const flags = ['--data-dir', directory, '--port', String(port), '--currency', currency];
    if (definitions !== undefined) flags.push('--definitions', definitions);
    const node = now === undefined ? [] : ['--import', shiftedClock(now)];
    this.#child = spawn(
      process.execPath,
      [...node, MAIN, serve === undefined ? 'dev' : 'serve', ...flags, '--log-level', logLevel, '--json'],
      {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: {
          ...environmentWithoutSettings(),
          ...(serve ?? storageSettings(directory)),
          ...(options.crashAt === undefined ? {} : { TESSERA_CRASH_AT: options.crashAt }),
          ...options.settings,
        },
      },
    );
    this.#output = new Output(this.#child);
    this.#keys = {
      write_key: serve?.TESSERA_WRITE_KEY ?? '',
      secret_key: serve?.TESSERA_SECRET_KEY ?? '',
    };
  }

  /** Starts and waits for the banner. */
  static async start(options: StartOptions): Promise<RunningEngine> {
    return await new EngineProcess(options).ready();
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Both streams together. */
  get output(): string {
    return this.#output.text;
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Resolves with the engine once it listens; fails with its output when it ends before. */
  async ready(): Promise<RunningEngine> {
    for (;;) {
      const banner = this.#banner();
      if (banner !== undefined) return { process: this, api: new EngineApi(banner), ...portOf(banner) };
      if (!this.running) {
        throw new TesseraError('internal', `the engine ended before it was ready: ${this.output}`);
      }
      await Promise.race([once(this.#child.stdout ?? this.#child, 'data'), once(this.#child, 'exit')]);
    }
  }

  /** SIGKILL; resolves when the process is gone. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** SIGSTOP: it stands still wherever it is, and SIGCONT lets it go on as if nothing had been. */
  pause(): void {
    this.#child.kill('SIGSTOP');
  }

  resume(): void {
    this.#child.kill('SIGCONT');
  }

  /** SIGTERM; resolves with the exit code, null when it died of the signal. */
  async stop(): Promise<number | null> {
    await this.#end('SIGTERM');
    return this.#child.exitCode;
  }

  /** Resolves with the exit code of an engine that ends by itself. */
  async ended(): Promise<number | null> {
    if (this.running) await once(this.#child, 'close');
    return this.#child.exitCode;
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    if (!this.running) return;
    const closed = once(this.#child, 'close');
    this.#child.kill(signal);
    await closed;
  }

  #banner(): Banner | undefined {
    const line = this.output
      .split('\n')
      .find((text) => text.startsWith('{"version"') && text.includes('"address"'));
    // A node of a deployment does not show its keys.
    return line?.endsWith('}') ? { ...this.#keys, ...(JSON.parse(line) as Banner) } : undefined;
  }
}

export interface RunningEngine {
  readonly process: EngineProcess;
  readonly api: EngineApi;
  readonly port: number;
}

function portOf({ address }: Banner): { readonly port: number } {
  return { port: Number(new URL(address).port) };
}

/** A module, loaded before the program, that shifts the one clock of the engine. */
function shiftedClock(now: string): string {
  const source = `const real = Date.now; const shift = ${Date.parse(now)} - real(); Date.now = () => real() + shift;`;
  return `data:text/javascript,${encodeURIComponent(source)}`;
}

/** Settings of whoever runs the tests must not reach the engines under test. */
function environmentWithoutSettings(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(TESSERA_|CLICKHOUSE_|VITEST|NODE_OPTIONS$|PORT$|NODE_ENV$)/.test(name),
  );
  return Object.fromEntries(kept);
}
