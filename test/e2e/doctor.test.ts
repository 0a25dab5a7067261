import { randomBytes } from 'node:crypto';
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Environment } from '../../src/adapters/embedded/environment.ts';
import { openKeyStore } from '../../src/adapters/embedded/key-store.ts';
import { type FindingCode, findingTable } from '../../src/model/finding.ts';
import { type CommandSettings, reaching, runCommand, runProgram } from './support/command.ts';
import type { EngineApi } from './support/engine-api.ts';
import { EnginePlace } from './support/engine-place.ts';
import { testedOn } from './support/engine-storage.ts';
import { waitUntil } from './support/wait-until.ts';

/*
 * Faults as they happen, each planted for real: the program itself is asked, and has to find it under its code, say how it is
 * mended, and end with 3. What is planted in a data directory is planted in a copy of one that an engine has left.
 */
interface Found {
  readonly code: FindingCode;
  readonly weight: string;
  readonly at: string;
  readonly detail: string;
  readonly mend: string;
}

async function findings(args: readonly string[], settings: CommandSettings = {}) {
  const ran = await runCommand(['doctor', ...args, '--json'], settings);
  const { findings: found } = JSON.parse(ran.out) as { findings: readonly Found[] };
  return { code: ran.code, found, codes: found.map(({ code }) => code) };
}

/** The fault is found, said to be mended as the table says, and told by the exit code; nothing else is found. */
async function expectFault(
  code: FindingCode,
  args: readonly string[],
  settings: CommandSettings = {},
): Promise<Found> {
  const answer = await findings(args, settings);
  const [weight, , mend] = findingTable[code];
  const strict = args.includes('--strict');
  expect(answer.codes).toEqual([code]);
  expect([answer.found[0]?.mend, answer.code]).toEqual([mend, weight === 'fault' || strict ? 3 : 0]);
  // The line above has just found one.
  return answer.found[0] as Found;
}

/** Of the data directory, and so of the embedded form alone; the one for servers is below. */
describe.skipIf(testedOn === 'servers')('tessera doctor on what an engine has left', () => {
  const place = new EnginePlace();
  /** Definitions are read by whoever examines them; an empty directory of them is read faster. */
  const quickly = ['setup', '--definitions', place.file('nothing-defined')];
  const setup = [...quickly, '--data-dir', place.dataDirectory];

  /** A data directory like the engine's, for harm. */
  function copied(): string {
    const path = place.file(`copy-${randomBytes(4).toString('hex')}`);
    cpSync(place.dataDirectory, path, { recursive: true });
    cpSync(`${place.dataDirectory}.erasures`, `${path}.erasures`);
    return path;
  }

  beforeAll(async () => {
    mkdirSync(place.file('nothing-defined'));
    const { process, api } = await place.start();
    await api.post(
      '/v1/events?wait=applied',
      JSON.stringify({
        type: 'product_viewed',
        identifiers: { anonymous_id: 'd-1' },
        properties: { item_id: 'i' },
      }),
    );
    await api.apply({
      type: 'product_viewed',
      identifiers: { user_id: 'gone' },
      properties: { item_id: 'i' },
    });
    const erased = await api.post('/v1/privacy/erasures', { identifier: 'user_id:gone' });
    await waitUntil('the erasure is done', async () => {
      const { body } = await api.get(`/v1/privacy/erasures/${erased.body.id as string}`);
      return body.status === 'done';
    });
    await process.stop();
  });
  afterAll(() => place.remove());

  it('finds nothing where nothing is wrong, and says what it has looked at', async () => {
    const shipped = ['doctor', 'setup', '--data-dir', place.dataDirectory];
    const ran = await runCommand([...shipped, '--strict', '--json']);
    const { findings: found, looked_at: looked } = JSON.parse(ran.out) as Record<string, object[]>;
    expect([ran.code, found, looked?.length]).toEqual([0, [], 4]);
    const empty = await findings([...quickly, '--data-dir', place.file('not-there-yet'), '--strict']);
    expect([empty.code, empty.found]).toEqual([0, []]);
  });

  it('changes nothing', async () => {
    const before = await runProgram('find', [
      place.dataDirectory,
      '-type',
      'f',
      '-not',
      '-name',
      'lock.mdb',
      '-newermt',
      '1970-01-01',
      '-printf',
      '%p %s %T@\n',
    ]);
    await findings(setup);
    const after = await runProgram('find', [
      place.dataDirectory,
      '-type',
      'f',
      '-not',
      '-name',
      'lock.mdb',
      '-newermt',
      '1970-01-01',
      '-printf',
      '%p %s %T@\n',
    ]);
    expect(after.split('\n').sort()).toEqual(before.split('\n').sort());
  });

  it('finds a setting that there is none of, and one that is wrong', async () => {
    const file = place.file('settings.yaml');
    writeFileSync(file, 'currencey: CNY\n');
    const unknown = await expectFault('settings_invalid', [...setup, '--config', file]);
    expect(unknown.detail).toContain('currencey');
    await expectFault('settings_invalid', setup, { env: { TESSERA_REGION: 'nowhere' } });
  });

  it('finds a write key that pages of any origin may use, which may be meant so', async () => {
    const env = { TESSERA_WRITE_KEY: `wk_${randomBytes(24).toString('base64url')}` };
    const found = await expectFault('setting_doubtful', setup, { env });
    expect(found.detail).toContain('TESSERA_WRITE_KEY_ORIGINS');
    await expectFault('setting_doubtful', [...setup, '--strict'], { env });
    expect(
      await findings(setup, { env: { ...env, TESSERA_WRITE_KEY_ORIGINS: 'https://shop.example' } }),
    ).toMatchObject({ found: [] });
  });

  it('finds definitions that do not hold together', async () => {
    mkdirSync(place.file('broken/features'), { recursive: true });
    writeFileSync(place.file('broken/features/a.yaml'), 'name: a\non: order_completed\naggregate: guess\n');
    const found = await expectFault('definitions_invalid', [...setup, '--definitions', place.file('broken')]);
    expect(found.detail).toContain('features/a.yaml');
  });

  it('finds data of a newer version, and what is no data', async () => {
    const newer = copied();
    writeFileSync(join(newer, 'format'), 'tessera 99\n');
    expect((await expectFault('data_newer', [...quickly, '--data-dir', newer])).detail).toContain('99');
    writeFileSync(join(newer, 'format'), 'of something else\n');
    await expectFault('data_unknown', [...quickly, '--data-dir', newer]);
  });

  it('finds a file in place of a store', async () => {
    const torn = copied();
    writeFileSync(join(torn, 'log', 'data.mdb'), 'not what it was'.repeat(1_000));
    await expectFault('directory_unreadable', [...quickly, '--data-dir', torn]);
  });

  it('finds a log that has lost its end', async () => {
    const cut = copied();
    const log = new Environment(join(cut, 'log'), { full: 'log_full', failed: 'log_unavailable' });
    const messages = log.database<number>('log/p0');
    const last = [...messages.getKeys({ reverse: true, limit: 1 })][0] ?? 0;
    await log.write(() => void messages.remove(last));
    await log.close();
    const found = await expectFault('log_lost_tail', [...quickly, '--data-dir', cut]);
    expect(found.detail).toBe(`state has applied message ${last}, and the log ends with ${last - 1}`);
  });

  it('finds a master key that is gone, and one of somebody else', async () => {
    const lost = copied();
    rmSync(join(lost, 'secrets.json'));
    await expectFault('master_key_missing', [...quickly, '--data-dir', lost]);
    const env = { TESSERA_MASTER_KEY: randomBytes(32).toString('base64') };
    await expectFault('master_key_wrong', [...quickly, '--data-dir', lost], { env });
    const silent = { TESSERA_MASTER_KEY_COMMAND: 'exit 7' };
    expect(
      (await expectFault('master_key_missing', [...quickly, '--data-dir', lost], { env: silent })).detail,
    ).toContain('code 7');
  });

  it('finds keys that others may read', async () => {
    const open = copied();
    chmodSync(join(open, 'secrets.json'), 0o644);
    await expectFault('directory_open', [...quickly, '--data-dir', open]);
  });

  it('finds a register of erasures that cannot be read', async () => {
    const register = place.file('register');
    writeFileSync(register, 'somebody was erased\n');
    await expectFault('register_unreadable', setup, { env: { TESSERA_ERASURES_FILE: register } });
  });

  it('finds a register of erasures that lacks some', async () => {
    const env = { TESSERA_ERASURES_FILE: place.file('another-register') };
    expect((await expectFault('register_incomplete', setup, { env })).detail).toBe('it lacks 1 erasures');
    expect(await findings([...quickly, '--data-dir', copied()])).toMatchObject({ found: [] });
  });

  it('finds a place where nothing can be written', async () => {
    // Nobody creates files there, whatever rights they have.
    const found = await expectFault('directory_unwritable', setup, {
      env: { TESSERA_BACKUP_DIR: '/proc/backups' },
    });
    expect(found.at).toBe('/proc');
  });

  it('finds that ClickHouse is away', async () => {
    const found = await expectFault('history_unreachable', setup, {
      env: { CLICKHOUSE_URL: 'http://127.0.0.1:1' },
    });
    expect(found.at).toBe('clickhouse 127.0.0.1:1');
  });

  describe.skipIf(process.getuid?.() !== 0)('with file systems of its own, which only root may mount', () => {
    const small = place.file('small');
    const mount = async (options: string): Promise<boolean> => {
      mkdirSync(small, { recursive: true });
      try {
        await runProgram('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', small]);
        return true;
      } catch {
        return false;
      }
    };

    it('finds a full disk, and one that has no room for more files', async ({ skip }) => {
      if (!(await mount('size=8m'))) skip('file systems cannot be mounted here');
      try {
        const full = await expectFault('disk_full', [...quickly, '--data-dir', small]);
        expect(full.at).toBe(small);
      } finally {
        await runProgram('umount', [small]);
      }
      await mount('size=512m,nr_inodes=100');
      try {
        for (let n = 0; existsSync(small) && n < 99; n += 1) writeFileSync(join(small, String(n)), '');
        await expectFault('inodes_low', [...quickly, '--data-dir', small]);
      } finally {
        await runProgram('umount', [small]);
      }
    });
  });

  it('leaves the keys of a directory readable to the engine', async () => {
    const log = new Environment(join(place.dataDirectory, 'log'), {
      full: 'log_full',
      failed: 'log_unavailable',
    });
    expect(openKeyStore(log).get('!root')).toBeInstanceOf(Uint8Array);
    await log.close();
    expect(readFileSync(join(place.dataDirectory, 'format'), 'utf8')).toMatch(/^tessera \d+\n$/);
  });
});

describe('tessera doctor on a running engine', () => {
  const place = new EnginePlace();
  let api: EngineApi;
  const engine = ['engine'];

  beforeAll(async () => {
    ({ api } = await place.start());
  });
  afterAll(() => place.remove());

  it('finds nothing where nothing is wrong', async () => {
    const healthy = await findings([...engine, '--strict'], { env: reaching(api) });
    expect([healthy.code, healthy.found]).toEqual([0, []]);
  });

  it('finds that there is none, and that a key may not ask', async () => {
    await expectFault('engine_unreachable', engine, { env: { TESSERA_URL: 'http://127.0.0.1:1' } });
    const refused = await expectFault('engine_refuses', engine, {
      env: { TESSERA_URL: api.address, TESSERA_SECRET_KEY: api.writeKey },
    });
    expect(refused.detail).toContain('forbidden');
  });

  it('makes all examinations at once, and stops asking where nobody answers', async () => {
    const all = await runCommand(['doctor', '--data-dir', place.dataDirectory, '--json'], {
      env: reaching(api),
    });
    const report = JSON.parse(all.out) as Record<string, object>;
    expect(Object.keys(report)).toEqual(['setup', 'engine', 'conservation', 'parity']);
    expect([all.code, all.err]).toEqual([0, '']);
    const away = await runCommand(['doctor', '--data-dir', place.dataDirectory], {
      env: { TESSERA_URL: 'http://127.0.0.1:1' },
    });
    expect([away.code, away.out]).toEqual([3, expect.stringContaining('Mend: Start one')]);
    expect(away.out).not.toContain('Conservation');
  });

  it('finds that clocks differ', async () => {
    const found = await expectFault('clock_skew', engine, { env: reaching(api), aheadMs: 90_000 });
    expect(found.detail).toMatch(/^its clock is (8[89]|90)\.\d s behind/);
  });

  it('finds keys that end soon, and write keys that any page may use', async () => {
    const make = (key: object) => api.post('/v1/keys', JSON.stringify(key));
    expect((await make({ name: 'shop', kind: 'write' })).status).toBe(201);
    await expectFault('write_key_open', engine, { env: reaching(api) });
    await api.send('DELETE', '/v1/keys/shop', '');
    const ends = Date.now() + 3_600_000;
    await make({ name: 'till', kind: 'secret', scopes: ['ingest'], expires_at: ends });
    expect((await expectFault('key_expiring', engine, { env: reaching(api) })).at).toBe('key till');
    await api.send('DELETE', '/v1/keys/till', '');
  });

  it('finds that much of what comes in is kept', async () => {
    const wrong = {
      type: 'product_viewed',
      identifiers: { anonymous_id: 'd-2' },
      properties: { item_id: 'i', price: 'much', currency: 'CNY' },
    };
    await api.post(
      '/v1/events',
      JSON.stringify(Array.from({ length: 120 }, (_, n) => ({ ...wrong, id: `w-${n}` }))),
    );
    await api.settled();
    const found = await waitFor('quarantine_growing', () => findings(engine, { env: reaching(api) }));
    expect(found.detail).toMatch(/^\d+ of \d+ events of the last hour were kept/);
  });
});

describe.skipIf(testedOn === 'servers')('tessera doctor where history is away', () => {
  const place = new EnginePlace();
  afterAll(() => place.remove());

  it('finds it', async () => {
    const { api } = await place.start({ settings: { CLICKHOUSE_URL: 'http://127.0.0.1:1' } });
    await api.post(
      '/v1/events?wait=applied',
      JSON.stringify({
        type: 'product_viewed',
        identifiers: { anonymous_id: 'd-3' },
        properties: { item_id: 'i' },
      }),
    );
    const found = await waitFor('degraded', () => findings(['engine'], { env: reaching(api) }));
    expect(found.detail).toContain('history');
  });
});

/** History and the books follow within seconds. */
async function waitFor(code: FindingCode, look: () => ReturnType<typeof findings>): Promise<Found> {
  let found: Found | undefined;
  await waitUntil(`the doctor finds ${code}`, async () => {
    const answer = await look();
    found = answer.found.find((each) => each.code === code);
    return found !== undefined && answer.code === 3;
  });
  expect(found?.mend).toBe(findingTable[code][2]);
  return found as Found;
}
