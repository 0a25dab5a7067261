import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openNatsAuditStore } from '../../../src/adapters/nats/audit-store.ts';
import { connectNats, type NatsLink } from '../../../src/adapters/nats/connection.ts';
import { limits } from '../../../src/limits.ts';
import { describeAuditStore } from '../../conformance/audit-store.ts';
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

  describeAuditStore({
    name: 'NATS',
    createHome: async () => {
      spaces += 1;
      const space = `a${spaces}`;
      let link: NatsLink | undefined;
      return {
        open: async () => {
          link = await connect();
          return openNatsAuditStore(link, { space });
        },
        close: async () => link?.close(),
        remove: async () => undefined,
      };
    },
  });

  describe('the audit store on NATS', () => {
    it('takes a page only after the one that its writer knows of', async () => {
      const [one, two] = [await connect(), await connect()];
      const [first, second] = [
        await openNatsAuditStore(one, { space: 'fence' }),
        await openNatsAuditStore(two, { space: 'fence' }),
      ];
      const page = (n: number) => ({ n, bytes: Buffer.from(`page ${n}`) });
      await first.append('a', page(1), Buffer.from('1'));
      await second.append('a', page(2), Buffer.from('2'));
      await expect(first.append('a', page(2), Buffer.from('2'))).rejects.toMatchObject({
        code: 'audit_unavailable',
      });
      // Having looked, it goes on after what it has found.
      expect(await first.pages('a', 1, 10)).toHaveLength(1);
      await first.append('a', page(3), Buffer.from('3'));
      expect((await second.pages('a', 0, 10)).map(({ n }) => n)).toEqual([1, 2, 3]);
      for (const link of [one, two]) await link.close();
    });

    it('keeps a bounded number of heads, and lets nobody delete a page', async () => {
      const link = await connect();
      const store = await openNatsAuditStore(link, { space: 'heads' });
      for (let n = 1; n <= limits.auditHeadsKept + 3; n += 1) {
        await store.append('a', { n, bytes: Buffer.from(String(n)) }, Buffer.from(String(n)));
      }
      const heads = await link.manager.streams.info('TESSERA_heads_auditheads');
      expect(heads.state.messages).toBeLessThanOrEqual(4);
      await expect(link.manager.streams.deleteMessage('TESSERA_heads_audit', 2)).rejects.toThrow();
      await link.close();
    });
  });
});
