import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TesseraError } from '../../src/errors.ts';
import type { JsonObject } from '../../src/model/json.ts';
import type { ClvModel, RfmModel } from '../../src/model/value-model.ts';
import { sharedData } from '../cli/import/import-run.ts';
import type { EngineApi } from './support/engine-api.ts';
import { EnginePlace } from './support/engine-place.ts';
import { MAIN } from './support/engine-process.ts';
import { importFile } from './support/importer.ts';

/** Seconds where nothing else runs; two shared cores may take minutes. */
const PATIENCE_MS = 300_000;

/** `tessera fit` as a process of its own; answers the model. */
async function fitted(api: EngineApi, ...flags: readonly string[]): Promise<JsonObject> {
  const target = ['--url', api.address, '--key', api.secretKey, '--json'];
  const child = spawn(process.execPath, [MAIN, 'fit', ...flags, ...target], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  await once(child, 'close');
  if (child.exitCode !== 0) throw new TesseraError('internal', output);
  return JSON.parse(output) as JsonObject;
}

const sample = sharedData('cdnow-sample.txt');

describe.skipIf(sample.missing)('CDNOW, fitted (skipped where ../shared/data is absent)', () => {
  const place = new EnginePlace();
  let api: EngineApi;
  beforeAll(async () => {
    ({ api } = await place.start({ currency: 'USD', now: '1998-07-01T12:00:00Z' }));
    await importFile({ api, file: sample.path, map: 'cdnow-sample', directory: place.path, name: 'first' });
    await api.settled();
  }, PATIENCE_MS);
  afterAll(() => place.remove());

  it(
    'gives the published models of the 39 weeks, from ClickHouse',
    async () => {
      const model = (await fitted(api, 'clv', '--as-of', '1997-09-30')) as unknown as ClvModel;
      const { r, alpha, a, b } = model.purchases;
      expect([r, alpha, a, b].map((value) => value.toFixed(3))).toEqual(['0.243', '4.414', '0.793', '2.426']);
      expect(model.fit).toMatchObject({
        customers: 2_357,
        report: { without_repeat: 1_411, log_likelihood: -9_582.43, spend_customers: 946 },
      });
      const { p, q, gamma } = model.spend ?? {};
      expect([p, q, gamma].map((value) => value?.toFixed(2))).toEqual(['6.25', '3.74', '15.44']);
      expect((await api.get('/v1/definitions/models/clv')).body).toEqual(model);
    },
    PATIENCE_MS,
  );

  it('answers for each customer at once', async () => {
    // Customer 4 of the file: 1 and 18 January, 2 August and 12 December 1997; read on 1 July 1998.
    const { features } = await api.profile('member_id:cdnow-00004');
    expect(features.purchases?.value).toMatchObject({
      days: 4,
      orders: 4,
      since_first: 546,
      since_last: 201,
      net: 100.5,
    });
    const { r, alpha, a, b } = { r: 0.2426, alpha: 4.4136, a: 0.7929, b: 2.4259 };
    const left = (a / (b + 2)) * ((alpha + 546 / 7) / (alpha + 345 / 7)) ** (r + 3);
    expect(Number(features.alive_probability?.value)).toBeCloseTo(1 / (1 + left), 3);
    expect(Number(features.expected_value_365d?.value)).toBeGreaterThan(
      Number(features.expected_value_90d?.value),
    );
  });
});

const retail = sharedData('online-retail-30k.csv');

describe.skipIf(retail.missing)('Online Retail, scored (skipped where ../shared/data is absent)', () => {
  const place = new EnginePlace();
  let api: EngineApi;
  let model: RfmModel;
  beforeAll(async () => {
    ({ api } = await place.start({ currency: 'GBP', now: '2011-12-10T12:00:00Z' }));
    await importFile({ api, file: retail.path, map: 'online-retail', directory: place.path, name: 'first' });
    await api.settled();
    model = (await fitted(api, 'rfm')) as unknown as RfmModel;
  }, PATIENCE_MS);
  afterAll(() => place.remove());

  /** Of sorted values the boundary of a share: (n − 1) × share places behind the first, between two of them by distance. */
  const boundariesOf = (values: string): string =>
    `arrayMap(at -> round(${values}[1 + toUInt32(floor(at))] + (at - floor(at)) * ` +
    `(${values}[1 + toUInt32(ceil(at))] - ${values}[1 + toUInt32(floor(at))]), 4), ` +
    `arrayMap(share -> (length(${values}) - 1) * share, [0.2, 0.4, 0.6, 0.8]))`;

  /** The fifths said once more: from product lines instead of orders, by ranks instead of quantile functions. */
  const independent = `
    WITH customers AS (
      SELECT profile_id,
        dateDiff('day', toDate(maxIf(time, type = 'order_completed'), 'Asia/Shanghai'), toDate('2011-12-10')) AS recency,
        uniqExactIf(order_id, type = 'order_completed') AS frequency,
        sumIf(if(type = 'order_refunded', -amount, amount), kind = 'goods') AS monetary
      FROM product_lines WHERE type IN ('order_completed', 'order_refunded') AND profile_id != 'unattributed'
      GROUP BY profile_id HAVING frequency > 0),
    sorted AS (
      SELECT arraySort(groupArray(toFloat64(recency))) AS rs, arraySort(groupArray(toFloat64(frequency))) AS fs,
        arraySort(groupArray(toFloat64(monetary))) AS ms
      FROM customers),
    boundaries AS (
      SELECT ${boundariesOf('rs')} AS rb, ${boundariesOf('fs')} AS fb, ${boundariesOf('ms')} AS mb FROM sorted)
    SELECT profile_id, 5 - arrayCount(x -> recency > x, rb) AS r, 1 + arrayCount(x -> frequency > x, fb) AS f,
      1 + arrayCount(x -> monetary > x, mb) AS m FROM customers CROSS JOIN boundaries`;

  it(
    'gives everybody the fifths that an independent query gives them',
    async () => {
      const expected = new Map(
        (await api.sql(independent)).map(({ profile_id, r, f, m }) => [profile_id, `${r}${f}${m}`]),
      );
      const wrong: unknown[] = [];
      let scored = 0;
      for await (const { profile_id, features } of api.profiles('features.rfm_score')) {
        if (profile_id === 'unattributed') continue;
        const score = features.rfm_score?.value ?? undefined;
        if (score !== undefined) scored += 1;
        if (score !== expected.get(profile_id))
          wrong.push({ profile_id, score, expected: expected.get(profile_id) });
      }
      expect(wrong.slice(0, 5)).toEqual([]);
      expect([scored, model.fit?.customers]).toEqual([expected.size, expected.size]);
      expect(expected.size).toBeGreaterThan(3_000);
    },
    PATIENCE_MS,
  );

  it('changes the scores of a customer with the next order', async () => {
    const lost = async () => {
      for await (const { features, identifiers } of api.profiles())
        if (features.rfm_group?.value === 'hibernating')
          return { features, member: String(identifiers.member_id?.[0]) };
      throw new TesseraError('internal', 'nobody hibernates');
    };
    const { features, member } = await lost();
    expect(Number(features.rfm_recency?.value)).toBeLessThan(3);
    const orders = [1, 2, 3, 4].map((n) => ({
      id: `again-${n}`,
      type: 'order_completed',
      time: '2011-12-10T10:00:00Z',
      identifiers: { member_id: member },
      properties: { order_id: `again-${n}`, total: '500.00', currency: 'GBP' },
    }));
    await api.apply(orders);
    const after = (await api.profile(`member_id:${member}`)).features;
    expect([after.rfm_recency?.value, after.rfm_monetary?.value]).toEqual([5, 5]);
    expect(after.rfm_group?.value).toBe('champions');
  });
});
