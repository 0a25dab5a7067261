/**
 * Segment: long and short paths, batches, imports, and the settings that its browser library fetches first. Without
 * settings that name this engine, that library would send to Segment's cloud, whatever the page has configured.
 */
import { type BootstrapRoute, type Dialect, type DialectRoute, jsonAnswer } from './dialect.ts';
import { CALLS, decodeCall, IMPORT_PATH } from './segment-calls.ts';

const ACCEPTED = jsonAnswer({ success: true });
/** Plain senders put the key into the body, as `writeKey`. */
const KEY = { fields: ['writeKey'] } as const;

export const segment: Dialect = {
  name: 'segment',
  routes: [...callRoutes(), ...listRoutes()],
  bootstrap: [settingsRoute(), metricsRoute()],
  decode: decodeCall,
};

function callRoutes(): DialectRoute[] {
  const routes: DialectRoute[] = [];
  for (const [call, short] of Object.entries(CALLS)) {
    for (const name of new Set([call, short])) {
      routes.push({ path: `/v1/${name}`, call, key: KEY, accepted: ACCEPTED, credentials: true });
    }
  }
  return routes;
}

function listRoutes(): DialectRoute[] {
  return ['/v1/batch', '/v1/b', IMPORT_PATH].map((path) => ({
    path,
    listKey: 'batch',
    listRequired: true,
    key: KEY,
    accepted: ACCEPTED,
    credentials: true,
  }));
}

/** The library takes host and scheme apart, and joins them again. */
function settingsRoute(): BootstrapRoute {
  return {
    path: '/v1/projects/:key/settings',
    summary: 'Settings of @segment/analytics-next',
    key: { path: 'key' },
    answer(_request, { origin, key }) {
      const [scheme = '', host = ''] = origin.split('://');
      const apiHost = `${host}/v1`;
      return jsonAnswer({
        integrations: { 'Segment.io': { apiKey: key, apiHost, protocol: scheme } },
        // What the library reports about itself goes to Segment's cloud, unless a host is named; none is wanted here.
        metrics: { sampleRate: 0, host: apiHost, protocol: scheme },
        plan: {},
        edgeFunction: {},
        analyticsNextEnabled: true,
      });
    },
  };
}

/** A library that was told of no settings for its metrics posts them beside the events. */
function metricsRoute(): BootstrapRoute {
  return {
    path: '/v1/m',
    methods: ['POST'],
    summary: 'What @segment/analytics-next counts about itself: taken and dropped',
    answer: () => ACCEPTED,
  };
}
