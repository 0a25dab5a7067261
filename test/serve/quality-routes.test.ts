import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { qualityReport, reader, type TestServer, testServer, WRITE_KEY } from './fakes.ts';

let server: TestServer;
beforeAll(async () => {
  server = await testServer();
});
afterAll(() => server.app.close());

const get = (url: string, headers: Record<string, string> = reader) => server.app.inject({ url, headers });

describe('GET /v1/analytics/quality', () => {
  it('answers how well identifiers tell people apart', async () => {
    const answer = await get('/v1/analytics/quality');
    expect([answer.statusCode, answer.json()]).toEqual([200, qualityReport]);
    expect(server.services.asked.fresh).toEqual([false]);
    await get('/v1/analytics/quality?fresh=1');
    expect(server.services.asked.fresh).toEqual([false, true]);
  });

  it('refuses other parameters, and keys that may not read', async () => {
    expect((await get('/v1/analytics/quality?fresh=yes')).json()).toMatchObject({
      code: 'invalid_parameter',
    });
    expect((await get('/v1/analytics/quality?refresh=1')).statusCode).toBe(400);
    expect((await get('/v1/analytics/quality', { authorization: `Bearer ${WRITE_KEY}` })).statusCode).toBe(
      403,
    );
  });

  it('is described', async () => {
    const { paths } = (await get('/openapi.json')).json();
    expect(paths['/v1/analytics/quality'].get.summary).toContain('identifiers');
  });
});

describe('metrics', () => {
  it('show the latest findings by type', async () => {
    const text = await server.metrics.render();
    for (const line of [
      'tessera_identifier_values{type="phone"} 120',
      'tessera_identifier_profiles{type="phone"} 100',
      'tessera_identifier_shared{type="phone"} 2',
      'tessera_identifier_blocked{type="phone"} 1',
      'tessera_identifier_values_per_profile_p50{type="phone"} 1',
      'tessera_identifier_values_per_profile_p99{type="phone"} 3',
      'tessera_identifier_values_per_profile_max{type="phone"} 5',
      'tessera_identifier_profiles_per_value_max{type="phone"} 1',
      'tessera_identifier_lint_time_seconds 1795255200.123',
    ])
      expect(text).toContain(`\n${line}\n`);
  });

  it('show nothing by type before the first findings', async () => {
    server.services.quality.latest = { identifiers: [], as_of: null };
    const text = await server.metrics.render();
    expect(text).not.toContain('tessera_identifier_values{');
    expect(text).toContain('\ntessera_identifier_lint_time_seconds 0\n');
    server.services.quality.latest = qualityReport;
  });
});
