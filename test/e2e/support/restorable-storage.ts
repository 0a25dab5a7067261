import { cpSync, rmSync } from 'node:fs';
import { type PrivateServer, startNats, startRedis } from '../../support/servers.ts';
import type { EnginePlace } from './engine-place.ts';
import { testedOn } from './engine-storage.ts';

/**
 * All that an engine keeps, to be copied and put back while no engine runs on it: its data directory, and with `TEST_ON=servers`
 * NATS and Redis of its own, whose directories are copied while they stand still.
 */
export class RestorableStorage {
  readonly #place: EnginePlace;
  #servers: readonly PrivateServer[] = [];

  constructor(place: EnginePlace) {
    this.#place = place;
  }

  /** Settings of each engine on it. */
  async open(): Promise<Record<string, string>> {
    if (testedOn !== 'servers') return {};
    const nats = await startNats();
    const redis = await startRedis({ appendonly: true, appendfsync: 'always' });
    this.#servers = [nats, redis];
    return { TESSERA_NATS_URL: nats.url, TESSERA_REDIS_URL: redis.url };
  }

  async copy(): Promise<void> {
    await this.#whileStopped((from, to) => cpSync(from, to, { recursive: true }));
  }

  async putBack(): Promise<void> {
    await this.#whileStopped((directory, copy) => {
      rmSync(directory, { recursive: true });
      cpSync(copy, directory, { recursive: true });
    });
  }

  async remove(): Promise<void> {
    for (const server of this.#servers) await server.remove();
  }

  async #whileStopped(work: (directory: string, copy: string) => void): Promise<void> {
    for (const server of this.#servers) await server.stop();
    const directories = [this.#place.dataDirectory, ...this.#servers.map(({ directory }) => directory)];
    for (const [n, directory] of directories.entries()) work(directory, this.#place.file(`copy-${n}`));
    for (const server of this.#servers) await server.restart();
  }
}
