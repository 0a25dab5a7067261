import { connect, type Socket } from 'node:net';
import { TesseraError } from '../../src/errors.ts';

/*
 * Load over plain sockets: the requests are bytes before the slice begins, and answers are only counted and checked for
 * their status, so that the generator costs a fraction of the server and never becomes what is measured.
 */
export interface Slice {
  readonly port: number;
  readonly path: string;
  readonly key: string;
  readonly connections: number;
  /** One JSON body per request; they are shared out over the connections. */
  readonly bodies: readonly string[];
}

export interface SliceResult {
  readonly wallMs: number;
  readonly latencyMs: { readonly p50: number; readonly p99: number };
}

export async function sendSlice(slice: Slice): Promise<SliceResult> {
  const requests = slice.bodies.map((body) => requestOf(slice, body));
  const latencies: number[] = [];
  const queue = { next: 0, requests, latencies };
  const sockets = await Promise.all(
    Array.from({ length: Math.min(slice.connections, requests.length) }, () => open(slice.port)),
  );
  const start = performance.now();
  await Promise.all(sockets.map((socket) => pump(socket, queue)));
  const wallMs = performance.now() - start;
  for (const socket of sockets) socket.destroy();
  latencies.sort((a, b) => a - b);
  const at = (part: number): number => latencies[Math.floor((latencies.length - 1) * part)] ?? 0;
  return { wallMs, latencyMs: { p50: at(0.5), p99: at(0.99) } };
}

function requestOf({ path, key }: Slice, body: string): Buffer {
  const head = [
    `POST ${path} HTTP/1.1`,
    'host: 127.0.0.1',
    'content-type: application/json',
    `authorization: Bearer ${key}`,
    `content-length: ${Buffer.byteLength(body)}`,
  ];
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`);
}

function open(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, noDelay: true });
    socket.once('connect', () => resolve(socket));
    socket.once('error', reject);
  });
}

interface Queue {
  next: number;
  readonly requests: readonly Buffer[];
  readonly latencies: number[];
}

/** One connection: a request, its whole answer, the next request. */
function pump(socket: Socket, queue: Queue): Promise<void> {
  return new Promise((resolve, reject) => {
    let pending = '';
    let sentAt = 0;
    const send = (): void => {
      const request = queue.requests[queue.next++];
      if (request === undefined) {
        socket.off('close', onClose);
        resolve();
        return;
      }
      sentAt = performance.now();
      socket.write(request);
    };
    const onClose = (): void => reject(new TesseraError('internal', 'the server closed a connection'));
    socket.on('close', onClose);
    socket.on('error', reject);
    socket.on('data', (chunk: Buffer) => {
      pending += chunk.toString('latin1');
      if (!isComplete(pending)) return;
      if (!/^HTTP\/1\.1 20[02] /.test(pending)) {
        reject(new TesseraError('internal', `the server answered ${pending.slice(0, 400)}`));
        return;
      }
      pending = '';
      queue.latencies.push(performance.now() - sentAt);
      send();
    });
    send();
  });
}

function isComplete(answer: string): boolean {
  const end = answer.indexOf('\r\n\r\n');
  if (end < 0) return false;
  const length = /\r\ncontent-length: (\d+)/i.exec(answer.slice(0, end + 2))?.[1];
  return length !== undefined && answer.length >= end + 4 + Number(length);
}
