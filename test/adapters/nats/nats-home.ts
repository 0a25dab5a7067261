import { join } from 'node:path';
import { connectNats, type NatsLink, type NatsOptions } from '../../../src/adapters/nats/connection.ts';
import { openNatsLog } from '../../../src/adapters/nats/log.ts';
import type { Log } from '../../../src/ports/log.ts';
import type { LogHome } from '../../conformance/log.ts';
import type { PrivateServer } from '../../support/servers.ts';

/** A space of its own on a server that all tests of a file share. */
export class NatsHome implements LogHome {
  readonly space: string;
  readonly #server: PrivateServer;
  #link: NatsLink | undefined;

  constructor(server: PrivateServer, space: string) {
    this.#server = server;
    this.space = space;
  }

  async link(): Promise<NatsLink> {
    this.#link ??= await connectNats(this.options);
    return this.#link;
  }

  /** Impatient, so that suites need not wait as long as a node should. */
  get options(): NatsOptions {
    return { servers: [this.#server.url], name: 'test', requestMs: 500 };
  }

  async open(options: Parameters<LogHome['open']>[0]): Promise<Log> {
    // A small reservation: the server sets aside what a stream may grow to.
    const maxBytes = options.maxBytes ?? 1024 ** 3;
    return openNatsLog(await this.link(), { ...options, maxBytes, space: this.space, partition: 'p0' });
  }

  /** Where the server keeps the messages. */
  filesOf(server: PrivateServer): string {
    return join(server.directory, 'jetstream/jetstream/$G/streams', `TESSERA_${this.space}_p0`, 'msgs');
  }

  async close(log: Log): Promise<void> {
    await log.close();
    await this.disconnect();
  }

  async disconnect(): Promise<void> {
    await this.#link?.close();
    this.#link = undefined;
  }

  async remove(): Promise<void> {
    const link = await this.link();
    for await (const { config } of link.manager.streams.list(`tessera.${this.space}.>`)) {
      await link.manager.streams.delete(config.name);
    }
    await this.disconnect();
  }
}
