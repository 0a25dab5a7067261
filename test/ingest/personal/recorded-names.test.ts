import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { allDialects } from '../../../src/ingest/dialects/all-dialects.ts';
import { createNormalizer } from '../../../src/ingest/normalize.ts';
import { loadEventSchemas } from '../../../src/ingest/schemas.ts';
import { isJsonObject, type JsonValue } from '../../../src/model/json.ts';
import { openRecorded, type RecordedRequest, readRecorded } from '../dialects/open-recorded.ts';

/*
 * Requests that real libraries have made: what they are full of (pages, devices, campaigns, goods) stays readable, and what they say of the person is sealed.
 */
const schemas = loadEventSchemas(fileURLToPath(new URL('../../../schemas/events', import.meta.url)));
const normalize = createNormalizer({ schemas, defaultCurrency: 'CNY', allowCustomTypes: true, sources: {} });
const context = {
  receivedAt: Date.UTC(2026, 10, 22, 20),
  source: 's',
  defaultChannel: 'web',
  publicKey: false,
};
const LIBRARIES = ['segment', 'rudderstack', 'jitsu', 'posthog', 'sensors', 'snowplow', 'cloudevents'];

function dialectsOf({ url }: RecordedRequest) {
  const path = url.split('?', 1)[0];
  return allDialects.filter((dialect) => dialect.routes.some((route) => route.path === path));
}

function namesIn(value: JsonValue | undefined, found: Set<string>): void {
  if (Array.isArray(value)) for (const entry of value as readonly JsonValue[]) namesIn(entry, found);
  if (!isJsonObject(value)) return;
  for (const [name, inner] of Object.entries(value)) {
    found.add(name);
    namesIn(inner, found);
  }
}

it('leave everything readable that is not about a person', async () => {
  const names = new Set<string>();
  const sealed = new Map<string, number>();
  for (const library of LIBRARIES) {
    for (const request of readRecorded(library)) {
      const [dialect] = dialectsOf(request);
      expect(dialect, request.url).toBeDefined();
      for (const outcome of await openRecorded(dialect!, request)) {
        if (!outcome.ok) continue;
        const sent = JSON.stringify(outcome.event.context);
        const normalized = normalize(outcome.event, context);
        if (!normalized.ok) continue;
        for (const { path } of normalized.personal) sealed.set(path, (sealed.get(path) ?? 0) + 1);
        const { properties, context: kept } = normalized.event;
        namesIn({ properties, ...(kept && { context: kept }) }, names);
        // Addresses of pages stay as they are, with all of their parameters.
        expect(JSON.stringify(kept)).toBe(sent);
      }
    }
  }
  expect(names.size).toBeGreaterThan(60);
  expect([...sealed.keys()].sort()).toEqual(['/traits/email']);
});
