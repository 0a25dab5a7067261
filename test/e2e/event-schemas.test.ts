import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { limits } from '../../src/limits.ts';
import type { JsonObject } from '../../src/model/json.ts';
import type { Answer, EngineApi } from './support/engine-api.ts';
import { EnginePlace } from './support/engine-place.ts';
import type { EngineProcess } from './support/engine-process.ts';
import { createRandom } from './support/seeded-random.ts';
import { waitUntil } from './support/wait-until.ts';

const RETAIL = fileURLToPath(new URL('../../deploy/retail', import.meta.url));
const SEED = Number(process.env.SCHEMA_SEED ?? 41);
const STEP = { type: 'integer', minimum: 1, maximum: 9 };

const place = new EnginePlace();
const definitions = place.file('definitions');
let api: EngineApi;
let engine: EngineProcess;
async function start(): Promise<void> {
  ({ api, process: engine } = await place.start({ definitions }));
}
beforeAll(async () => {
  cpSync(RETAIL, definitions, { recursive: true });
  mkdirSync(`${definitions}/schemas`);
  await start();
});
afterAll(() => place.remove());

const put = (event: string, schema: unknown, query = ''): Promise<Answer> =>
  api.send('PUT', `/v1/definitions/schemas/${event}${query}`, JSON.stringify({ schema }));
const remove = (event: string): Promise<Answer> => api.send('DELETE', `/v1/definitions/schemas/${event}`);

let serial = 0;
/** Sends one event and answers why it was refused; undefined: it was taken. */
async function refusalOf(type: string, properties: JsonObject): Promise<JsonObject | undefined> {
  serial += 1;
  const event = { id: `s-${serial}`, type, identifiers: { user_id: 'u-1' }, properties };
  const { body } = await api.apply([event]);
  return body.rejected[0];
}

it('asks of the next event what a definition asks, until it is taken back', async () => {
  expect(await refusalOf('guide_opened', { step: 'two' })).toBeUndefined();
  const { status, body } = await put('guide_opened', {
    type: 'object',
    properties: { step: STEP },
    required: ['step'],
  });
  expect([status, body.author, body.name]).toEqual([200, 'server', 'guide_opened']);
  expect(body.warnings).toEqual([expect.stringContaining('step is required now')]);
  expect(await refusalOf('guide_opened', { step: 3 })).toBeUndefined();
  const refused = await refusalOf('guide_opened', { step: 12 });
  expect(refused).toMatchObject({
    code: 'schema_violation',
    path: '/properties/step',
    message: 'must be at most 9',
  });
  await waitUntil('quarantine names the schema', async () => {
    const rows = await api.sql(
      `SELECT schema_version FROM quarantine WHERE id = '${refused?.quarantine_id}'`,
    );
    return rows[0]?.schema_version === `guide_opened@${body.version}`;
  });
  expect((await api.get('/v1/schemas/guide_opened')).body).toMatchObject({
    shipped: null,
    defined: `guide_opened@${body.version}`,
    schema: { required: ['step'] },
  });
  expect((await remove('guide_opened')).body).toEqual({ name: 'guide_opened', removed: true });
  expect(await refusalOf('guide_opened', { step: 12 })).toBeUndefined();
  expect((await api.get('/v1/schemas/guide_opened')).status).toBe(404);
});

it('asks more of a type of the taxonomy, and never less', async () => {
  expect(
    (
      await put('product_viewed', {
        type: 'object',
        properties: { shelf: { type: 'string' } },
        required: ['shelf'],
      })
    ).status,
  ).toBe(200);
  expect(await refusalOf('product_viewed', { item_id: 'i' })).toMatchObject({ path: '/properties/shelf' });
  expect(await refusalOf('product_viewed', { shelf: 'A1' })).toMatchObject({
    message: expect.stringContaining('item_id'),
  });
  expect(await refusalOf('product_viewed', { product_id: 'i', shelf: 'A1' })).toBeUndefined();
  const feature = JSON.stringify({
    on: 'product_viewed',
    aggregate: 'last',
    of: 'properties.shelf',
    window: 'lifetime',
  });
  expect((await api.send('PUT', '/v1/definitions/features/last_shelf', feature)).status).toBe(200);
  expect((await remove('product_viewed')).status).toBe(200);
});

it('refuses a schema that is broken with the place, and keeps what is in force', async () => {
  await put('guide_opened', { type: 'object', properties: { step: STEP } });
  const before = (await api.get('/v1/definitions/schemas/guide_opened')).body;
  for (const [step, path] of [
    [{ type: 'whole' }, '/schema/properties/step/type'],
    [{ pattern: '(a+)+$' }, '/schema/properties/step'],
    [{ $ref: 'https://example.com/step.json' }, '/schema/properties/step/$ref'],
    [{ minimun: 1 }, '/schema/properties/step'],
  ] as const) {
    const { status, body } = await put('guide_opened', { type: 'object', properties: { step } });
    expect([status, body.code, body.errors?.[0]?.path]).toEqual([400, 'invalid_definition', path]);
  }
  expect((await api.get('/v1/definitions/schemas/guide_opened')).body).toEqual(before);
  const dry = await put('guide_opened', { type: 'object' }, '?dry_run=1');
  expect(dry.body.changes).toMatchObject([{ path: '/schema/properties' }]);
  expect(await refusalOf('guide_opened', { step: 12 })).toMatchObject({ path: '/properties/step' });
});

it('keeps definitions over a restart, and takes those of the directory', async () => {
  await engine.stop();
  writeFileSync(
    `${definitions}/schemas/visits.yaml`,
    'name: mirror_used\nschema: { type: object, required: [mirror] }\n---\nname: lift_used\nschema: { type: object, required: [lift] }\n',
  );
  await start();
  expect(await refusalOf('guide_opened', { step: 12 })).toMatchObject({ path: '/properties/step' });
  expect(await refusalOf('mirror_used', {})).toMatchObject({ path: '/properties/mirror' });
  await put('mirror_used', { type: 'object' });
  expect(await refusalOf('mirror_used', {})).toBeUndefined();
  expect((await remove('mirror_used')).body).toMatchObject({ schema: { required: ['mirror'] } });
  expect(await refusalOf('mirror_used', {})).toMatchObject({ path: '/properties/mirror' });
});

it('seals what it marks as personal, and keeps what it marks as money in minor units', async () => {
  await put('repair_ordered', {
    type: 'object',
    properties: {
      fee: { type: ['number', 'string'], 'x-money': 'amount' },
      courier_contact: { type: 'string', 'x-personal': 'phone' },
    },
  });
  expect(await refusalOf('repair_ordered', { fee: '12.50', courier_contact: '13912345678' })).toBeUndefined();
  await api.settled();
  const [row] = await api.sql("SELECT raw FROM events WHERE type = 'repair_ordered'");
  const { properties } = JSON.parse(String(row?.raw));
  expect(properties).toEqual({ fee: 1250, courier_contact: { $sealed: expect.any(String), kind: 'phone' } });
  expect(row?.raw).not.toContain('13912345678');
});

it(`finds exactly the stored events that a changed schema would refuse (seed ${SEED})`, async () => {
  const random = createRandom(SEED);
  await put('trial_ended', {
    type: 'object',
    properties: {
      fee: { type: ['number', 'string'], 'x-money': 'amount' },
      contact: { type: 'string', 'x-personal': 'phone' },
    },
  });
  const sent = Array.from({ length: 400 }, (_, n) => ({
    id: `t-${n}`,
    type: 'trial_ended',
    identifiers: { user_id: `u-${random.between(0, 60)}` },
    properties: {
      ...(random.next() < 0.9 ? { step: random.between(0, 12) } : {}),
      ...(random.next() < 0.5 ? { size: random.pick(['S', 'M', 'L', 'huge']) } : {}),
      ...(random.next() < 0.5 ? { fee: random.between(0, 5000) / 100 } : {}),
      ...(random.next() < 0.3 ? { contact: '13912345678' } : {}),
      ...(random.next() < 0.4 ? { lines: [{ seconds: random.between(-2, 40) }, { seconds: 1 }] } : {}),
    } as JsonObject,
  }));
  for (let at = 0; at < sent.length; at += 100) {
    const { body } = await api.apply(sent.slice(at, at + 100));
    expect(body.rejected).toEqual([]);
  }
  // Another type, which the check has nothing to do with.
  await refusalOf('trial_began', { step: 99 });
  const draft = {
    type: 'object',
    properties: {
      step: { type: 'integer', minimum: 1 },
      size: { enum: ['S', 'M', 'L'] },
      fee: { type: ['number', 'string'], maximum: 40, 'x-money': 'amount' },
      contact: { type: 'string', 'x-personal': 'phone', maxLength: 3 },
      lines: { type: 'array', items: { properties: { seconds: { minimum: 0 } } } },
    },
    required: ['step'],
  };
  const started = await api.post('/v1/schemas/trial_ended/checks', { definition: { schema: draft } });
  expect(started.status, started.text).toBe(202);
  const result = await resultOf(started.body.job.id);

  const { contact: _sealed, ...open } = draft.properties;
  const fits = new Ajv2020({ strict: false }).compile({ ...draft, properties: open });
  const refused = sent.filter(({ properties }) => !fits(properties));
  expect(refused.length).toBeGreaterThan(50);
  expect([result.events, result.refused, result.fitting]).toEqual([
    400,
    refused.length,
    400 - refused.length,
  ]);
  // One place may be wrong in several ways.
  const counted: Record<string, number> = {};
  for (const { path, events } of result.faults) counted[path] = (counted[path] ?? 0) + events;
  const expected: Record<string, number> = {};
  for (const { properties } of refused) {
    fits(properties);
    const [{ instancePath = '', params = {} } = {}] = fits.errors ?? [];
    const missing = params.missingProperty === undefined ? '' : `/${params.missingProperty}`;
    const path = `/properties${instancePath.replace(/\/\d+/g, '/*')}${missing}`;
    expected[path] = (expected[path] ?? 0) + 1;
  }
  expect(counted).toEqual(expected);
  const ids = new Set(refused.map(({ id }) => id));
  for (const { examples } of result.faults) {
    expect(examples.length).toBeLessThanOrEqual(limits.schemaCheckExamples);
    for (const { id } of examples) expect(ids.has(id)).toBe(true);
  }
  const sealed = sent.filter(({ properties }) => properties.contact !== undefined).length;
  expect(result.skipped).toEqual([{ path: '/properties/contact', why: 'sealed', values: sealed }]);
  expect(result.compatibility).toBe('incompatible');
  // It was a question: what is in force is as it was.
  expect(await refusalOf('trial_ended', { size: 'huge' })).toBeUndefined();
});

async function resultOf(id: string): Promise<Answer['body']> {
  let job: Answer['body'];
  await waitUntil('the check is done', async () => {
    job = (await api.get(`/v1/jobs/${id}`)).body;
    return job.finished_at !== null;
  });
  expect(job).toMatchObject({ status: 'done', progress: { done: 400, total: 400 } });
  return job.result;
}
