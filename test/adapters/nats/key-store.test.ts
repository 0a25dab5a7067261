import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectNats, type NatsLink } from '../../../src/adapters/nats/connection.ts';
import { openNatsKeyStore } from '../../../src/adapters/nats/key-store.ts';
import { describeKeyStore } from '../../conformance/key-store.ts';
import { describeWith } from '../../support/find-server.ts';
import { type PrivateServer, startNats } from '../../support/servers.ts';

describeWith(['nats-server'], 'on NATS', () => {
  let server: PrivateServer;
  let spaces = 0;
  beforeAll(async () => {
    server = await startNats();
  });
  afterAll(() => server.remove());
  const connect = (): Promise<NatsLink> =>
    connectNats({ servers: [server.url], name: 'test', requestMs: 500 });
  const options = (space: string) => ({ space });

  describeKeyStore({
    name: 'NATS',
    createHome: async () => {
      spaces += 1;
      const space = `k${spaces}`;
      let link: NatsLink | undefined;
      return {
        open: async () => {
          link = await connect();
          return openNatsKeyStore(link, options(space));
        },
        close: async () => link?.close(),
        remove: async () => undefined,
      };
    },
  });

  describe('the key store on NATS', () => {
    it('takes one key of several nodes that offer theirs at once, for any name of a facet', async () => {
      const links = [await connect(), await connect(), await connect()];
      const stores = await Promise.all(links.map((link) => openNatsKeyStore(link, options('many'))));
      const facets = ['plain', 'user:a b.c|device:*', '>', '=', '', 'ü'.repeat(200), 'd:1,u:2', 'D:1,u:2'];
      for (const facet of facets) {
        const answers = await Promise.all(
          stores.flatMap((store, node) =>
            [0, 1, 2].map((n) => store.putIfAbsent(facet, Buffer.from(`${facet} ${node} ${n}`))),
          ),
        );
        const [first] = answers;
        expect(answers.every((answer) => Buffer.compare(answer, first ?? Buffer.from('')) === 0)).toBe(true);
        expect(Buffer.from((await stores[2]?.get(facet)) ?? []).toString()).toMatch(
          new RegExp(`^.{${facet.length}} \\d \\d$`, 's'),
        );
      }
      for (const link of links) await link.close();
    });

    it('makes a new key after one was deleted, and leaves nothing of the old one in its files', async () => {
      const link = await connect();
      const store = await openNatsKeyStore(link, options('gone'));
      await store.putIfAbsent('facet', Buffer.from('the-old-secret'));
      await store.delete('facet');
      expect(Buffer.from(await store.putIfAbsent('facet', Buffer.from('new'))).toString()).toBe('new');
      const grep = () => execFileSync('grep', ['-r', '-l', 'the-old-secret', server.directory]).toString();
      expect(grep).toThrow();
      await link.close();
    });

    it('keeps the keys over a kill, and fails retryably while the server is away', async () => {
      const link = await connect();
      const store = await openNatsKeyStore(link, options('kept'));
      await store.putIfAbsent('facet', Buffer.from('kept'));
      await server.kill();
      for (const attempt of [
        () => store.get('facet'),
        () => store.putIfAbsent('other', Buffer.from('x')),
        () => store.delete('facet'),
      ]) {
        await expect(attempt()).rejects.toMatchObject({ code: 'log_unavailable' });
      }
      await server.restart();
      await expect
        .poll(async () => String(await Promise.resolve(store.get('facet')).catch(() => '')), {
          timeout: 20_000,
        })
        .toBe(String(new Uint8Array(Buffer.from('kept'))));
      await link.close();
    });

    it('says when it is full', async () => {
      const link = await connect();
      const store = await openNatsKeyStore(link, { space: 'full', keysMax: 5 });
      const fill = async (): Promise<void> => {
        for (let n = 0; n < 20; n += 1) await store.putIfAbsent(`facet${n}`, new Uint8Array(60));
      };
      await expect(fill()).rejects.toMatchObject({ code: 'log_full' });
      expect(await store.get('facet0')).toHaveLength(60);
      await link.close();
    });
  });
});
