import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectNats, type NatsLink } from '../../../src/adapters/nats/connection.ts';
import { createNodeChannel } from '../../../src/adapters/nats/node-channel.ts';
import { limits } from '../../../src/limits.ts';
import { describeChannel } from '../../conformance/channel.ts';
import { describeWith } from '../../support/find-server.ts';
import { type PrivateServer, startNats } from '../../support/servers.ts';

describeWith(['nats-server'], 'on NATS', () => {
  let server: PrivateServer;
  let spaces = 0;
  beforeAll(async () => {
    server = await startNats();
  });
  afterAll(() => server.remove());
  const connect = (): Promise<NatsLink> => connectNats({ servers: [server.url], name: 'test' });

  describeChannel({
    name: 'NATS',
    createHome: async () => {
      spaces += 1;
      const space = `c${spaces}`;
      const links: NatsLink[] = [];
      return {
        open: async () => {
          const link = await connect();
          links.push(link);
          return createNodeChannel(link, space);
        },
        // A ping of each node after those of all: whatever was sent before has been delivered by then.
        settled: async () => {
          for (let round = 0; round < 2; round += 1) {
            await Promise.all(links.map((link) => link.connection.flush()));
          }
        },
        remove: async () => {
          for (const link of links) await link.close();
        },
      };
    },
  });

  describe('the channel on NATS', () => {
    it('keeps spaces apart', async () => {
      const link = await connect();
      const heard: string[] = [];
      createNodeChannel(link, 'a').subscribe('beat', () => heard.push('a'));
      createNodeChannel(link, 'b').subscribe('beat', () => heard.push('b'));
      createNodeChannel(link, 'b').publish('beat', Buffer.from(''));
      await link.connection.flush();
      expect(heard).toEqual(['b']);
      await link.close();
    });

    it('drops and counts what a server does not take, and sends again afterwards', async () => {
      const link = await connect();
      const channel = createNodeChannel(link, 'bounded');
      let heard = 0;
      channel.subscribe('beat', () => {
        heard += 1;
      });
      await link.connection.flush();
      server.pause();
      const bytes = new Uint8Array(512 * 1024);
      const fitting = Math.floor(limits.natsUnsentBytesMax / (bytes.length + 100));
      for (let n = 0; n < fitting + 5; n += 1) channel.publish('beat', bytes);
      expect(channel.dropped()).toBe(5);
      server.resume();
      await expect.poll(() => heard, { timeout: 20_000 }).toBe(fitting);
      await link.connection.flush();
      channel.publish('beat', bytes);
      await expect.poll(() => heard, { timeout: 20_000 }).toBe(fitting + 1);
      expect(channel.dropped()).toBe(5);
      await link.close();
    });

    it('drops what is sent while the server is away, and hears again when it is back', async () => {
      const link = await connect();
      const channel = createNodeChannel(link, 'away');
      const heard: string[] = [];
      channel.subscribe('beat', (bytes) => heard.push(Buffer.from(bytes).toString()));
      await server.kill();
      await expect.poll(() => link.connected).toBe(false);
      channel.publish('beat', Buffer.from('lost'));
      expect(channel.dropped()).toBe(1);
      await server.restart();
      await expect.poll(() => link.connected, { timeout: 20_000 }).toBe(true);
      channel.publish('beat', Buffer.from('heard'));
      await expect.poll(() => heard).toEqual(['heard']);
      await link.close();
    });
  });
});
