import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exampleReport } from './fake-data-quality.ts';
import { qualityReport, reader, SECRET_KEY, type TestServer, testServer, WRITE_KEY } from './fakes.ts';

const operator = { authorization: `Bearer ${SECRET_KEY}` };

let server: TestServer;
beforeAll(async () => {
  server = await testServer();
});
afterAll(() => server.app.close());

const get = (url: string, headers: Record<string, string> = reader) => server.app.inject({ url, headers });
const PATH = '/v1/analytics/quality';
const DAY = 86_400_000;

describe('GET /v1/analytics/quality', () => {
  it('answers how well identifiers tell people apart, and what was found last', async () => {
    const answer = await get(PATH);
    expect([answer.statusCode, answer.json()]).toEqual([200, { ...qualityReport, report: null }]);
    expect(server.services.asked.fresh).toEqual([false]);
    await get(`${PATH}?fresh=1`);
    expect(server.services.asked.fresh).toEqual([false, true]);
    expect(server.services.dataQuality.asked).toEqual([]);
  });

  it('asks history for a day, or for a stretch', async () => {
    const { asked } = server.services.dataQuality;
    const from = Date.parse('2026-11-21');
    const answer = await get(`${PATH}?day=2026-11-21`);
    expect(answer.json().report).toMatchObject({ from, to: from + DAY, events: exampleReport.events });
    await get(`${PATH}?from=2026-11-20&to=2026-11-21T06:00:00Z`);
    await get(`${PATH}?from=2026-11-20`);
    // A day that is not over ends now.
    await get(`${PATH}?from=2026-11-22`);
    await get(`${PATH}?to=2026-11-21`);
    expect(asked.splice(0)).toEqual([
      { from, to: from + DAY },
      { from: from - DAY, to: from + DAY / 4 },
      { from: from - DAY, to: from },
      { from: from + DAY, to: from + 1.5 * DAY },
      { from: from - DAY, to: from },
    ]);
  });

  it('answers rows for sheets, of which none is a formula', async () => {
    const csv = await get(`${PATH}?format=csv`);
    expect(csv.headers['content-type']).toContain('text/csv');
    expect(csv.body).toContain(`'=HYPERLINK`);
    expect((await get(`${PATH}?format=table&day=2026-11-21`)).json()).toMatchObject({
      columns: ['part', 'subject'],
    });
  });

  it.each([
    'fresh=yes',
    'day=2026-02-30',
    'day=21.11.2026',
    'day=2026-11-21&from=2026-11-20',
    'from=2026-11-21&to=2026-11-21',
    'from=2026-11-01&to=2026-11-20',
    'from=later',
    'refresh=1',
    'format=pdf',
  ])('refuses %s', async (query) => {
    const answer = await get(`${PATH}?${query}`);
    expect([answer.statusCode, answer.json().code]).toEqual([400, 'invalid_parameter']);
  });

  it('is for keys that may read, and described', async () => {
    expect((await get(PATH, { authorization: `Bearer ${WRITE_KEY}` })).statusCode).toBe(403);
    const { paths } = (await get('/openapi.json')).json();
    expect(paths[PATH].get.summary).toContain('identifiers');
  });
});

describe('flags', () => {
  const decide = (id: string, payload: unknown, headers: Record<string, string> = operator) =>
    server.app.inject({
      method: 'POST',
      url: `${PATH}/flags/${id}/decisions`,
      headers: { ...headers, 'content-type': 'application/json' },
      payload: JSON.stringify(payload),
    });

  it('are listed, by status and check', async () => {
    const all = (await get(`${PATH}/flags?day=2026-11-21`)).json();
    expect(all).toMatchObject({ flags: [{ check: 'price' }, { check: 'quantity' }], more: false });
    expect((await get(`${PATH}/flags?status=open`)).json().flags).toHaveLength(1);
    expect((await get(`${PATH}/flags?check=quantity`)).json().flags).toMatchObject([{ status: 'dismissed' }]);
    expect((await get(`${PATH}/flags?status=gone`)).statusCode).toBe(400);
  });

  it.each([
    ['price-0-1-2-3', { decision: 'maybe' }],
    ['price-0-1-2-3', { decision: 'confirmed', note: 'x' }],
    ['price-0-1-2-3', {}],
    ["price-0-1-2-3'", { decision: 'confirmed' }],
    ['price', { decision: 'confirmed' }],
  ])('are not settled by %s %j', async (id, body) => {
    const answer = await decide(encodeURIComponent(id), body);
    expect(answer.statusCode).toBe(400);
  });

  it('are settled by administrators alone', async () => {
    expect((await decide('price-0-1-2-3', { decision: 'confirmed' }, reader)).statusCode).toBe(403);
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
    expect(text).not.toContain('tessera_quality_completeness_ratio{');
    expect(text).toContain('\ntessera_quality_report_time_seconds 0\n');
    server.services.quality.latest = qualityReport;
  });

  it('show what was found in the background, and ask nothing of history', async () => {
    const { dataQuality } = server.services;
    dataQuality.asked.splice(0);
    dataQuality.latest = exampleReport;
    dataQuality.latestAt = 1_795_255_200_500;
    const text = await server.metrics.render();
    for (const line of [
      'tessera_quality_completeness_ratio{type="product_viewed"} 0.93',
      'tessera_quality_duplicates_ratio{source="tills"} 0.0044',
      'tessera_quality_late_ratio{channel="pos"} 0.00015',
      'tessera_quality_skewed_ratio{source="app"} 0.03',
      'tessera_quality_found_ratio{what="unknown_types"} 0.0001',
      'tessera_quality_found_ratio{what="conflicts"} 0.000116',
      'tessera_quality_alerts{code="source_silent"} 1',
      'tessera_quality_volume_anomalies 1',
      'tessera_quality_flags_open 1',
      'tessera_quality_report_time_seconds 1795255200.5',
    ])
      expect(text).toContain(`\n${line}\n`);
    expect(dataQuality.asked).toEqual([]);
  });
});
