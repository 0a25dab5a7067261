import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { registerConsent } from '../../src/cli/consent.ts';
import { loadConfig } from '../../src/config.ts';
import { type Engine, openEngine } from '../../src/engine.ts';
import { createTemporaryDirectory, type TemporaryDirectory } from '../adapters/temporary-directory.ts';
import { EngineApi } from './support/engine-api.ts';
import { waitUntil } from './support/wait-until.ts';

const SECRET_KEY = `sk_${'0'.repeat(32)}`;
const ANN = '/v1/profiles/user_id:ann';

describe('consents over HTTP', () => {
  let directory: TemporaryDirectory;
  let engine: Engine;
  let api: EngineApi;

  const start = async (): Promise<void> => {
    const flags = { dataDir: directory.path, port: '0', logLevel: 'silent' };
    const env = { TESSERA_SECRET_KEY: SECRET_KEY };
    engine = await openEngine(loadConfig({ env, flags, readFile: (path) => readFileSync(path) }), 'test');
    api = new EngineApi({ address: await engine.listen(), write_key: '', secret_key: SECRET_KEY });
  };
  beforeAll(async () => {
    directory = createTemporaryDirectory();
    await start();
  }, 60_000);
  afterAll(async () => {
    await engine.stop();
    directory.remove();
  });

  const view = async (id: string, more: object = {}) => {
    const event = {
      id,
      type: 'product_viewed',
      identifiers: { user_id: 'ann' },
      properties: { item_id: 'i' },
    };
    return (await api.post('/v1/events?wait=applied', [{ ...event, ...more }])).body;
  };
  const put = (path: string, body: object) => api.send('PUT', path, JSON.stringify(body));
  const decision = (body: {
    results: { triggers: { trigger: string; decision: string; reason?: string }[] }[];
  }) =>
    body.results[0]?.triggers
      .filter(({ trigger }) => trigger === 'hello')
      .map((each) => each.reason ?? each.decision);

  it('keep out what is not declared, hold at the next decision, and outlive a restart with their history', async () => {
    const hello = { on: { event: 'product_viewed' }, action: { channel: 'sms' } };
    expect((await put('/v1/definitions/triggers/hello', hello)).status).toBe(200);

    const first = await view('e-1', {
      traits: { city: 'Shanghai', religion: 'none of yours', dependents: [{ birth_month: '2024-05' }] },
      consent: { marketing: { sms: true }, sharing: true, text_version: '2026-09' },
    });
    expect(first.dropped_fields).toMatchObject([
      { index: 0, path: '/traits/religion', code: 'undeclared_field' },
    ]);
    expect(decision(first)).toEqual(['fired']);
    const face = await view('e-2', { identifiers: { user_id: 'ann', face_id: 'AAAA' } });
    expect(face).toMatchObject({ results: [], rejected: [{ code: 'biometric_refused' }] });
    expect(face.rejected[0]).not.toHaveProperty('quarantine_id');
    const { body: profile } = await api.get(ANN);
    expect(profile).toMatchObject({
      traits: { city: 'Shanghai' },
      withheld: { dependents: 'pending_notice' },
    });

    const { body: due } = await api.get('/v1/privacy/notices/due');
    expect(due).toEqual({
      people: [
        {
          profile_id: profile.profile_id,
          due: [{ notice: 'privacy', version: 1, told: null, fields: ['dependents'] }],
        },
      ],
    });
    const told = {
      consent: { marketing: { sms: false }, guardian: true, notices: { privacy: 1 } },
      reason: 'call',
    };
    expect((await put(`${ANN}/consents`, told)).body.withheld).toEqual({});
    expect(decision(await view('e-3'))).toEqual(['no_consent']);
    expect((await api.get('/v1/privacy/notices/due')).body).toEqual({ people: [] });
    const wrong = await put(`${ANN}/consents`, { consent: { marketing: { sms: 'no' } } });
    expect([wrong.status, wrong.body.code]).toEqual([400, 'invalid_parameter']);

    await engine.stop();
    await start();
    const consents = async () => (await api.get(`${ANN}/consents`)).body;
    await waitUntil('history', async () => (await consents()).history?.length === 5);
    const { history, consents: standing } = await consents();
    expect(history).toMatchObject([{ source: 'operator', author: 'server', reason: 'call' }, {}, {}, {}, {}]);
    expect(standing).toMatchObject([
      { name: 'guardian', given: true },
      { name: 'marketing.sms', given: false },
      { name: 'sharing', given: true, text_version: '2026-09' },
    ]);
    expect((await api.get(`${ANN}/consents/receipt`)).body.privacy_notices).toMatchObject([{ version: 1 }]);
    const metrics = (await api.get('/metrics')).text;
    expect(metrics).not.toContain('none of yours');
  }, 120_000);

  it('let a partner have what was agreed, and nothing else', async () => {
    const { body: before } = await api.get('/v1/definitions/privacy/default');
    expect(before.notices.privacy.version).toBe(1);
    const body = {
      purposes: before.purposes,
      notices: before.notices,
      fields: before.fields,
      partners: { ads: { fields: ['traits.city'], until: '2099-01-01' } },
    };
    expect((await put('/v1/definitions/privacy/default', body)).status).toBe(200);
    const ask = () => api.get('/v1/segments/prospect/export?partner=ads');
    await waitUntil('history', async () => (await ask()).body.members?.length === 1);
    const { text, body: shared } = await ask();
    expect(shared.members).toMatchObject([{ fields: { 'traits.city': 'Shanghai' } }]);
    const { body: profile } = await api.get(ANN);
    expect(text).not.toContain(profile.profile_id);
    expect((await api.get('/v1/segments/prospect/export?partner=ads&by=traits.city')).body).toMatchObject({
      groups: [],
      suppressed: true,
    });
    expect((await api.get('/v1/segments/prospect/export?partner=other')).status).toBe(404);
    expect((await api.get('/v1/segments/prospect/export')).status).toBe(400);
  }, 60_000);

  /** A command of `tessera consent` as people type it, asking this engine. */
  const tessera = async (...args: readonly string[]) => {
    let [out, err, code] = ['', '', 0];
    const program = new Command().exitOverride();
    registerConsent(program, {
      key: SECRET_KEY,
      url: api.address,
      stdout: { write: (text: string) => (out += text) },
      stderr: { write: (text: string) => (err += text) },
      isTty: false,
      clock: { now: () => 0 },
      setExitCode: (given) => {
        code = given;
      },
    });
    await program.parseAsync(['node', 'tessera', 'consent', ...args]);
    return { out, err, code };
  };
  const said = async (...args: readonly string[]) => JSON.parse((await tessera(...args, '--json')).out);

  it('are shown, entered and imported at the prompt', async () => {
    const bea = { id: 'b-1', type: 'product_viewed', identifiers: { user_id: 'bea' } };
    await api.post('/v1/events?wait=applied', [
      { ...bea, properties: { item_id: 'i' }, traits: { dependents: [{ birth_month: '2024-05' }] } },
    ]);
    const { people } = await said('due');
    expect(people).toMatchObject([{ due: [{ notice: 'privacy', version: 1, told: null }] }]);
    expect((await said('show', 'user_id:bea')).profile_id).toBe(people[0].profile_id);

    const file = join(directory.path, 'consents.csv');
    const lines = [
      'profile,marketing.sms,notices.privacy,method',
      'user_id:bea,true,1,form',
      'user_id:nobody,true,,',
    ];
    writeFileSync(file, `${lines.join('\n')}\n`);
    const brought = await tessera('import', file);
    expect([brought.code, brought.out]).toEqual([1, '1 entered\n']);
    expect(brought.err).toContain('line 3');
    expect(await said('due')).toEqual({ people: [] });

    const withdrawn = await said('withdraw', 'user_id:bea', 'marketing.sms', '--reason', 'call');
    expect(withdrawn.consents).toMatchObject([{ name: 'marketing.sms', given: false }]);
    const { code, err } = await tessera('withdraw', 'user_id:bea', 'method');
    expect([code, err]).toEqual([1, expect.stringContaining('invalid_parameter')]);
    await waitUntil('history', async () => (await said('show', 'user_id:bea')).history.length === 3);
    const { out } = await tessera('show', 'user_id:bea');
    expect(out).toMatch(/marketing\.sms +no .* call$/m);
    expect((await said('receipt', 'user_id:bea')).purposes).toMatchObject([
      { channel: 'sms', event: { event_state: 'consent_withdrawn' } },
    ]);
  }, 60_000);
});
