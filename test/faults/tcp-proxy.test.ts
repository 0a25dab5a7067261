import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts';

/** A server that sends back what it gets, and remembers it. */
class Echo {
  readonly received: Buffer[] = [];
  readonly sockets: Socket[] = [];
  readonly server: Server = createServer((socket) => {
    this.sockets.push(socket);
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      this.received.push(chunk);
      socket.write(chunk);
    });
  });

  get text(): string {
    return Buffer.concat(this.received).toString();
  }

  async listen(): Promise<number> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    const address = this.server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }
}

class Client {
  readonly socket: Socket;
  text = '';
  /** `end`: in good order; otherwise the code of the error. */
  readonly over: Promise<string>;

  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1');
    this.socket.on('data', (chunk: Buffer) => {
      this.text += chunk.toString();
    });
    this.over = new Promise((resolve) => {
      this.socket.once('end', () => resolve('end'));
      this.socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''));
    });
  }
}

async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; !holds(); tries += 1) {
    if (tries > 2_000) throw new Error('it never came to be');
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

describe('the TCP proxy', () => {
  let echo: Echo;
  let proxy: TcpProxy;
  const clients: Client[] = [];
  const client = (): Client => {
    const one = new Client(proxy.port);
    clients.push(one);
    return one;
  };
  beforeEach(async () => {
    echo = new Echo();
    proxy = await startTcpProxy({ port: await echo.listen() });
  });
  afterEach(async () => {
    for (const one of clients.splice(0)) one.socket.destroy();
    await proxy.close();
    for (const socket of echo.sockets) socket.destroy();
    echo.server.close();
  });

  it('passes everything on, both ways, and counts it', async () => {
    const [one, other] = [client(), client()];
    const large = 'x'.repeat(3_000_000);
    one.socket.write(large);
    other.socket.write('small');
    await until(() => one.text.length === large.length && other.text === 'small');
    expect(one.text).toBe(large);
    expect(proxy.passed).toEqual({ up: large.length + 5, down: large.length + 5 });
    expect([proxy.open, proxy.accepted]).toEqual([2, 2]);
  });

  it('passes on the end of each side by itself', async () => {
    const one = client();
    one.socket.end('last words');
    expect(await one.over).toBe('end');
    expect(one.text).toBe('last words');
    await until(() => proxy.open === 0);
  });

  it.each([
    ['cut', 'end'],
    ['reset', 'ECONNRESET'],
  ] as const)('breaks open connections (%s), and new ones are whole', async (how, seen) => {
    const one = client();
    one.socket.write('before');
    await until(() => one.text === 'before');
    proxy.break(how);
    expect(await one.over).toBe(seen);
    expect(proxy.open).toBe(0);
    const other = client();
    other.socket.write('after');
    await until(() => other.text === 'after');
  });

  it('swallows both ways while half open, and resets what lost bytes when it heals', async () => {
    const [one, idle] = [client(), client()];
    one.socket.write('before');
    idle.socket.write('idle');
    await until(() => one.text === 'before' && idle.text === 'idle');
    proxy.break('half-open');
    one.socket.write('lost');
    echo.sockets[0]?.write('lost too');
    const passed = { ...proxy.passed };
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect([one.text, proxy.passed, one.socket.destroyed]).toEqual(['before', passed, false]);
    proxy.heal();
    expect(await one.over).toBe('ECONNRESET');
    idle.socket.write(' still here');
    await until(() => idle.text === 'idle still here');
    expect(echo.text).not.toContain('lost');
  });

  it.each([
    ['up', 4, 'end'],
    ['down', 6, 'end'],
  ] as const)('breaks in the middle: after so many bytes %s', async (direction, bytes, seen) => {
    const one = client();
    proxy.breakAfter(direction, bytes, 'cut');
    one.socket.write('0123456789');
    expect(await one.over).toBe(seen);
    expect(direction === 'up' ? echo.text : one.text).toBe('0123456789'.slice(0, bytes));
    expect(proxy.passed[direction]).toBe(bytes);
  });

  it('can lose an answer and nothing else: the request arrives, not a byte comes back', async () => {
    const one = client();
    proxy.breakAfter('down', 0, 'reset');
    one.socket.write('request');
    expect(await one.over).toBe('ECONNRESET');
    expect([echo.text, one.text]).toEqual(['request', '']);
  });

  it('goes half open after so many bytes', async () => {
    const one = client();
    proxy.breakAfter('up', 3, 'half-open');
    one.socket.write('abcdef');
    await until(() => echo.text === 'abc');
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect([echo.text, one.text, one.socket.destroyed]).toEqual(['abc', '', false]);
  });

  it('resets who comes while it refuses', async () => {
    proxy.refuse();
    expect(await client().over).toBe('ECONNRESET');
    expect(proxy.accepted).toBe(0);
    proxy.heal();
    const one = client();
    one.socket.write('welcome');
    await until(() => one.text === 'welcome');
  });

  it('keeps the order of what it delays, and what it slows down', async () => {
    const one = client();
    proxy.delay(5);
    proxy.slow(200_000);
    const text = Array.from({ length: 2_000 }, (_, n) => `${n};`).join('');
    for (let at = 0; at < text.length; at += 1_000) one.socket.write(text.slice(at, at + 1_000));
    await until(() => one.text.length === text.length);
    expect(one.text).toBe(text);
  });

  it('resets the client when nobody listens behind it', async () => {
    for (const socket of echo.sockets) socket.destroy();
    echo.server.close();
    await once(echo.server, 'close');
    expect(await client().over).toBe('ECONNRESET');
  });
});
