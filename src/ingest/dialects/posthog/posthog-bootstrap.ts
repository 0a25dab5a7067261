/**
 * What PostHog's browser library fetches before and beside its events. Every answer switches off whatever would make
 * it load code or send data elsewhere; its events alone are wanted.
 */
import { isJsonObject, type JsonObject } from '../../../model/json.ts';
import type { BootstrapPlace, BootstrapRoute, WireAnswer } from '../dialect.ts';

const JSON_TYPE = 'application/json';

const FLAGS: JsonObject = {
  flags: {},
  featureFlags: {},
  featureFlagPayloads: {},
  errorsWhileComputingFlags: false,
};

export const posthogBootstrap: readonly BootstrapRoute[] = [
  {
    path: '/array/:key/config',
    summary: 'The configuration of PostHog browser libraries',
    key: { path: 'key' },
    answer: (_request, { key }) => json(configuration(key)),
  },
  {
    path: '/array/:key/config.js',
    summary: 'The configuration of PostHog browser libraries, as a script',
    key: { path: 'key' },
    answer: (_request, place) => script(place),
  },
  ...['/flags', '/flags/', '/decide', '/decide/'].map(
    (path): BootstrapRoute => ({
      path,
      methods: ['GET', 'POST'],
      summary: 'Feature flags of PostHog libraries: there are none',
      answer: () => json({ ...configuration(undefined), ...FLAGS }),
    }),
  ),
  ...['/s', '/s/'].map(
    (path): BootstrapRoute => ({
      path,
      methods: ['POST'],
      summary: 'Recordings of PostHog libraries: taken from nobody',
      answer: () => json({ status: 1 }),
    }),
  ),
];

function configuration(key: string | undefined): JsonObject {
  return {
    ...(key === undefined ? {} : { token: key }),
    supportedCompression: ['gzip', 'gzip-js'],
    hasFeatureFlags: false,
    analytics: { endpoint: '/e/' },
    elementsChainAsString: true,
    autocapture_opt_out: false,
    autocaptureExceptions: false,
    captureDeadClicks: false,
    capturePerformance: false,
    heatmaps: false,
    sessionRecording: false,
    surveys: false,
    productTours: false,
    conversations: false,
    defaultIdentifiedOnly: true,
    isAuthenticated: false,
    siteApps: [],
    toolbarParams: {},
  };
}

/** The library looks the configuration up under its key. */
function script({ key }: BootstrapPlace): WireAnswer {
  const entry = JSON.stringify({ config: configuration(key), siteApps: [] }).replaceAll('<', '\\u003c');
  const name = JSON.stringify(key).replaceAll('<', '\\u003c');
  return {
    status: 200,
    type: 'application/javascript',
    body: `(function(w){var c=w._POSTHOG_REMOTE_CONFIG=w._POSTHOG_REMOTE_CONFIG||{};c[${name}]=${entry};})(window);`,
  };
}

function json(value: unknown): WireAnswer {
  return { status: 200, type: JSON_TYPE, body: JSON.stringify(isJsonObject(value) ? value : {}) };
}
