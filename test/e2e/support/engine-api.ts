import { setTimeout as pause } from 'node:timers/promises';
import { TesseraError } from '../../../src/errors.ts';
import { limits } from '../../../src/limits.ts';
import type { JsonObject } from '../../../src/model/json.ts';
import type { ProfileView } from '../../../src/serve/services.ts';
import { waitUntil } from './wait-until.ts';

/** Longer than alarms, and segments that have changed, wait for the next look. */
const REST_MS = limits.segmentWalkPollMs + limits.alarmPollMs;

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of many shapes, and expect() checks them.
  readonly body: any;
}

export interface Sending {
  /** The secret key unless told. `none` sends without a key. */
  readonly key?: 'secret' | 'write' | 'none';
  readonly headers?: Readonly<Record<string, string>>;
}

/** The HTTP side of a running engine, as a client sees it. */
export class EngineApi {
  readonly address: string;
  readonly writeKey: string;
  readonly secretKey: string;

  constructor(banner: { readonly address: string; readonly write_key: string; readonly secret_key: string }) {
    this.address = banner.address;
    this.writeKey = banner.write_key;
    this.secretKey = banner.secret_key;
  }

  async get(path: string, sending: Sending = {}): Promise<Answer> {
    return await this.#request(path, { method: 'GET', headers: this.headers(sending) });
  }

  /** Posts text or bytes as they are, anything else as JSON. No content type unless one is given. */
  async post(path: string, body: unknown, sending: Sending = {}): Promise<Answer> {
    const bytes = typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body);
    return await this.#request(path, {
      method: 'POST',
      headers: this.headers(sending),
      body: Buffer.from(bytes),
    });
  }

  /** Any other method, with a body or without. */
  async send(method: 'PUT' | 'DELETE', path: string, body?: string): Promise<Answer> {
    return await this.#request(path, {
      method,
      headers: this.headers({}),
      ...(body === undefined ? {} : { body }),
    });
  }

  /** Sends events and waits until they are applied; fails unless the engine says 200. */
  async apply(events: unknown, query = ''): Promise<Answer> {
    const answer = await this.post(`/v1/events?wait=applied${query}`, events);
    if (answer.status !== 200) throw new TesseraError('internal', `not applied: ${answer.text}`);
    return answer;
  }

  headers({ key = 'secret', headers = {} }: Sending): Record<string, string> {
    if (key === 'none') return { ...headers };
    return { authorization: `Bearer ${key === 'write' ? this.writeKey : this.secretKey}`, ...headers };
  }

  async profile(reference: string): Promise<ProfileView> {
    const answer = await this.get(`/v1/profiles/${encodeURIComponent(reference)}`);
    if (answer.status !== 200) throw new TesseraError('internal', `${reference}: ${answer.text}`);
    return answer.body as ProfileView;
  }

  /** Every profile, page by page, and the one of what nobody can be named for last. */
  async *profiles(fields?: string): AsyncGenerator<ProfileView> {
    const selection = fields === undefined ? '' : `&fields=${fields}`;
    let after = '';
    for (;;) {
      const page = await this.get(`/v1/profiles?limit=1000&after=${after}${selection}`);
      if (page.status !== 200) throw new TesseraError('internal', `profiles: ${page.text}`);
      yield* page.body.profiles as ProfileView[];
      if (page.body.next === undefined) break;
      after = page.body.next as string;
    }
    const rest = await this.get(`/v1/profiles/unattributed${selection.replace('&', '?')}`);
    yield rest.body as ProfileView;
  }

  /** Rows of a query against history. */
  async sql(query: string): Promise<readonly JsonObject[]> {
    const answer = await this.post('/v1/sql', { query, format: 'JSONEachRow' });
    if (answer.status !== 200) throw new TesseraError('internal', `${query}: ${answer.text}`);
    return answer.text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as JsonObject);
  }

  /** The one row of a query whose columns are all numbers. */
  async numbers(query: string): Promise<Readonly<Record<string, number>>> {
    const [row = {}] = await this.sql(query);
    return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, Number(value)]));
  }

  /** Waits until everything in the log is applied and everything applied is in history. */
  async settled(): Promise<void> {
    await waitUntil('applied and in history', async () => {
      const { status, body } = await this.get('/readyz', { key: 'none' });
      return status === 200 && body.lag.people === 0 && body.lag.history === 0;
    });
  }

  /** Of the state at rest: what an event or a start has put off is done within moments, and is a change of its own. */
  async digest(): Promise<string> {
    const read = async (): Promise<string> => (await this.get('/v1/state/digest')).body.digest as string;
    for (let digest = await read(); ; ) {
      await pause(REST_MS);
      const again = await read();
      if (again === digest) return digest;
      digest = again;
    }
  }

  /** Values of metrics without labels. */
  async metric(...names: readonly string[]): Promise<Readonly<Record<string, number>>> {
    const { text } = await this.get('/metrics');
    const values: Record<string, number> = {};
    for (const name of names) {
      values[name] = Number(new RegExp(`^${name} (.+)$`, 'm').exec(text)?.[1] ?? Number.NaN);
    }
    return values;
  }

  async #request(path: string, init: RequestInit): Promise<Answer> {
    const response = await fetch(`${this.address}${path}`, init);
    const text = await response.text();
    const isJson =
      /json/.test(response.headers.get('content-type') ?? '') &&
      !/ndjson/.test(response.headers.get('content-type') ?? '');
    return {
      status: response.status,
      headers: response.headers,
      text,
      body: isJson ? JSON.parse(text) : undefined,
    };
  }
}
