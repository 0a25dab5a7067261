/**
 * RudderStack: what its libraries need beyond Segment's paths, on which they send most: the source configuration without
 * which the browser library sends nothing, beacons of pages that are left, and images for where there is no script.
 */
import { TesseraError } from '../../errors.ts';
import { limits } from '../../limits.ts';
import type { JsonObject } from '../../model/json.ts';
import { jsonBytes, type WireRequest } from '../wire-request.ts';
import { type BootstrapRoute, type Dialect, type DialectRoute, jsonAnswer, textAnswer } from './dialect.ts';
import { gifAnswer } from './gif-answer.ts';
import { decodeCall } from './segment-calls.ts';

export const rudderstack: Dialect = {
  name: 'rudderstack',
  routes: [beaconRoute(), pixelRoute('page'), pixelRoute('track')],
  bootstrap: ['/sourceConfig', '/sourceConfig/'].map(sourceConfigRoute),
  decode: decodeCall,
};

/** A beacon can set no header: its key is in the address, its type is text. */
function beaconRoute(): DialectRoute {
  return {
    path: '/beacon/v1/batch',
    listKey: 'batch',
    listRequired: true,
    credentials: true,
    accepted: textAnswer('OK'),
  };
}

function pixelRoute(call: 'page' | 'track'): DialectRoute {
  return {
    path: `/pixel/v1/${call}`,
    methods: ['GET'],
    call,
    unwrap: pixelCall,
    accepted: gifAnswer,
  };
}

/** Parameters with dots are nested: `context.page.url`, `properties.item_id`. */
function pixelCall({ query }: WireRequest): Buffer {
  const call: Nested = Object.create(null);
  for (const [name, value] of Object.entries(query)) {
    if (name === 'writeKey') continue;
    const path = name.split('.');
    // The guard would refuse it, but writing thousands of levels as JSON fails before that.
    if (path.length > limits.jsonDepthMax)
      throw new TesseraError('unreadable_body', 'A parameter is nested too deeply.');
    nest(call, path, value);
  }
  return jsonBytes(call);
}

interface Nested {
  [name: string]: string | Nested;
}

/** Where one parameter says that another one is both a value and a group, the first of them stands. */
function nest(into: Nested, path: readonly string[], value: string): void {
  let place = into;
  for (const name of path.slice(0, -1)) {
    const next = place[name];
    if (typeof next === 'string') return;
    const group: Nested = next ?? Object.create(null);
    place[name] = group;
    place = group;
  }
  const last = path.at(-1) ?? '';
  place[last] ??= value;
}

/**
 * What the browser library asks before it sends: without `config` it sends nothing. No destinations, and neither errors
 * nor metrics of the library, which would go to RudderStack's cloud.
 */
function sourceConfigRoute(path: string): BootstrapRoute {
  const off = { enabled: false };
  const source: JsonObject = {
    id: 'tessera',
    name: 'tessera',
    config: { statsCollection: { errors: off, metrics: off } },
    enabled: true,
    destinations: [],
    dataplanes: {},
  };
  return {
    path,
    summary: 'Source configuration of @rudderstack/analytics-js',
    key: {},
    credentials: true,
    answer: () => jsonAnswer({ source }),
  };
}
