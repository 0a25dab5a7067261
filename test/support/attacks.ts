/**
 * Attacks on an engine over HTTP, each going on until it is told to end: connections that never finish what they say, bodies
 * that grow when they are opened, JSON made to be slow, headers without end, keys that are tried out. Each notes the
 * statuses that it is answered with; a connection that the engine closes is no answer, and counts as 0.
 */
import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';

export interface Target {
  readonly address: string;
  /** Public, as it stands in every page. */
  readonly writeKey: string;
  /** Ends the attack. */
  readonly signal: AbortSignal;
  readonly note: (attack: string, status: number) => void;
  /** Only the attacks of these names; absent: all. */
  readonly only?: readonly string[];
}

export type Attack = (target: Target) => Promise<void>;

const MEBIBYTE = 1024 * 1024;
const SLOW_SOCKETS = 100;
const PAUSE_MS = 200;

const numbered = (count: number, of: (n: number) => string): string =>
  Array.from({ length: count }, (_, n) => of(n)).join();

/** Texts that are equal to every hash which adds up characters by a factor of 31, as Java's does. */
function colliding(count: number): readonly string[] {
  let texts = ['Aa', 'BB'];
  while (texts.length < count) texts = texts.flatMap((text) => [`${text}Aa`, `${text}BB`]);
  return texts.slice(0, count);
}

const BODIES: Readonly<Record<string, () => Buffer>> = {
  'gzip bomb': () => gzipSync(Buffer.alloc(32 * MEBIBYTE, 0x20)),
  'gzip within the ratio': () =>
    gzipSync(`[${numbered(10_000, (n) => `{"id":"${n}","type":"x${(n * 7_919) % 99_991}"}`)}]`),
  'bomb in a bomb': () => gzipSync(gzipSync(Buffer.alloc(21 * MEBIBYTE))),
  'deep arrays': () => Buffer.from('['.repeat(2 * MEBIBYTE)),
  'deep objects': () => Buffer.from('{"a":'.repeat(MEBIBYTE / 2)),
  'wide object': () => Buffer.from(`{"type":"x","properties":{${numbered(100_000, (n) => `"k${n}":1`)}}}`),
  'colliding keys': () =>
    Buffer.from(
      `[${numbered(
        4,
        () =>
          `{"type":"x","properties":{${colliding(4_096)
            .map((key) => `"${key}":1`)
            .join()}}}`,
      )}]`,
    ),
  'equal signatures': () =>
    Buffer.from(
      `{"type":"x","properties":{${numbered(4_900, (n) => `"k${String(n).padStart(4, '0')}k":1`)}}}`,
    ),
  'long numbers': () =>
    Buffer.from(`[${numbered(10, () => `{"type":"x","n":${'9'.repeat(60_000)}e-${'9'.repeat(1_000)}}`)}]`),
  escapes: () => Buffer.from(`{"type":"x","text":"${'\\u0061'.repeat(100_000)}"}`),
};

/** One request; the status of its answer, 0 where the connection ended instead. */
async function send(
  { address }: Target,
  {
    agent,
    path,
    headers,
    body,
  }: { agent: Agent; path: string; headers: Record<string, string>; body?: Buffer },
): Promise<number> {
  const sent = request(address + path, { agent, method: body === undefined ? 'GET' : 'POST', headers });
  try {
    const answered = once(sent, 'response');
    sent.end(body);
    const [answer] = (await answered) as [IncomingMessage];
    answer.resume();
    await once(answer, 'end');
    return answer.statusCode ?? 0;
  } catch {
    return 0;
  }
}

/** Again and again, a few at a time. */
function repeating(
  name: string,
  make: (n: number) => { path: string; headers: Record<string, string>; body?: Buffer },
): Attack {
  return async (target) => {
    const agent = new Agent({ keepAlive: true, maxSockets: 2 });
    for (let n = 0; !target.signal.aborted; n += 1) {
      target.note(name, await send(target, { agent, ...make(n) }));
      await sleep(PAUSE_MS);
    }
    agent.destroy();
  };
}

function bodies(writeKey: string): Record<string, () => Attack> {
  const named = Object.entries(BODIES).map(([name, make]): [string, () => Attack] => [
    name,
    () => {
      const body = make();
      return repeating(name, () => ({ path: '/v1/events', headers: { 'x-write-key': writeKey }, body }));
    },
  ]);
  return Object.fromEntries(named);
}

/** Sockets that send a byte now and then: of their headers, or of a body that they have promised. */
function slow(name: string, opening: (target: Target) => string): Attack {
  return async (target) => {
    const { hostname, port } = new URL(target.address);
    const one = async (): Promise<void> => {
      while (!target.signal.aborted) {
        const socket = connect(Number(port), hostname);
        socket.on('error', () => undefined);
        let answer = '';
        socket.on('data', (bytes) => {
          answer += bytes.toString('latin1');
        });
        socket.write(opening(target));
        while (!target.signal.aborted && !socket.destroyed) {
          await sleep(PAUSE_MS);
          if (socket.writable) socket.write('x');
        }
        socket.destroy();
        const status = Number(/^HTTP\/1.1 (\d+)/.exec(answer)?.[1] ?? 0);
        if (!target.signal.aborted) target.note(name, status);
      }
    };
    await Promise.all(Array.from({ length: SLOW_SOCKETS }, one));
  };
}

function attacksOf(writeKey: string): Record<string, () => Attack> {
  return {
    ...bodies(writeKey),
    'slow headers': () => slow('slow headers', () => 'POST /v1/events HTTP/1.1\r\nhost: x\r\nx-slow: '),
    'slow body': () =>
      slow(
        'slow body',
        () =>
          `POST /v1/events HTTP/1.1\r\nhost: x\r\nx-write-key: ${writeKey}\r\ncontent-length: 5000000\r\n\r\n[`,
      ),
    'nothing at all': () => slow('nothing at all', () => ''),
    'large headers': () =>
      repeating('large headers', () => ({ path: '/healthz', headers: { 'x-large': 'x'.repeat(100_000) } })),
    'guessed keys': () =>
      repeating('guessed keys', (n) => ({
        path: '/v1/profiles/user_id:u-1',
        headers: { authorization: `Bearer sk_${String(n).padStart(43, 'guess')}` },
      })),
  };
}

/** All of them at once; resolves when the signal has ended the last one. */
export async function attack(target: Target): Promise<void> {
  const { writeKey, only } = target;
  const wanted = Object.entries(attacksOf(writeKey)).filter(([name]) => only?.includes(name) ?? true);
  await Promise.all(wanted.map(([, make]) => make()(target)));
}
