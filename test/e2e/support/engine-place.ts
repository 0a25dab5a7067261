import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EngineProcess, type RunningEngine, type StartOptions } from './engine-process.ts';

type Settings = Omit<StartOptions, 'directory'>;

/** A temporary directory with the engines that ran on it: all of them end, and all of it goes, with the test. */
export class EnginePlace {
  readonly path = mkdtempSync(join(tmpdir(), 'tessera-e2e-'));
  readonly #started: EngineProcess[] = [];

  get dataDirectory(): string {
    return join(this.path, 'data');
  }

  file(name: string): string {
    return join(this.path, name);
  }

  /** An engine on the data directory, once it answers. */
  async start(settings: Settings = {}): Promise<RunningEngine> {
    return await this.launch(settings).ready();
  }

  /** The same without waiting. */
  launch(settings: Settings = {}): EngineProcess {
    const engine = new EngineProcess({ directory: this.dataDirectory, ...settings });
    this.#started.push(engine);
    return engine;
  }

  async remove(): Promise<void> {
    for (const engine of this.#started) await engine.kill();
    rmSync(this.path, { recursive: true, force: true });
  }
}
