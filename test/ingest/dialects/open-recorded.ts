import { readFileSync } from 'node:fs';
import { type BodyReader, createBodyReader } from '../../../src/ingest/body.ts';
import type { DecodedEvent, Dialect, DialectRoute } from '../../../src/ingest/dialects/dialect.ts';
import type { Rejection } from '../../../src/ingest/rejection.ts';
import type { WireRequest } from '../../../src/ingest/wire-request.ts';

/** A request that a real library has made, as it arrived; the body is base64. */
export interface RecordedRequest {
  readonly from: string;
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export function readRecorded(name: string): readonly RecordedRequest[] {
  return JSON.parse(readFileSync(new URL(`recorded/${name}.json`, import.meta.url), 'utf8'));
}

/** What a route sees of a request. */
export function wireRequest({ method, url, headers, body = '' }: RecordedRequest): WireRequest {
  const { searchParams } = new URL(url, 'http://engine');
  return {
    method,
    headers,
    contentType: headers['content-type'],
    query: Object.fromEntries(searchParams),
    parameters: {},
    bytes: Buffer.from(body, 'base64'),
  };
}

/** The route of a dialect that takes a request. */
export function routeOf(
  dialect: Dialect,
  { method, url }: Pick<RecordedRequest, 'method' | 'url'>,
): DialectRoute {
  const path = url.split('?', 1)[0] ?? '';
  const route = dialect.routes.find((each) => each.path === path);
  if (route === undefined) throw new RangeError(`${dialect.name} has no route ${path}`);
  if (!(route.methods ?? ['POST']).includes(method as 'GET'))
    throw new RangeError(`${path} takes no ${method}`);
  return route;
}

export type Outcome = DecodedEvent | Rejection;

/** The way of a request up to its canonical events, as ingest goes it. */
export async function openRecorded(
  dialect: Dialect,
  request: RecordedRequest,
  reader: BodyReader = createBodyReader(),
): Promise<readonly Outcome[]> {
  const route = routeOf(dialect, request);
  const body = await reader.open(wireRequest(request), route);
  return body.items.flatMap((item): readonly Outcome[] => {
    if (!item.ok) return [item];
    const decoded = dialect.decode(item.value, body.envelope, route);
    return Array.isArray(decoded) ? decoded : [decoded as Outcome];
  });
}
