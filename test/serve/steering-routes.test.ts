import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { limits } from '../../src/limits.ts';
import type { JsonValue } from '../../src/model/json.ts';
import { readCosts } from '../../src/serve/cost-routes.ts';
import type { fakeSteering } from './fake-steering.ts';
import { reader, secret, type TestServer, testServer } from './fakes.ts';

let server: TestServer;

beforeEach(async () => {
  server = await testServer();
});
afterEach(async () => {
  await server.services.people.jobs.stop();
  await server.app.close();
});

const put = (payload: unknown, headers: Record<string, string> = secret) =>
  server.app.inject({
    ...{ method: 'PUT', url: '/v1/analytics/costs' },
    headers: { ...headers, 'content-type': 'application/json' },
    payload: JSON.stringify(payload),
  });
const get = (url: string, headers = reader) => server.app.inject({ method: 'GET', url, headers });

const row = { campaign: 'spring', day: '2026-11-11', amount: '380.50' };

describe('what messages cost', () => {
  it('is taken in minor units, in the reporting currency where nothing else is said', async () => {
    const rows = [row, { trigger: 'cart_reminder', day: '2024-02-29', amount: 12, currency: 'JPY' }];
    const response = await put({ costs: rows });
    expect(response.json()).toEqual({ taken: 2 });
    // The fake notes what it was told.
    const { told } = server.services.steering as ReturnType<typeof fakeSteering>;
    expect(told).toMatchObject([
      { kind: 'campaign', name: 'spring', day: '2026-11-11', amount: 38_050, currency: 'CNY' },
      { kind: 'trigger', name: 'cart_reminder', day: '2024-02-29', amount: 12, currency: 'JPY' },
    ]);
  });

  it.each([
    ['no list', { costs: {} }, '/costs'],
    ['another field', { costs: [], more: 1 }, '/more'],
    ['another field of a row', { costs: [row, { ...row, vat: 1 }] }, '/costs/1/vat'],
    ['neither a trigger nor a campaign', { costs: [{ ...row, campaign: undefined }] }, '/costs/0'],
    ['both', { costs: [{ ...row, trigger: 'a' }] }, '/costs/0'],
    ['an empty name', { costs: [{ ...row, campaign: '' }] }, '/costs/0/campaign'],
    ['a name with a line break', { costs: [{ ...row, campaign: 'a\nb' }] }, '/costs/0/campaign'],
    ['a day that there is not', { costs: [row, { ...row, day: '2026-02-29' }] }, '/costs/1/day'],
    ['a day of another form', { costs: [{ ...row, day: '11/11/2026' }] }, '/costs/0/day'],
    ['a day of long ago', { costs: [{ ...row, day: '1899-01-01' }] }, '/costs/0/day'],
    ['less than nothing', { costs: [{ ...row, amount: '-1' }] }, '/costs/0/amount'],
    ['finer than the currency', { costs: [{ ...row, amount: '1.005' }] }, '/costs/0/amount'],
    ['no amount', { costs: [{ ...row, amount: null }] }, '/costs/0/amount'],
    ['an amount beyond numbers', { costs: [{ ...row, amount: 1e21 }] }, '/costs/0/amount'],
    ['no currency of ISO 4217', { costs: [{ ...row, currency: 'XYZ' }] }, '/costs/0/currency'],
    ['one day twice', { costs: [row, { ...row, amount: '1' }] }, '/costs/1'],
  ])('refuses %s, and says where', async (_what, body, path) => {
    const response = await put(body);
    expect(response.statusCode).toBe(400);
    expect(response.json()).toMatchObject({ code: 'invalid_parameter', errors: [{ path }] });
  });

  it('refuses more rows than a request may hold', async () => {
    const costs = Array.from({ length: limits.costRowsMax + 1 }, (_, n) => ({ ...row, campaign: `c${n}` }));
    expect((await put({ costs })).json()).toMatchObject({ code: 'batch_too_large' });
  });

  it('never takes what does not come to a whole number of minor units', () => {
    fc.assert(
      fc.property(fc.anything(), (amount) => {
        const costs = [{ ...row, amount }] as unknown as JsonValue;
        try {
          const [read] = readCosts({ costs }, 'CNY');
          expect(Number.isSafeInteger(read?.amount)).toBe(true);
          // Not by toBe, to which there is a 0 below 0.
          expect((read?.amount ?? -1) / 100 === Number(amount)).toBe(true);
        } catch (error) {
          expect(error).toMatchObject({ code: 'invalid_parameter' });
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('targets', () => {
  it('are told with their standing, and shown by metrics without asking anybody', async () => {
    const { targets } = (await get('/v1/analytics/targets')).json();
    expect(targets.map(({ standing }: { standing: string }) => standing)).toEqual(['missed', 'unknown']);
    const scraped = (await get('/metrics', secret)).body;
    expect(scraped).toContain('tessera_target_value{target="preference_conversion"} 0.04');
    expect(scraped).toContain('tessera_target_met{target="preference_conversion"} 0');
    expect(scraped).toContain('tessera_target_goal{target="campaign_return"} 0.05');
    expect(scraped).not.toContain('tessera_target_met{target="campaign_return"}');
  });

  it('raise alerts over metrics that there are', async () => {
    const file = new URL('../../deploy/prometheus/targets.rules.yaml', import.meta.url);
    const { groups } = parse(readFileSync(file, 'utf8')) as {
      readonly groups: readonly { readonly rules: readonly { readonly expr: string }[] }[];
    };
    const scraped = (await get('/metrics', secret)).body;
    const metrics = groups.flatMap(({ rules }) =>
      rules.flatMap(({ expr }) => expr.match(/tessera_\w+/g) ?? []),
    );
    expect(metrics.length).toBeGreaterThan(0);
    for (const metric of metrics) expect(scraped).toMatch(new RegExp(`^${metric}\\{[^}]*target="`, 'm'));
  });

  it('refuse parameters that they do not have', async () => {
    expect((await get('/v1/analytics/targets?day=1')).statusCode).toBe(400);
  });
});

describe('expected customers', () => {
  it('asks for the store as it was written, bounded', async () => {
    const answer = (
      await get(`/v1/stores/${encodeURIComponent("O'Hare \\ 1/a")}/expected?days=3&limit=9`)
    ).json();
    expect(answer).toMatchObject({
      store: "O'Hare \\ 1/a",
      freshness: { rows_waiting: 3, seconds_waiting: 9 },
    });
    for (const query of [
      'days=0',
      `days=${limits.expectedDaysMax + 1}`,
      `limit=${limits.expectedMax + 1}`,
      'x=1',
    ])
      expect((await get(`/v1/stores/a/expected?${query}`)).statusCode, query).toBe(400);
    expect((await get('/v1/stores/a%0Ab/expected')).json()).toMatchObject({ code: 'invalid_parameter' });
  });

  it('shows people in clear to keys with the scope pii alone', async () => {
    expect((await get('/v1/stores/a/expected')).body).toContain('139****1111');
    expect((await get('/v1/stores/a/expected')).body).not.toContain('+8613900001111');
    expect((await get('/v1/stores/a/expected', secret)).body).toContain('+8613900001111');
  });
});

describe('figures over HTTP', () => {
  const asked = async (url: string) => (await get(`/v1/analytics/${url}`)).json().asked;

  it('are asked with their parameters', async () => {
    expect(await asked('journey?period=week&zone=Europe/Paris&days=30')).toMatchObject({
      ...{ period: 'week', zone: 'Europe/Paris', lossDays: 30, currency: 'CNY' },
    });
    expect(await asked('zones?store=S1&limit=7')).toMatchObject({ store: 'S1', rowsMax: 7 });
    expect(await asked('tried?days=3&item=spu-1')).toMatchObject({ days: 3, item: 'spu-1' });
    expect(await asked('demand?by=variant')).toMatchObject({
      by: 'variant',
      rowsMax: limits.analyticsRowsMax,
    });
    expect(await asked('preferences?questions=a,%20b&days=10')).toMatchObject({
      ...{ questions: ['a', 'b'], days: 10, goal: 0.05, answersMin: 200 },
    });
    expect(await asked('costs?from=2026-11-01&to=2026-11-03')).toMatchObject({
      ...{ firstDay: '2026-11-01', lastDay: '2026-11-02' },
    });
    expect(await asked('returns?margin=0.25&currency=EUR')).toMatchObject({
      marginRate: 0.25,
      currency: 'EUR',
    });
    expect(await asked('returns')).toMatchObject({ marginRate: 0.4 });
  });

  it.each([
    ...['journey?period=year', 'journey?zone=Nowhere/Town', 'journey?days=0', 'demand?by=store'],
    ...[
      'returns?margin=1.5',
      'returns?margin=-1',
      'returns?currency=cny',
      'zones?limit=0',
      'tried?color=red',
    ],
    ...[`demand?limit=${limits.analyticsFigureRowsMax + 1}`, 'complaints?from=2026-11-03&to=2026-11-03'],
  ])('refuse %s', async (url) => {
    const response = await get(`/v1/analytics/${url}`);
    expect(response.statusCode).toBe(400);
    expect(response.json()).toMatchObject({ code: 'invalid_parameter' });
  });
});
