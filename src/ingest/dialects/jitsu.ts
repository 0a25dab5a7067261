/**
 * Jitsu: calls of the Segment family, one per request, on paths of its own. The library wants keys that look like a pair
 * (`wk_…:x`) and never sends again, so that what it sends should be refused last.
 */
import { type Dialect, type DialectRoute, jsonAnswer } from './dialect.ts';
import { CALLS, decodeCall } from './segment-calls.ts';

/** The library parses the answer; `destinations` would be scripts for the page to load. */
const ACCEPTED = jsonAnswer({ ok: true, destinations: [] });

export const jitsu: Dialect = {
  name: 'jitsu',
  routes: ['/api/s', '/api/s/s2s'].flatMap(routesBelow),
  decode: decodeCall,
};

function routesBelow(prefix: string): DialectRoute[] {
  const shared = { accepted: ACCEPTED, credentials: true } as const;
  return [
    ...Object.keys(CALLS).map((call) => ({ ...shared, path: `${prefix}/${call}`, call })),
    // What a page queued while it was offline, and custom events, name their call themselves.
    { ...shared, path: `${prefix}/event` },
    { ...shared, path: `${prefix}/batch`, listKey: 'batch', listRequired: true },
  ];
}
