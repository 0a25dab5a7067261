import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Config, loadConfig } from '../src/config.ts';
import { TesseraError } from '../src/errors.ts';

interface Given {
  readonly env?: Record<string, string>;
  readonly flags?: Record<string, unknown>;
  readonly files?: Record<string, string | Buffer>;
}

function load({ env = {}, flags = {}, files = {} }: Given = {}): Config {
  return loadConfig({
    env,
    flags,
    readFile(path) {
      const content = files[path];
      if (content === undefined) throw new TesseraError('internal', 'no such file');
      return Buffer.from(content);
    },
  });
}

/** Code and text of what loading throws. */
function refusal(given: Given): string {
  try {
    load(given);
  } catch (error) {
    if (error instanceof TesseraError) return `${error.code}: ${error.message}`;
    throw error;
  }
  return 'nothing thrown';
}

const WRITE_KEY = 'wk_0123456789abcdefghijklmnopqrstuv';
const KEY_HEX = '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f';
const KEY_BYTES = Buffer.from(KEY_HEX, 'hex');

describe('the share of profiles that is compared with history', () => {
  it.each([
    ['0', 0],
    ['0.25', 0.25],
    ['1', 1],
  ])('may be %s', (text, share) => {
    expect(load({ env: { TESSERA_PARITY_SHARE: text } }).parityShare).toBe(share);
    const files = { 'shop.yaml': `parity_share: ${text}\n` };
    expect(load({ flags: { config: 'shop.yaml' }, files }).parityShare).toBe(share);
  });

  it.each(['-1', '1.01', 'all', '1e-3'])('cannot be %s', (text) => {
    expect(refusal({ env: { TESSERA_PARITY_SHARE: text } })).toContain(
      'TESSERA_PARITY_SHARE must be a number from 0 to 1',
    );
  });
});

describe('where backups go', () => {
  it('is named by the environment or the file, and otherwise beside the data', () => {
    expect(load().backupDirectory).toBeUndefined();
    expect(load({ env: { TESSERA_BACKUP_DIR: '/backups' } }).backupDirectory).toBe('/backups');
    const files = { 'shop.yaml': 'backup_directory: /b\n' };
    expect(load({ flags: { config: 'shop.yaml' }, files }).backupDirectory).toBe('/b');
  });
});

describe('the number of processes', () => {
  const servers = { TESSERA_NATS_URL: 'nats://n', TESSERA_REDIS_URL: 'redis://r' };

  it('is one unless told, by flag, environment or file', () => {
    expect(load({ env: servers }).processes).toBe(1);
    expect(load({ env: { ...servers, TESSERA_PROCESSES: '4' } }).processes).toBe(4);
    expect(load({ env: { ...servers, TESSERA_PROCESSES: '4' }, flags: { processes: '2' } }).processes).toBe(
      2,
    );
    const files = { 'shop.yaml': 'processes: 3\n' };
    expect(load({ env: servers, flags: { config: 'shop.yaml' }, files }).processes).toBe(3);
  });

  it.each(['0', '-1', '1.5', '65', 'all'])('cannot be %s', (text) => {
    expect(refusal({ env: { ...servers, TESSERA_PROCESSES: text } })).toContain(
      'TESSERA_PROCESSES must be a whole number from 1 to 64',
    );
  });

  it('is more than one on servers only: a data directory has room for one', () => {
    expect(refusal({ env: { TESSERA_PROCESSES: '2' } })).toMatch(
      /^invalid_config: a data directory has room/,
    );
    expect(load({ env: { TESSERA_PROCESSES: '1' } }).processes).toBe(1);
  });
});

describe('history', () => {
  it('lies on a cluster only where server and cluster are named', () => {
    const env = { CLICKHOUSE_URL: 'http://a:8123', TESSERA_CLICKHOUSE_TOPOLOGY: 'distributed' };
    const needs = 'TESSERA_CLICKHOUSE_TOPOLOGY needs CLICKHOUSE_URL and TESSERA_CLICKHOUSE_CLUSTER';
    expect(refusal({ env })).toContain(needs);
    const named = { ...env, TESSERA_CLICKHOUSE_CLUSTER: 'shops' };
    expect(load({ env: named })).toMatchObject({
      clickhouseTopology: 'distributed',
      clickhouseCluster: 'shops',
    });
    expect(refusal({ env: { ...named, CLICKHOUSE_URL: '' } })).toContain(needs);
    expect(refusal({ env: { ...named, TESSERA_CLICKHOUSE_TOPOLOGY: 'sharded' } })).toContain(
      'must be one of',
    );
  });

  it('is shown on a port of this process only while it is in this process', () => {
    expect(load()).toMatchObject({ clickhouseTopology: 'single', historyWritable: false });
    expect(load().historyPort).toBeUndefined();
    expect(load({ flags: { historyPort: '8123', historyWritable: true } })).toMatchObject({
      historyPort: 8123,
      historyWritable: true,
    });
    const env = { CLICKHOUSE_URL: 'http://a:8123', TESSERA_HISTORY_PORT: '8123' };
    expect(refusal({ env })).toContain('is of no use with CLICKHOUSE_URL');
  });

  it('makes a reader of history on a server alone, and never says its password', () => {
    const env = { CLICKHOUSE_URL: 'http://a:8123', TESSERA_CLICKHOUSE_READER_PASSWORD: 'long enough it is' };
    expect(load({ env }).clickhouseReaderPassword).toBe('long enough it is');
    expect(load({ env: {} }).clickhouseReaderPassword).toBeUndefined();
    const alone = refusal({ env: { ...env, CLICKHOUSE_URL: '' } });
    expect(alone).toContain('TESSERA_CLICKHOUSE_READER_PASSWORD needs CLICKHOUSE_URL');
    const short = refusal({ env: { ...env, TESSERA_CLICKHOUSE_READER_PASSWORD: 'too-short' } });
    expect(short).toContain('TESSERA_CLICKHOUSE_READER_PASSWORD must be a text of 12 to 256 characters');
    expect(alone + short).not.toMatch(/long enough|too-short/);
  });
});

describe('defaults', () => {
  it('are those of the contract, frozen', () => {
    const config = load();
    expect(config).toMatchObject({
      mode: 'dev',
      host: '127.0.0.1',
      port: 8080,
      dataDirectory: './.tessera',
      space: 'main',
      currency: 'CNY',
      region: 'CN',
      logLevel: 'info',
      allowCustomTypes: true,
      metricsPublic: false,
      corsOrigins: 'any',
      sources: {},
      parityShare: 0.01,
      fitEveryMs: undefined,
      recommend: true,
      teachers: 'all',
      crashAt: undefined,
    });
    for (const name of ['writeKey', 'secretKey', 'masterKey', 'clickhouseUrl'] as const) {
      expect(config[name]).toBeUndefined();
    }
    expect(Object.isFrozen(config)).toBe(true);
  });

  it('find the shipped definitions beside the program', () => {
    expect(existsSync(join(load().definitionsDirectory, '..', '..', 'package.json'))).toBe(true);
  });
});

describe('precedence', () => {
  it('is flag, environment, file, default', () => {
    const files = { 'c.yaml': 'port: 1\nhost: ::1\ncurrency: GBP\nregion: GB\n' };
    const config = load({
      flags: { config: 'c.yaml', port: '3' },
      env: { PORT: '2', TESSERA_CURRENCY: 'EUR' },
      files,
    });
    expect(config).toMatchObject({ port: 3, currency: 'EUR', host: '::1', region: 'GB', space: 'main' });
  });

  it('takes an empty variable as not set', () => {
    expect(load({ env: { PORT: '', TESSERA_CONFIG: '', TESSERA_MASTER_KEY: '' } }).port).toBe(8080);
  });

  it('reads the file that TESSERA_CONFIG names, and an empty one', () => {
    expect(
      load({ env: { TESSERA_CONFIG: 'c.yaml' }, files: { 'c.yaml': 'metrics_public: true' } }).metricsPublic,
    ).toBe(true);
    expect(load({ env: { TESSERA_CONFIG: 'c.yaml' }, files: { 'c.yaml': '' } }).port).toBe(8080);
  });
});

describe('the master key', () => {
  it.each([
    ['hex', KEY_HEX],
    ['base64', KEY_BYTES.toString('base64')],
    ['base64url', KEY_BYTES.toString('base64url')],
  ])('is read from %s', (_name, text) => {
    expect(load({ env: { TESSERA_MASTER_KEY: text } }).masterKey).toEqual(new Uint8Array(KEY_BYTES));
  });

  it('is read from a file, as text with a line end or as bytes', () => {
    const env = { TESSERA_MASTER_KEY_FILE: '/key' };
    const high = Buffer.alloc(32, 0xfe);
    expect(load({ env, files: { '/key': `${KEY_HEX}\n` } }).masterKey).toEqual(new Uint8Array(KEY_BYTES));
    expect(load({ env, files: { '/key': high } }).masterKey).toEqual(new Uint8Array(high));
  });
});

describe('sources', () => {
  it('say what their orders are and how late they may be', () => {
    const text =
      'sources:\n  pos: { namespace: till, lateness: 7d }\n  web: { orders: behavior }\n  old: { lateness: none }';
    expect(load({ flags: { config: 'c' }, files: { c: text } }).sources).toEqual({
      pos: { orders: 'ledger', namespace: 'till', lateness_ms: 604_800_000 },
      web: { orders: 'behavior' },
      old: { orders: 'ledger', lateness_ms: null },
    });
  });

  it('have the secret that their platform signs with', () => {
    const text = 'sources: { my-shop.myshopify.com: { secret: shpss_0123456789abcdef } }';
    expect(load({ flags: { config: 'c' }, files: { c: text } }).sources).toEqual({
      'my-shop.myshopify.com': { orders: 'ledger', secret: 'shpss_0123456789abcdef' },
    });
  });
});

describe('lists and switches', () => {
  it('are read from text', () => {
    const env = {
      TESSERA_CORS_ORIGINS: 'https://a.example, http://b.example:8080',
      TESSERA_ALLOW_CUSTOM_TYPES: '0',
      CLICKHOUSE_URL: 'http://127.0.0.1:8123',
      TESSERA_WRITE_KEY: WRITE_KEY,
    };
    expect(load({ env })).toMatchObject({
      corsOrigins: ['https://a.example', 'http://b.example:8080'],
      allowCustomTypes: false,
      clickhouseUrl: 'http://127.0.0.1:8123',
      writeKey: WRITE_KEY,
    });
    expect(load({ env: { TESSERA_CORS_ORIGINS: '*' } }).corsOrigins).toBe('any');
  });
});

describe('keys and where they may be used', () => {
  const APP_KEY = WRITE_KEY.replace('wk_', 'wk_app');
  const TILL_KEY = WRITE_KEY.replace('wk_', 'sk_till');
  const keys = (text: string): Given => ({ flags: { config: 'c' }, files: { c: `keys: ${text}` } });

  it('are any origin and no further key unless told', () => {
    expect(load()).toMatchObject({ keys: [], writeKeyOrigins: 'any', publicUrl: undefined });
  });

  it('are read from the file, origins and the public address also from the environment', () => {
    const text = `[{ name: app, key: ${APP_KEY}, origins: ['https://m.shop.example'] }, { name: till-7, key: ${TILL_KEY}, scopes: [ingest, read] }]`;
    expect(load(keys(text)).keys).toEqual([
      { name: 'app', key: APP_KEY, scopes: ['ingest'], origins: ['https://m.shop.example'] },
      { name: 'till-7', key: TILL_KEY, scopes: ['ingest', 'read'], origins: 'any' },
    ]);
    const env = {
      TESSERA_WRITE_KEY_ORIGINS: 'https://shop.example',
      TESSERA_PUBLIC_URL: 'https://shop.example/cdp/',
    };
    expect(load({ env })).toMatchObject({
      writeKeyOrigins: ['https://shop.example'],
      publicUrl: 'https://shop.example/cdp',
    });
  });

  it.each([
    ['a mapping', '{}'],
    ['a name that is taken', `[{ name: web, key: ${APP_KEY} }]`],
    ['a name of the engine', `[{ name: engine, key: ${APP_KEY} }]`],
    ['a name twice', `[{ name: a, key: ${APP_KEY} }, { name: a, key: ${TILL_KEY}, scopes: [read] }]`],
    ['a key twice', `[{ name: a, key: ${APP_KEY} }, { name: b, key: ${APP_KEY} }]`],
    ['a short key', '[{ name: a, key: wk_short }]'],
    ['a secret key without scopes', `[{ name: a, key: ${TILL_KEY} }]`],
    ['an unknown scope', `[{ name: a, key: ${TILL_KEY}, scopes: [write] }]`],
    ['an origin with a path', `[{ name: a, key: ${APP_KEY}, origins: ['https://a.example/p'] }]`],
    ['an unknown setting', `[{ name: a, key: ${APP_KEY}, origin: any }]`],
  ])('may not be %s', (_what, text) => {
    const said = refusal(keys(text));
    expect(said).toMatch(/^invalid_config: keys in the file /);
    for (const key of [APP_KEY, TILL_KEY]) expect(said).not.toContain(key);
  });
});

describe('what is wrong', () => {
  const file = (text: string): Given => ({ flags: { config: 'c' }, files: { c: text } });

  it.each<[string, Given]>([
    ['PORT', { env: { PORT: '80a' } }],
    ['PORT', { env: { PORT: '65536' } }],
    ['--port', { flags: { port: '-1' } }],
    ['--data-dir', { flags: { dataDir: '' } }],
    ['TESSERA_SPACE', { env: { TESSERA_SPACE: 'Main' } }],
    ['TESSERA_WRITE_KEY', { env: { TESSERA_WRITE_KEY: 'wk_short' } }],
    ['TESSERA_WRITE_KEY', { env: { TESSERA_WRITE_KEY: WRITE_KEY.replace('wk', 'sk') } }],
    ['TESSERA_SECRET_KEY', { env: { TESSERA_SECRET_KEY: `sk_${'a:'.repeat(20)}` } }],
    ['TESSERA_CURRENCY', { env: { TESSERA_CURRENCY: 'cny' } }],
    ['--currency', { flags: { currency: 'XXX' } }],
    ['TESSERA_REGION', { env: { TESSERA_REGION: 'China' } }],
    ['CLICKHOUSE_URL', { env: { CLICKHOUSE_URL: 'file:///etc/passwd' } }],
    ['TESSERA_LOG_LEVEL', { env: { TESSERA_LOG_LEVEL: 'loud' } }],
    ['TESSERA_METRICS_PUBLIC', { env: { TESSERA_METRICS_PUBLIC: 'yes' } }],
    ['TESSERA_CORS_ORIGINS', { env: { TESSERA_CORS_ORIGINS: 'https://a.example/path' } }],
    ['TESSERA_WRITE_KEY_ORIGINS', { env: { TESSERA_WRITE_KEY_ORIGINS: 'shop.example' } }],
    ['TESSERA_PUBLIC_URL', { env: { TESSERA_PUBLIC_URL: 'https://a.example/?b' } }],
    ['TESSERA_PUBLIC_URL', { env: { TESSERA_PUBLIC_URL: 'a.example' } }],
    ['TESSERA_MASTER_KEY', { env: { TESSERA_MASTER_KEY: KEY_HEX.slice(2) } }],
    ['TESSERA_MASTER_KEY', { env: { TESSERA_MASTER_KEY: KEY_HEX, TESSERA_MASTER_KEY_FILE: '/key' } }],
    ['TESSERA_MASTER_KEY_FILE', { env: { TESSERA_MASTER_KEY_FILE: '/absent' } }],
    ['--config', { flags: { config: 'absent' } }],
    ['--config', file('a: [')],
    ['--config', file('- a')],
    ['prot', file('prot: 1')],
    ['write_key', file(`write_key: ${WRITE_KEY}`)],
    ['port in the file', file('port: 1.5')],
    ['pos', file('sources: { pos: { orders: both } }')],
    ['fewer than 16', file('sources: { pos: { secret: short } }')],
    ['pos', file('sources: { pos: { lateness: 7 } }')],
    ['pos', file('sources: { pos: { latenes: 7d } }')],
  ])('is named: %s', (name, given) => {
    const text = refusal(given);
    expect(text).toMatch(/^invalid_config: /);
    expect(text).toContain(name);
  });

  it('is never quoted where it may be a secret', () => {
    expect(refusal({ env: { TESSERA_SECRET_KEY: 'sk_hunter2' } })).not.toContain('hunter2');
    expect(refusal({ env: { TESSERA_MASTER_KEY: 'hunter2' } })).not.toContain('hunter2');
    expect(refusal(file('hunter2: ['))).not.toContain('hunter2');
    expect(refusal(file('sources: { pos: { secret: hunter2 } }'))).not.toContain('hunter2');
  });
});
