import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/model/json.ts';
import type { EngineApi } from './support/engine-api.ts';
import { EnginePlace } from './support/engine-place.ts';
import { MAIN } from './support/engine-process.ts';
import { testedOn } from './support/engine-storage.ts';

/*
 * The oldest format that was released, as version 0.1.0 wrote it: a backup of a data directory to which the events beside it had been
 * sent, packed with gzip, without its file of access keys. It never changes; a version that cannot bring it up fails here.
 */
const FIXTURE = fileURLToPath(new URL('./fixtures/backup-0.1.0/', import.meta.url));
const MASTER_KEY = Buffer.from('the master key of this fixture..').toString('base64');
/** While what was sent is still known: ids are forgotten after seven days. */
const NOW = '2026-11-24T10:00:00Z';
const events: readonly JsonObject[] = JSON.parse(readFileSync(join(FIXTURE, 'events.json'), 'utf8'));

describe.skipIf(testedOn === 'servers')('a data directory that version 0.1.0 has written', () => {
  const place = new EnginePlace();
  let api: EngineApi;

  beforeAll(async () => {
    const backup = place.file('backup');
    mkdirSync(backup);
    for (const name of readdirSync(FIXTURE)) {
      if (name.endsWith('.gz'))
        writeFileSync(join(backup, name.slice(0, -3)), gunzipSync(readFileSync(join(FIXTURE, name))));
      else cpSync(join(FIXTURE, name), join(backup, name));
    }
    execFileSync(process.execPath, [MAIN, 'restore', backup, '--data-dir', place.dataDirectory]);
    ({ api } = await place.start({ now: NOW, settings: { TESSERA_MASTER_KEY: MASTER_KEY } }));
  }, 60_000);
  afterAll(() => place.remove());

  it('has its people, with what they did before they were known', async () => {
    const { identifiers, features } = await api.profile('user_id:ann');
    expect(identifiers).toMatchObject({ user_id: ['ann'], anonymous_id: ['a-1'] });
    expect(features.views_lifetime?.value).toBe(3);
    expect(features.orders_lifetime?.value).toBe(1);
    expect(features.revenue_lifetime?.value).toBe('80.00');
    expect((await api.profile('phone:13900001111')).identifiers.phone).toEqual(['+8613900001111']);
  });

  it('has its history and what it kept, and knows again what it had before', async () => {
    const { n } = await api.numbers('SELECT count() AS n FROM events');
    expect(n).toBe(events.length - 1);
    expect(await api.numbers('SELECT count() AS n FROM quarantine')).toEqual({ n: 1 });
    const [first] = events;
    const { body } = await api.apply([first, { ...first, id: 'v-new' }]);
    expect(body.results.map(({ status }: { status: string }) => status)).toEqual(['duplicate', 'applied']);
    expect((await api.profile('user_id:ann')).features.views_lifetime?.value).toBe(4);
  });
});
