import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { closeLater, takeRest } from '../../src/serve/take-rest.ts';

const MEBIBYTE = 1024 * 1024;
const PLENTY = { bytesMax: 64 * MEBIBYTE, waitMs: 60_000 };

let server: ReturnType<typeof createServer>;
let client: Socket;
beforeEach(async () => {
  server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(async () => {
  client.destroy();
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

/** Opens a request that announces so many bytes and sends some of them. */
async function request(announced: number, sent: number): Promise<[IncomingMessage, ServerResponse]> {
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const arrived = once(server, 'request') as Promise<[IncomingMessage, ServerResponse]>;
  client = connect(port, '127.0.0.1');
  client.write(`POST / HTTP/1.1\r\nhost: x\r\ncontent-length: ${announced}\r\n\r\n`);
  client.write(Buffer.alloc(sent, 0x20));
  return await arrived;
}

it('waits until the body has ended, so that the sender can read the answer', async () => {
  const [message, response] = await request(8 * MEBIBYTE, 8 * MEBIBYTE);
  await takeRest(message, PLENTY);
  expect(message.complete).toBe(true);
  response.writeHead(413, { connection: 'close' }).end();
  const answer = await once(client, 'data');
  expect(String(answer[0])).toMatch(/^HTTP\/1.1 413 /);
});

it('gives up on a body without end, by its bytes', async () => {
  const [message] = await request(1_000 * MEBIBYTE, 2 * MEBIBYTE);
  await takeRest(message, { ...PLENTY, bytesMax: MEBIBYTE });
  expect(message.complete).toBe(false);
});

it('gives up on a sender who stops sending, by the clock', async () => {
  const [message] = await request(MEBIBYTE, 10);
  await takeRest(message, { ...PLENTY, waitMs: 10 });
  expect(message.complete).toBe(false);
});

it('does not wait for a sender who has gone', async () => {
  const [message] = await request(MEBIBYTE, 10);
  const taken = takeRest(message, PLENTY);
  client.destroy();
  await taken;
  expect(message.complete).toBe(false);
});

it('reads no more of a body that is said to be larger, and its sender gets the whole answer', async () => {
  const [message, response] = await request(64 * MEBIBYTE, 0);
  const server = message.socket;
  let writing = true;
  const piece = Buffer.alloc(MEBIBYTE, 0x20);
  const write = (): void => {
    while (writing && client.write(piece));
  };
  client.on('drain', write).on('error', () => undefined);
  write();
  expect(await takeRest(message, { ...PLENTY, bytesMax: MEBIBYTE })).toBeLessThan(MEBIBYTE);
  closeLater(server, 50);
  const closed = once(server, 'close');
  response.writeHead(429, { connection: 'close', 'content-length': 4 }).end('long');
  const [answer] = await once(client, 'data');
  writing = false;
  expect(String(answer)).toMatch(/^HTTP\/1.1 429 [\s\S]*long$/);
  await closed;
  // Of what the sender went on writing it took what lay in buffers.
  expect(server.bytesRead).toBeLessThan(2 * MEBIBYTE);
});
