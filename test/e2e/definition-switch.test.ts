import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/model/json.ts';
import type { Answer, EngineApi } from './support/engine-api.ts';
import { EnginePlace } from './support/engine-place.ts';
import type { EngineProcess } from './support/engine-process.ts';

/** A trigger that is switched, what definitions were, and a draft for a real person: on a real engine, over a restart. */
const place = new EnginePlace();
let api: EngineApi;
let engine: EngineProcess;
async function start(): Promise<void> {
  ({ api, process: engine } = await place.start());
}
beforeAll(start);
afterAll(() => place.remove());

const PATH = '/v1/definitions/triggers/looks_twice';
const looksTwice = (count: number): JsonObject => ({
  purpose: 'service',
  on: { count, of: { event: 'product_viewed' }, within: '1h' },
  action: { channel: 'none' },
});
const put = async (count: number): Promise<Answer> =>
  await api.send('PUT', PATH, JSON.stringify(looksTwice(count)));

let serial = 0;
/** The trigger's decisions for a look of one person. */
async function look(who = 'looker'): Promise<readonly string[]> {
  serial += 1;
  const identifiers = { anonymous_id: who };
  const event = { id: `e-${serial}`, type: 'product_viewed', identifiers, properties: { item_id: 'i' } };
  const { body } = await api.apply(event);
  const [{ triggers }] = body.results;
  return triggers
    .filter(({ trigger }: JsonObject) => trigger === 'looks_twice')
    .map(({ decision }: JsonObject) => decision);
}

const versions = async (): Promise<readonly JsonObject[]> =>
  (await api.get(`${PATH}/versions`)).body.versions;

describe('a trigger', () => {
  it('is switched off and on, and starts anew', async () => {
    expect((await put(2)).status).toBe(200);
    expect([await look(), await look()]).toEqual([[], ['fired']]);
    await look();
    const off = await api.post(`${PATH}/disable`, '');
    expect(off).toMatchObject({
      status: 200,
      body: { name: 'looks_twice', enabled: false, author: 'server' },
    });
    expect([await look(), await look(), await look()]).toEqual([[], [], []]);
    expect(
      (await api.get('/v1/profiles/anonymous_id:looker/explain?trigger=looks_twice')).body,
    ).toMatchObject({
      enabled: false,
      if_complete_now: { decision: 'none', reason: 'off' },
    });
    expect((await api.get(PATH)).body).toEqual(off.body);
    const on = await api.post(`${PATH}/enable`, '');
    expect(on.body.enabled).toBeUndefined();
    expect([await look(), await look()]).toEqual([[], ['fired']]);
  });

  it('has its versions, and goes back to one of them', async () => {
    await put(5);
    const before = await versions();
    expect(before.map(({ change, active }) => [change, active])).toEqual([
      ['changed', true],
      ['enabled', false],
      ['disabled', false],
      ['created', false],
    ]);
    const first = await api.get(`${PATH}/versions/${before.at(-1)?.number}?against=${before[0]?.number}`);
    expect(first.body.changes).toEqual([{ path: '/on/count', before: 5, after: 2 }]);
    const back = await api.send('PUT', PATH, JSON.stringify(first.body.definition));
    expect(back.body).toMatchObject({ on: { count: 2 }, version: before.at(-1)?.version });
    expect((await versions())[0]).toMatchObject({ change: 'changed', active: true });
  });

  it('of the directory has versions as well; what was switched, and what was, is the same over a restart', async () => {
    const path = '/v1/definitions/triggers/birthday';
    expect((await api.get(`${path}/versions`)).body.versions).toMatchObject([{ change: 'created' }]);
    const off = await api.post(`${path}/disable`, '');
    await api.post(`${PATH}/disable`, '');
    const before = await versions();
    await engine.stop();
    await start();
    expect((await api.get(path)).body).toEqual(off.body);
    expect(await versions()).toEqual(before);
    expect([await look(), await look(), await look()]).toEqual([[], [], []]);
    const changed = await api.get('/v1/audit?action=definition_changed&limit=100');
    expect(changed.body.entries.map(({ target }: JsonObject) => target)).toContain('triggers/birthday');
  });
});

describe('a draft of a trigger', () => {
  const preview = async (definition: JsonObject, profile = 'anonymous_id:drafted'): Promise<Answer> =>
    await api.post('/v1/triggers/previews', { definition, profile });

  it('is explained for a real profile by what history has of it, and leaves nothing behind', async () => {
    for (let i = 0; i < 5; i++) await look('drafted');
    await api.settled();
    const before = (await api.get('/v1/definitions/triggers')).body;
    const { status, body } = await preview({ name: 'trying', ...looksTwice(4) });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      trigger: 'trying',
      draft: true,
      past: { events: 5, complete: true, completed: [{ event_id: `e-${serial - 1}` }] },
      pattern: { kind: 'count', progress: [{ have: 1, need: 4 }] },
      if_complete_now: { decision: 'fired' },
    });
    expect((await api.get('/v1/definitions/triggers')).body).toEqual(before);
  });

  it('is refused with the place where it is wrong, and for whom there is not', async () => {
    const wrong = await preview({ ...looksTwice(4), when: { feature: 'no_such_feature', gt: 1 } });
    expect(wrong).toMatchObject({ status: 400, body: { code: 'invalid_definition' } });
    const nobody = await preview(looksTwice(4), 'anonymous_id:nobody-ever');
    expect(nobody).toMatchObject({ status: 404, body: { code: 'profile_not_found' } });
  });
});
