import { lookup } from 'node:dns/promises';
import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { limits } from '../../limits.ts';
import { SECOND_MS } from '../../model/time.ts';
import type { SendResult } from '../../model/webhook.ts';
import type { OutgoingMessage, WebhookSender } from '../../ports/webhook-sender.ts';
import { type AddressRules, hostOf, portOf } from './address-rules.ts';

/** All addresses of a name; fails where it has none. */
export type Resolve = (host: string) => Promise<readonly string[]>;

export interface SenderOptions {
  readonly rules: AddressRules;
  /** Default: as the machine looks names up. */
  readonly resolve?: Resolve;
  /** Default: the time limit of a delivery. */
  readonly timeoutMs?: number;
}

/**
 * Sends over HTTP, one connection per message. The name is looked up once per attempt, every address that it has must be one that
 * may be sent to, and the connection goes to one of them and to no other: between the check and the connection
 * nobody is asked again. Redirects are answers like any other, and not good ones.
 */
export function createWebhookSender({
  rules,
  resolve = addressesOf,
  timeoutMs,
}: SenderOptions): WebhookSender {
  return {
    check(url) {
      rules.read(url);
    },
    async send(message, signal) {
      const limit = AbortSignal.timeout(timeoutMs ?? limits.deliveryTimeoutMs);
      const ended = AbortSignal.any([signal, limit]);
      try {
        const pinned = await pin(message.url, rules, resolve);
        if ('failure' in pinned) return failed(pinned.failure);
        return await attempt(message, pinned, ended);
      } catch (error) {
        return failed(limit.aborted || isTimeout(error) ? 'timeout' : 'connection');
      }
    },
  };
}

async function addressesOf(host: string): Promise<readonly string[]> {
  const found = await lookup(host, { all: true, verbatim: true });
  return found.map(({ address }) => address);
}

type Failed = Extract<SendResult, { outcome: 'failed' }>;
type Failure = Failed['failure'];

function failed(failure: Failure, status = 0): Failed {
  return { outcome: 'failed', failure, status };
}

interface Pinned {
  readonly url: URL;
  /** All of them checked. */
  readonly addresses: readonly string[];
}

async function pin(
  text: string,
  rules: AddressRules,
  resolve: Resolve,
): Promise<Pinned | { readonly failure: Failure }> {
  const url = readUrl(text, rules);
  if (url === undefined) return { failure: 'address' };
  const host = hostOf(url);
  const addresses = isIP(host) > 0 ? [host] : await resolve(host).catch(() => []);
  if (addresses.length === 0) return { failure: 'name' };
  // One bad address among good ones is how a name that changes gives itself away.
  if (!addresses.every((each) => rules.mayReach(each, portOf(url)))) return { failure: 'address' };
  return { url, addresses };
}

/** A definition from before the rules were stricter is refused like any other. */
function readUrl(text: string, rules: AddressRules): URL | undefined {
  try {
    return rules.read(text);
  } catch {
    // The failure is all that a delivery says; the rules have no other.
    return undefined;
  }
}

function attempt(
  message: OutgoingMessage,
  { url, addresses }: Pinned,
  signal: AbortSignal,
): Promise<SendResult> {
  const request = url.protocol === 'https:' ? requestHttps : requestHttp;
  const body = Buffer.from(message.body);
  return new Promise((resolve, reject) => {
    const sending = request(url, {
      method: 'POST',
      agent: false,
      signal,
      lookup: answering(addresses),
      headers: {
        ...message.headers,
        'content-type': 'application/json',
        'content-length': body.byteLength,
        connection: 'close',
      },
    });
    sending.on('response', (response) => resolve(resultOf(response)));
    sending.on('error', reject);
    sending.end(body);
  });
}

/** Answers the checked addresses, whatever it is asked; a connection takes the first of them that answers. */
function answering(addresses: readonly string[]): LookupFunction {
  const all = addresses.map((address) => ({ address, family: isIP(address) }));
  return (_host, options, callback) => {
    const [first] = all;
    if (options.all === true || first === undefined) callback(null, all);
    else callback(null, first.address, first.family);
  };
}

/** What the answer says beyond its status matters to nobody; a bounded part is read, so that the endpoint is done with it. */
function resultOf(response: IncomingMessage): SendResult {
  const { statusCode: status = 0, headers } = response;
  drain(response);
  if (status >= 200 && status < 300) return { outcome: 'delivered', status };
  if (status === 410) return failed('gone', status);
  if (status >= 300 && status < 400) return failed('redirect', status);
  const retryAfterMs = status === 429 || status === 503 ? readRetryAfter(headers['retry-after']) : undefined;
  const result = failed('status', status);
  return retryAfterMs === undefined ? result : { ...result, retryAfterMs };
}

function drain(response: IncomingMessage): void {
  let bytes = 0;
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.byteLength;
    if (bytes > limits.deliveryAnswerBytesMax) response.destroy();
  });
  // The status is known: how the rest of the answer ends changes nothing.
  response.on('error', () => undefined);
}

/** Seconds only: a date would be read by a clock that nobody here has. */
function readRetryAfter(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,7}$/.test(text) ? Number(text) * SECOND_MS : undefined;
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && error.name === 'TimeoutError';
}
