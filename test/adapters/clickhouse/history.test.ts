import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { historyDatabase, openClickHouseHistory } from '../../../src/adapters/clickhouse/history.ts';
import { type HistoryFront, startHistoryFront } from '../../../src/adapters/clickhouse/history-front.ts';
import type { History } from '../../../src/ports/history.ts';
import { describeHistory } from '../../conformance/history.ts';
import { eventLine } from '../../conformance/history-samples.ts';
import { createTemporaryDirectory, type TemporaryDirectory } from '../temporary-directory.ts';

/** One data directory per process, so all suites of this file share it and have databases of their own. */
let directory: TemporaryDirectory;
beforeAll(() => {
  directory = createTemporaryDirectory();
});
afterAll(() => directory.remove());

const KEY = 'key-of-the-front';

/** As `CLICKHOUSE_URL` has it. */
function withKey(address: string): string {
  const url = new URL(address);
  url.username = 'default';
  url.password = KEY;
  return url.href;
}

const embedded = (database: string): Promise<History> =>
  openClickHouseHistory({ address: { kind: 'chdb', path: directory.path }, database });

describeHistory({ name: 'chDB', open: () => embedded('direct_tessera') });

describe('over HTTP', () => {
  let front: HistoryFront;
  beforeAll(async () => {
    front = await startHistoryFront({
      path: directory.path,
      database: 'default',
      port: 0,
      writable: true,
      authorize: (password) => password === KEY,
    });
  });
  afterAll(async () => front.stop());

  describeHistory({
    name: 'ClickHouse over HTTP',
    open: () =>
      openClickHouseHistory({ address: { kind: 'http', url: withKey(front.url) }, database: 'wire_tessera' }),
  });

  it('says that history is unavailable when nobody answers', async () => {
    const away = await openClickHouseHistory({
      address: { kind: 'http', url: 'http://127.0.0.1:1' },
      database: 'x',
    });
    const error = { code: 'history_unavailable', retryable: true };
    await expect(away.migrate()).rejects.toMatchObject(error);
    await expect(away.insert({ table: 'events', lines: ['[]'] }, 't')).rejects.toMatchObject(error);
    await expect(away.present('events', 0, 1, 1)).rejects.toMatchObject(error);
    await expect(away.query('SELECT 1', 'TSV')).rejects.toMatchObject(error);
    await away.close();
  });
});

describe('the embedded history', () => {
  it('names the database after the space', () => {
    expect(historyDatabase('main')).toBe('main_tessera');
    expect(historyDatabase('my-shop')).toBe('my_shop_tessera');
  });

  it('refuses a database name that is not a plain word', async () => {
    await expect(embedded('x; DROP')).rejects.toMatchObject({ code: 'invalid_config' });
  });

  it('keeps two spaces apart', async () => {
    const one = await embedded('one_tessera');
    const two = await embedded('two_tessera');
    await one.migrate();
    await two.migrate();
    await one.insert({ table: 'events', lines: [eventLine(1, 0)] }, 'one:p0:1-1:events');
    expect(await two.present('events', 0, 1, 1)).toEqual(new Set());
    await one.close();
    await two.close();
  });
});
