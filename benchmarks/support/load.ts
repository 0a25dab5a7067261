import { connect, type Socket } from 'node:net';
import { TesseraError } from '../../src/errors.ts';

/*
 * Load over plain sockets: the requests are bytes before the slice begins, and answers are only counted and checked for
 * their status, so that the generator costs a fraction of the server and never becomes what is measured.
 */
export interface Target {
  readonly port: number;
  /** Of every request; of a `GET` the requests name their own paths. */
  readonly path: string;
  readonly key: string;
  readonly connections: number;
}

export interface Slice extends Target {
  /** One JSON body per request; they are shared out over the connections. */
  readonly bodies: readonly string[];
}

export interface Latencies {
  readonly p50: number;
  readonly p99: number;
}

export interface SliceResult {
  readonly wallMs: number;
  readonly latencyMs: Latencies;
}

/** Closed loop: each connection sends its next request when the answer to the last one is there. */
export async function sendSlice(slice: Slice): Promise<SliceResult> {
  return await sendRequests(
    slice,
    slice.bodies.map((body) => requestOf(slice, body)),
  );
}

/** The same with requests that have no body, each to a path of its own. */
export async function askPaths(target: Target, paths: readonly string[]): Promise<SliceResult> {
  return await sendRequests(
    target,
    paths.map((path) => Buffer.from(`${headOf(target, 'GET', path).join('\r\n')}\r\n\r\n`)),
  );
}

async function sendRequests(
  { port, connections }: Target,
  requests: readonly Buffer[],
): Promise<SliceResult> {
  const latencies: number[] = [];
  const queue = { next: 0, requests, latencies };
  const sockets = await openAll(port, Math.min(connections, requests.length));
  const start = performance.now();
  await Promise.all(sockets.map((socket) => pump(socket, queue)));
  const wallMs = performance.now() - start;
  for (const socket of sockets) socket.destroy();
  return { wallMs, latencyMs: latenciesOf(latencies) };
}

export function latenciesOf(latencies: number[]): Latencies {
  latencies.sort((a, b) => a - b);
  const at = (part: number): number => latencies[Math.floor((latencies.length - 1) * part)] ?? 0;
  return { p50: at(0.5), p99: at(0.99) };
}

function headOf({ key }: Target, method: string, path: string): string[] {
  return [`${method} ${path} HTTP/1.1`, 'host: 127.0.0.1', `authorization: Bearer ${key}`];
}

export function requestOf(target: Target, body: string): Buffer {
  const head = [
    ...headOf(target, 'POST', target.path),
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
  ];
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`);
}

export async function openAll(port: number, count: number): Promise<Socket[]> {
  return await Promise.all(Array.from({ length: count }, () => open(port)));
}

function open(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, noDelay: true });
    socket.once('connect', () => resolve(socket));
    socket.once('error', reject);
  });
}

/** Sends one request at a time on a connection, and calls back with each whole answer. */
export function exchange(
  socket: Socket,
  onAnswer: () => void,
  onFailure: (error: Error) => void,
): (request: Buffer) => void {
  let pending = '';
  socket.on('close', () => onFailure(new TesseraError('internal', 'the server closed a connection')));
  socket.on('error', onFailure);
  socket.on('data', (chunk: Buffer) => {
    pending += chunk.toString('latin1');
    if (!isComplete(pending)) return;
    if (!/^HTTP\/1\.1 20[02] /.test(pending)) {
      onFailure(new TesseraError('internal', `the server answered ${pending.slice(0, 400)}`));
      return;
    }
    pending = '';
    onAnswer();
  });
  return (request) => socket.write(request);
}

interface Queue {
  next: number;
  readonly requests: readonly Buffer[];
  readonly latencies: number[];
}

/** One connection: a request, its whole answer, the next request. */
function pump(socket: Socket, queue: Queue): Promise<void> {
  return new Promise((resolve, reject) => {
    let sentAt = 0;
    let done = false;
    const next = (): void => {
      const request = queue.requests[queue.next++];
      done = request === undefined;
      if (request === undefined) {
        resolve();
        return;
      }
      sentAt = performance.now();
      send(request);
    };
    const onAnswer = (): void => {
      queue.latencies.push(performance.now() - sentAt);
      next();
    };
    // What is closed after its last answer has done its part.
    const send = exchange(socket, onAnswer, (error) => {
      if (!done) reject(error);
    });
    next();
  });
}

function isComplete(answer: string): boolean {
  const end = answer.indexOf('\r\n\r\n');
  if (end < 0) return false;
  const length = /\r\ncontent-length: (\d+)/i.exec(answer.slice(0, end + 2))?.[1];
  return length !== undefined && answer.length >= end + 4 + Number(length);
}
