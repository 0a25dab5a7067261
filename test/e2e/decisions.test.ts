import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EngineApi } from './support/engine-api.ts';
import { EnginePlace } from './support/engine-place.ts';
import type { RunningEngine } from './support/engine-process.ts';
import { waitUntil } from './support/wait-until.ts';

const ANN = 'user_id:ann';

/** A view of somebody who takes messages. */
const view = (id: string, more: object = {}) => ({
  id,
  type: 'product_viewed',
  identifiers: { user_id: 'ann' },
  properties: { item_id: 'i-1' },
  consent: { marketing: { sms: true } },
  ...more,
});

describe('what triggers decide, over HTTP', () => {
  const place = new EnginePlace();
  let engine: RunningEngine;
  let api: EngineApi;
  const start = async (clock: string): Promise<void> => {
    engine = await place.start({ now: clock });
    api = engine.api;
  };
  const put = async (path: string, definition: object): Promise<void> => {
    const answer = await api.send('PUT', `/v1/definitions/${path}`, JSON.stringify(definition));
    expect(answer.status, answer.text).toBe(200);
  };
  const explained = async (trigger: string) =>
    (await api.get(`/v1/profiles/${encodeURIComponent(ANN)}/explain?trigger=${trigger}`)).body;
  const decided = async (query = '') =>
    (await api.get(`/v1/profiles/${encodeURIComponent(ANN)}/triggers${query}`)).body;

  beforeAll(async () => {
    await start('2026-11-21T07:50:00Z');
    await put('triggers/twice', {
      on: { count: 2, of: { event: 'product_viewed' }, within: '1h' },
      limit: { cooldown: '2d', quiet_hours: false },
      action: { channel: 'sms' },
    });
    await put('triggers/added', { on: { event: 'product_added' }, action: { channel: 'sms' } });
    await put('messaging/default', {
      zone: 'UTC',
      // `then` after all: this is what the definition calls it.
      quiet_hours: Object.fromEntries([
        ['from', '22:00'],
        ['to', '08:00'],
        ['then', 'defer'],
      ]),
    });
  }, 60_000);
  afterAll(() => place.remove());

  it('is explained before and after it is decided', async () => {
    await api.apply([view('v1')]);
    expect(await explained('twice')).toMatchObject({
      pattern: { kind: 'count', progress: [{ have: 1, need: 2, missing: 1 }] },
      if_complete_now: { decision: 'fired', channel: 'sms' },
    });
    const { body } = await api.apply([view('v2'), view('v3'), view('v4')]);
    const firings = body.results.flatMap(({ triggers }: { triggers: object[] }) => triggers);
    expect(firings).toMatchObject([
      { trigger: 'twice', decision: 'fired' },
      { trigger: 'twice', decision: 'suppressed', reason: 'cooldown' },
    ]);
    const { fired, if_complete_now: verdict, says } = await explained('twice');
    expect(fired).toMatchObject([{ id: firings[0].id, channel: 'sms' }]);
    expect(verdict).toMatchObject({ decision: 'suppressed', reason: 'cooldown' });
    expect(says.at(-1)).toMatch(/^complete now, it would be suppressed: cooldown, until 2026-11-23T07:5/);
  });

  it('is listed by profile, newest first, page by page', async () => {
    await api.settled();
    const { decisions } = await decided('?trigger=twice');
    expect(decisions.map(({ decision }: { decision: string }) => decision)).toEqual(['suppressed', 'fired']);
    expect(decisions[0].trace.checks.at(-1)).toMatchObject({ check: 'cooldown', passed: false });
    const first = await decided('?limit=1');
    const second = await decided(`?limit=1&before=${first.next}`);
    expect([...first.decisions, ...second.decisions]).toEqual(decisions);
    expect((await decided('?decision=fired')).decisions).toEqual(decisions.slice(1));
  });

  it('is streamed with everything else that happens to the profile', async () => {
    const response = await fetch(`${api.address}/v1/stream/profiles/${encodeURIComponent(ANN)}`, {
      headers: api.headers({}),
    });
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    const until = async (pattern: RegExp): Promise<void> => {
      while (!pattern.test(text)) text += (await reader?.read())?.value ?? '';
    };
    await until(/connected/);
    await api.apply([
      { ...view('other'), identifiers: { user_id: 'bob' } },
      view('a1', { type: 'product_added' }),
    ]);
    await until(/"decisions":\[/);
    const [change] = [...text.matchAll(/^data: (.*)$/gm)].map(([, json]) => JSON.parse(json ?? ''));
    expect(change).toMatchObject({
      events: [{ id: 'a1', type: 'product_added' }],
      decisions: [{ trigger: 'added', decision: 'deferred', until: Date.parse('2026-11-21T08:00:00Z') }],
    });
    await reader?.cancel();
  });

  it('waits for the end of quiet hours, over a restart, and is decided at their end', async () => {
    expect(await explained('added')).toMatchObject({
      deferred: [{ until: Date.parse('2026-11-21T08:00:00Z') }],
      if_complete_now: { decision: 'deferred' },
    });
    await engine.process.kill();
    await start('2026-11-21T07:59:58Z');
    await waitUntil('the release', async () => (await explained('added')).fired.length > 0);
    const { fired, deferred } = await explained('added');
    expect([fired.length, deferred.length]).toEqual([1, 0]);
    expect(fired[0].at).toBe(Date.parse('2026-11-21T08:00:00Z'));
    await api.settled();
    await waitUntil('history', async () => (await decided('?trigger=added')).decisions.length === 2);
    const { decisions } = await decided('?trigger=added');
    expect(decisions.map(({ decision }: { decision: string }) => decision)).toEqual(['fired', 'deferred']);
    expect(new Set(decisions.map(({ id }: { id: string }) => id)).size).toBe(1);
  }, 60_000);

  it('refuses limits that make no sense, with the place', async () => {
    const refusal = async (kind: string, definition: object) => {
      const answer = await api.send('PUT', `/v1/definitions/${kind}`, JSON.stringify(definition));
      return [answer.status, answer.body.errors?.[0]?.path ?? answer.body.detail];
    };
    const trigger = { on: { event: 'x' }, action: { channel: 'sms' } };
    const cap = { overall: true, count: 1, every: '109500d' };
    expect(await refusal('triggers/x', { ...trigger, limit: { caps: [cap] } })).toEqual([
      400,
      '/limit/caps/0/every',
    ]);
    expect(await refusal('triggers/x', { ...trigger, limit: { cooldown: '109500d' } })).toEqual([
      400,
      '/limit/cooldown',
    ]);
    expect(
      await refusal('triggers/x', {
        ...trigger,
        limit: { guards: [{ name: 'g', unless: { segment: 'nobody' } }] },
      }),
    ).toEqual([400, '/limit/guards/0/unless/segment']);
    expect(await refusal('messaging/default', { zone: 'Mars' })).toEqual([400, '/zone']);
    expect(await refusal('segments/a', { when: { segment: 'a' } })).toEqual([400, '/when']);
  });
});
