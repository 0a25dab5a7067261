import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TesseraError } from '../../src/errors.ts';
import type { AuditEntry } from '../../src/model/audit.ts';
import { ALICE, NOBODY, reader, secret, type TestServer, testServer, WRITE_KEY } from './fakes.ts';

let server: TestServer;
let entries: AuditEntry[];
let refused: string[];
/** Until it is called, what is recorded is not durable. */
let release: () => void;
let away: boolean;
const NOTHING = (): void => undefined;

beforeEach(async () => {
  entries = [];
  refused = [];
  away = false;
  release = NOTHING;
  const durable: Promise<void>[] = [];
  server = await testServer({
    audit: {
      record: async (entry) => {
        await durable.at(-1);
        if (away) throw new TesseraError('audit_unavailable');
        entries.push(entry);
      },
      refused: (code, via) => refused.push(`${code} ${via}`),
    },
    extend: (app) => {
      app.get('/slow', { config: { scope: 'read', audit: 'data_exported' } }, async () => {
        durable.push(
          new Promise((resolve) => {
            release = resolve;
          }),
        );
        return { personal: true };
      });
    },
  });
});

afterEach(() => server.app.close());

const get = (url: string, headers: Record<string, string> = secret) => server.app.inject({ url, headers });

describe('what requests leave in the audit log', () => {
  it('names whose fields an answer shows in clear, and to whom', async () => {
    expect((await get(`/v1/profiles/${ALICE}`)).statusCode).toBe(200);
    expect(entries).toEqual([
      {
        action: 'personal_data_read',
        author: 'operator',
        subjects: [ALICE],
        fields: ['identifiers.phone'],
        via: 'GET /v1/profiles/:id',
        count: 1,
      },
    ]);
    expect((await get('/v1/profiles?limit=5')).statusCode).toBe(200);
    expect(entries).toHaveLength(2);
  });

  it('holds nothing of what was typed, and nothing of masked answers, misses and refusals', async () => {
    expect((await get('/v1/profiles/phone:13900001111')).statusCode).toBe(200);
    expect(JSON.stringify(entries)).not.toContain('13900001111');
    entries.length = 0;
    await get(`/v1/profiles/${ALICE}`, reader);
    await get(`/v1/profiles/${NOBODY}`);
    await get('/v1/profiles/phone:100');
    await get('/version');
    expect(entries).toEqual([]);
  });

  it('is durable before the answer leaves', async () => {
    let answered = false;
    const answer = get('/slow').then((response) => {
      answered = true;
      return response;
    });
    await expect.poll(() => release).not.toBe(NOTHING);
    for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
    expect(answered).toBe(false);
    release();
    expect((await answer).json()).toEqual({ personal: true });
    expect(entries).toMatchObject([{ action: 'data_exported', via: 'GET /slow' }]);
  });

  it('takes the place of the answer where it cannot be made', async () => {
    away = true;
    const answer = await get(`/v1/profiles/${ALICE}`);
    expect([answer.statusCode, answer.json().code]).toEqual([503, 'audit_unavailable']);
    expect(answer.body).not.toContain('13900001111');
    expect((await get(`/v1/profiles/${ALICE}`, reader)).statusCode).toBe(200);
  });

  it('tells what was changed, commanded and asked of history, without its text', async () => {
    const query = "SELECT count() FROM events WHERE raw LIKE '%13900001111%'";
    const post = (url: string, payload: object, method: 'POST' | 'PUT' = 'POST') =>
      server.app.inject({ method, url, headers: secret, payload });
    expect((await post('/v1/sql', { query })).statusCode).toBe(200);
    expect((await get(`/v1/sql?query=${encodeURIComponent(query)}`)).statusCode).toBe(200);
    const [one, other] = entries;
    expect(one).toMatchObject({ action: 'sql_query', author: 'operator', via: 'POST /v1/sql' });
    expect(other?.detail).toBe(one?.detail);
    expect(one?.detail).toMatch(/^sha256:[\w-]{43}$/);
    expect(JSON.stringify(entries)).not.toContain('13900001111');
    entries.length = 0;
    const merge = { identifiers: ['phone:13900001111', 'user_id:u-1'] };
    expect((await post('/v1/identity/merges', merge)).statusCode).toBe(200);
    expect((await post('/v1/identity/merges', {})).statusCode).toBe(400);
    expect(entries).toEqual([
      { action: 'operator_command', author: 'operator', via: 'POST /v1/identity/merges' },
    ]);
  });

  it('counts requests without a valid key or scope, and shows their keys to nobody', async () => {
    const bearer = (key: string) => ({ authorization: `Bearer ${key}` });
    await get('/v1/profiles', {});
    await get('/v1/profiles', bearer('sk_guessed_0123456789abcdefghijklm'));
    await get('/v1/profiles', bearer(WRITE_KEY));
    await get('/v1/audit', reader);
    expect(refused).toEqual([
      'unauthorized GET /v1/profiles',
      'unauthorized GET /v1/profiles',
      'forbidden GET /v1/profiles',
      'forbidden GET /v1/audit',
    ]);
  });
});

describe('the routes of backups', () => {
  it('take a name that is none of a path, and choose one where none is given', async () => {
    const make = (payload: object) =>
      server.app.inject({ method: 'POST', url: '/v1/backups', headers: secret, payload });
    const named = await make({ name: 'before-upgrade' });
    expect([named.statusCode, named.json().name, named.json().job.kind]).toEqual([
      202,
      'before-upgrade',
      'backup',
    ]);
    expect((await make({})).json().name).toBe('2026-11-21T10-00-00Z');
    for (const body of [{ name: '../x' }, { name: '.x' }, { name: '' }, { name: 1 }, { path: 'x' }]) {
      expect((await make(body)).statusCode, JSON.stringify(body)).toBe(400);
    }
    expect((await get('/v1/backups')).json()).toEqual({ backups: [] });
  });
});

describe('the routes of the audit log and of the master key', () => {
  it('answer to the scope admin, and refuse what they do not know', async () => {
    expect((await get('/v1/audit/head')).json()).toEqual({ head: 'local:1:head' });
    expect((await get('/v1/audit/verify?heads=a,b')).json()).toEqual({ ok: true, heads: ['a', 'b'] });
    expect((await get(`/v1/audit?subject=${ALICE}&action=sql_query&limit=3`)).json()).toEqual({
      entries: [{ subject: ALICE, action: 'sql_query', limit: 3 }],
      next: '1-1-local',
    });
    for (const query of ['action=nothing', 'subject=phone:1', "before=1-1-'", 'what=1']) {
      expect((await get(`/v1/audit?${query}`)).statusCode).toBe(400);
    }
    expect((await get('/v1/master-key')).json()).toEqual({ id: '5f1c2b4a', previous: null });
    const rotation = await server.app.inject({
      method: 'POST',
      url: '/v1/master-key/rotations',
      headers: secret,
      payload: {},
    });
    expect([rotation.statusCode, rotation.json().job.kind]).toEqual([202, 'master_rotation']);
  });
});
