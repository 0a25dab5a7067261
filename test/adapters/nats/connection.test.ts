import { createServer, connect as dial, type Server, type Socket } from 'node:net';
import { expect, it } from 'vitest';
import { createManualClock } from '../../../src/adapters/memory/manual-clock.ts';
import { connectNats } from '../../../src/adapters/nats/connection.ts';
import { openNatsLog } from '../../../src/adapters/nats/log.ts';
import { limits } from '../../../src/limits.ts';
import { describeWith } from '../../support/find-server.ts';
import { startNats } from '../../support/servers.ts';

/** A network that can begin to swallow everything on the connections that it has, without closing them. */
async function startSwallower(port: number): Promise<{ port: number; swallow(): void; stop(): void }> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((client) => {
    const upstream = dial(port, '127.0.0.1');
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
    }
    client.pipe(upstream);
    upstream.pipe(client);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    swallow: () => {
      for (const socket of sockets) {
        socket.unpipe();
        socket.pause();
      }
    },
    stop: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

describeWith(['nats-server'], 'the connection to NATS', () => {
  it.each([
    ['user: "shop", password: "a:b/c"', 'shop:a%3Ab%2Fc'],
    ['token: "s3cret"', 's3cret'],
  ])('logs in with %s out of the address', async (authorization, credentials) => {
    const server = await startNats({ config: `authorization { ${authorization} }` });
    const address = (who: string) => ({ servers: [`nats://${who}@127.0.0.1:${server.port}`], name: 'test' });
    const link = await connectNats(address(credentials));
    expect(link.connected).toBe(true);
    expect(link.payloadBytesMax).toBe(1024 * 1024);
    await link.close();
    expect(link.connected).toBe(false);
    await expect(connectNats(address('shop:wrong'))).rejects.toMatchObject({ code: 'log_unavailable' });
    await expect(link.request('any', '')).rejects.toMatchObject({ code: 'log_unavailable' });
    await server.remove();
  });

  it('refuses addresses that it cannot read or use', async () => {
    for (const servers of [[], ['http://host'], ['nats://'], ['a b']]) {
      await expect(connectNats({ servers, name: 'test' })).rejects.toMatchObject({ code: 'invalid_config' });
    }
  });

  it('says what is missing where JetStream is switched off', async () => {
    const server = await startNats({
      config: 'accounts { plain { users: [{ user: u, password: p }] } }\nno_auth_user: u',
    });
    const link = await connectNats({ servers: [server.url], name: 'test' });
    const options = { space: 'a', partition: 'p0', clock: createManualClock(0) };
    await expect(openNatsLog(link, options)).rejects.toMatchObject({ code: 'log_unavailable' });
    await link.close();
    await server.remove();
  });

  it('never sends later what it refused while the server was away', async () => {
    const server = await startNats();
    const link = await connectNats({ servers: [server.url], name: 'test' });
    const heard: string[] = [];
    link.connection.subscribe('any', {
      callback: (_error, message) => {
        heard.push(message.string());
        message.respond('');
      },
    });
    await server.kill();
    await expect.poll(() => link.connected).toBe(false);
    await expect(link.request('any', 'away')).rejects.toMatchObject({ code: 'log_unavailable' });
    await server.restart();
    await expect.poll(() => link.connected, { timeout: 20_000 }).toBe(true);
    await link.request('any', 'back');
    expect(heard).toEqual(['back']);
    await link.close();
    await server.remove();
  });

  it('leaves a network that swallows everything, also with a full send buffer, and comes back', async () => {
    const server = await startNats();
    const network = await startSwallower(server.port);
    const link = await connectNats({
      servers: [`127.0.0.1:${network.port}`],
      name: 'test',
      requestMs: 300,
      pingMs: 100,
    });
    const options = { space: 'a', partition: 'p0', clock: createManualClock(0), maxBytes: 1024 ** 3 };
    const log = await openNatsLog(link, options);
    await log.append([Buffer.from('before')]);
    network.swallow();
    const large = Array.from({ length: 16 }, () => Buffer.alloc(limits.messageBytesMax / 2));
    await expect(log.append(large)).rejects.toMatchObject({ code: 'log_unavailable' });
    await expect.poll(() => link.connected, { timeout: 20_000 }).toBe(false);
    await expect(log.append([Buffer.from('away')])).rejects.toMatchObject({ code: 'log_unavailable' });
    await expect.poll(() => link.connected, { timeout: 20_000 }).toBe(true);
    const [position] = await log.append([Buffer.from('after')]);
    const [found] = await log.read((position?.seq ?? 0) - 1, 1);
    expect(found?.records.map(String)).toEqual(['after']);
    await log.close();
    await link.close();
    network.stop();
    await server.remove();
  });
});
