import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { csvOf } from '../../src/serve/csv.ts';
import { reader, type TestServer, testServer } from './fakes.ts';

let server: TestServer;

beforeEach(async () => {
  server = await testServer();
});
afterEach(async () => {
  await server.services.people.jobs.stop();
  await server.app.close();
});

const get = (url: string) =>
  server.app.inject({ method: 'GET', url: `/v1/analytics/${url}`, headers: reader });
const asked = async (url: string) => (await get(url)).json().asked;

const DAY = 86_400_000;
/** What the fake desk calls now. */
const NOW = Date.UTC(2026, 10, 22, 12);

describe('analyses over HTTP', () => {
  it('reads the steps of a funnel with their channels', async () => {
    const url =
      'funnel?steps=product_viewed@online,product_added@web|app,order_completed@offline&window=3d&by=channel';
    expect(await asked(url)).toEqual({
      ...{ from: NOW - 90 * DAY, to: NOW, windowMs: 3 * DAY, byChannel: true, channelsMax: 12 },
      steps: [
        { name: 'product_viewed@online', type: 'product_viewed', channels: { names: ['pos'], except: true } },
        {
          name: 'product_added@web|app',
          type: 'product_added',
          channels: { names: ['web', 'app'], except: false },
        },
        {
          name: 'order_completed@offline',
          type: 'order_completed',
          channels: { names: ['pos'], except: false },
        },
      ],
    });
  });

  it('takes the currency and the zone in force where nothing else is said', async () => {
    expect(await asked('clv?from=2026-08-01&to=2026-11-01')).toEqual({
      ...{ from: Date.UTC(2026, 7, 1), to: Date.UTC(2026, 10, 1), period: 'month', periodsMax: 12 },
      ...{ zone: 'Asia/Shanghai', currency: 'CNY' },
    });
    expect(
      await asked('retention?period=week&zone=Europe/Paris&event=product_viewed&currency=EUR'),
    ).toMatchObject({
      ...{ period: 'week', zone: 'Europe/Paris', event: 'product_viewed', currency: 'EUR' },
    });
    expect(await asked('rfm?at=2026-11-01')).toMatchObject({
      to: Date.UTC(2026, 10, 1),
      zone: 'Asia/Shanghai',
    });
    expect(await asked('basket?item=spu-1&min_orders=3&sort=orders&limit=7')).toMatchObject({
      ...{ item: 'spu-1', ordersMin: 3, sort: 'orders', limit: 7 },
    });
    expect(await asked('campaigns')).toMatchObject({ days: 7 });
    expect(await asked('channels?days=14')).toMatchObject({ days: 14 });
    expect(await asked('times?event=store_entered')).toMatchObject({ event: 'store_entered' });
  });

  it('answers rows as CSV or as a table', async () => {
    const csv = await get('times?format=csv');
    expect(csv.headers['content-type']).toBe('text/csv; charset=utf-8');
    expect(csv.body).toBe('name,n\r\n"\'=1+1, ""x""",-1\r\n');
    expect((await get('times?format=table')).json()).toEqual({
      columns: ['name', 'n'],
      rows: [['=1+1, "x"', -1]],
    });
  });

  it.each([
    ['funnel', 'steps'],
    ['funnel?steps=a,,b', 'steps'],
    ['funnel?steps=a;drop', 'steps'],
    ["funnel?steps=a@web'", 'steps'],
    [`funnel?steps=${'a,'.repeat(10)}a`, 'steps'],
    ['funnel?steps=a&window=soon', 'window'],
    ['funnel?steps=a&window=4000d', 'window'],
    ['funnel?steps=a&from=2026-02-01&to=2026-01-01', 'to'],
    ['retention?zone=Nowhere/AtAll', 'zone'],
    ["times?event=x'", 'event'],
    ['clv?currency=yuan', 'currency'],
    ['clv?period=year', 'period'],
    ['basket?limit=0', 'limit'],
    ['rfm?color=red', 'color'],
    ['times?format=xml', 'format'],
  ])('refuses %s because of %s', async (url, path) => {
    const answer = await get(url);
    expect([answer.statusCode, answer.json().code]).toEqual([400, 'invalid_parameter']);
    expect(answer.json().errors?.[0]?.path ?? answer.json().detail).toContain(path);
  });

  it('asks for a key that may read', async () => {
    const answer = await server.app.inject({ method: 'GET', url: '/v1/analytics/rfm' });
    expect(answer.statusCode).toBe(401);
  });
});

describe('csvOf', () => {
  it('quotes what would break a row, and disarms what a sheet would run', () => {
    const cells = ['a,b', 'say "hi"', 'two\nlines', '@SUM(1)', '+1', '-2.5', '-cmd', null, 4, true];
    expect(csvOf({ columns: ['x'], rows: [cells] })).toBe(
      'x\r\n"a,b","say ""hi""","two\nlines",\'@SUM(1),\'+1,-2.5,\'-cmd,,4,true\r\n',
    );
  });
});
