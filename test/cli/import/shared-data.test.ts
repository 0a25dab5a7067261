import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ImportSummary, runImport } from '../../../src/cli/import/run.ts';
import { TesseraError } from '../../../src/errors.ts';
import { NOW, sharedData, Workplace } from './import-run.ts';
import { type SentEvent, type Sink, startSink } from './sink-server.ts';

/** Every fact that the data's own README states, computed again from the events on the wire. */
const online = sharedData('online-retail-30k.csv');
const cdnow = sharedData('cdnow-master.txt');
const cdnowSample = sharedData('cdnow-sample.txt');
const train = sharedData('yoochoose-100k-train.tsv');
const held = sharedData('yoochoose-100k-test.tsv');

interface Line {
  readonly item_id: string;
  readonly name?: string;
  readonly quantity: number;
  readonly price: string;
  readonly paid: string;
  readonly kind: string;
}

const cleanups: (() => unknown)[] = [];
afterAll(async () => {
  while (cleanups.length > 0) await cleanups.pop()?.();
});

async function importAll(
  files: readonly string[],
  map: string,
  extra = {},
): Promise<{ sink: Sink; summary: ImportSummary }> {
  const place = new Workplace();
  const sink = await startSink();
  cleanups.push(() => place.remove(), sink.close);
  let summary: ImportSummary | undefined;
  for (const file of files) summary = await runImport({ ...place.options(file, map, sink.url), ...extra });
  if (summary === undefined) throw new TesseraError('import_failed', 'nothing was imported');
  return { sink, summary };
}

/** Pence of a decimal text, without the code under test: the text has at most two digits after the point here. */
function pence(text: unknown): number {
  const [, sign, whole, fraction = ''] = /^(-?)(\d+)(?:\.(\d{0,2}))?$/.exec(String(text)) ?? [];
  return Number(`${sign}${whole}${fraction.padEnd(2, '0')}`);
}

const linesOf = (event: SentEvent): readonly Line[] => event.properties.products as readonly Line[];
const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
const signed = (event: SentEvent): number => (event.type === 'order_refunded' ? -1 : 1);
const typeOf = (events: readonly SentEvent[], type: string): SentEvent[] =>
  events.filter((event) => event.type === type);

describe.skipIf(online.missing)('online-retail (skipped where ../shared/data is absent)', () => {
  let sink: Sink;
  let summary: ImportSummary;
  beforeAll(async () => {
    ({ sink, summary } = await importAll([online.path], 'online-retail'));
  });

  it('becomes one event per invoice with every fact of the file, to the penny', () => {
    const events = [...sink.events.values()];
    const orders = typeOf(events, 'order_completed');
    const refunds = typeOf(events, 'order_refunded');
    const corrections = typeOf(events, 'stock_adjusted');
    expect([events.length, orders.length, refunds.length, corrections.length]).toEqual([
      12_392, 11_856, 523, 13,
    ]);
    expect(sum(events.map((event) => linesOf(event).length))).toBe(30_000);
    expect(new Set(events.map((event) => event.identifiers?.member_id)).size - 1).toBe(3_569);
    expect(sum(events.filter((e) => e.identifiers === undefined).map((e) => linesOf(e).length))).toBe(2_000);
    expect(new Set(events.flatMap((event) => linesOf(event).map((line) => line.item_id))).size).toBe(3_007);
    expect(new Set(events.map((event) => event.context?.country)).size).toBe(38);
    expect(sum([...orders, ...refunds].map((event) => signed(event) * pence(event.properties.total)))).toBe(
      57_557_467,
    );
    const goods = events.flatMap((event) =>
      linesOf(event)
        .filter((line) => line.kind === 'goods')
        .map((line) => signed(event) * line.quantity * pence(line.price)),
    );
    expect(sum(goods)).toBe(57_541_361);
    expect(sum(events.map((event) => linesOf(event).filter((line) => line.kind === 'fee').length))).toBe(136);
    expect(summary).toMatchObject({
      events: 12_392,
      accepted: 12_392,
      rejected_rows: 0,
      rejected_events: 0,
      rejects_file: null,
    });
  });

  it('agrees with the file line by line, and reads its times as London time', () => {
    const expected = new Map<string, string[]>();
    // The file quotes commas only; a plain expression is enough to read it independently.
    for (const text of readFileSync(online.path, 'utf8').trimEnd().split('\n').slice(1)) {
      const [invoice, item, , quantity, , price] = [...text.matchAll(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g)].map(
        (m) => m[1] ?? '',
      );
      const list = expected.get(invoice ?? '') ?? [];
      list.push(`${item} ${quantity} ${pence(price)}`);
      expected.set(invoice ?? '', list);
    }
    const seen = new Map<string, string[]>();
    for (const event of sink.events.values()) {
      const lines = linesOf(event).map(
        (line) => `${line.item_id} ${signed(event) * line.quantity} ${pence(line.price)}`,
      );
      seen.set(event.id.replace('online-retail-', ''), lines);
    }
    expect(seen).toEqual(expected);
    const times = [...sink.events.values()].map((event) => event.time);
    expect(new Date(Math.min(...times)).toISOString()).toBe('2010-12-01T08:34:00.000Z');
    expect(new Date(Math.max(...times)).toISOString()).toBe('2011-12-09T12:50:00.000Z');
    // 569901 is of 16:20 on 6 October 2011, which is summer time.
    expect(sink.events.get('online-retail-569901')?.time).toBe(Date.UTC(2011, 9, 6, 15, 20));
    expect(sink.events.get('online-retail-569901')?.identifiers).toEqual({ member_id: '12923' });
  });

  it('sends the same events whether it groups in memory or through files', async () => {
    const files = await importAll([online.path], 'online-retail', { groupBytesMax: 200_000 });
    expect(files.sink.events.size).toBe(12_392);
    for (const [id, event] of sink.events) expect(files.sink.events.get(id)).toEqual(event);
  });
});

describe.skipIf(cdnow.missing)('cdnow (skipped where ../shared/data is absent)', () => {
  it('becomes one order per row with every fact of the file', async () => {
    const { sink } = await importAll([cdnow.path], 'cdnow');
    const orders = typeOf([...sink.events.values()], 'order_completed');
    expect(orders.length).toBe(69_659);
    expect(new Set(orders.map((event) => event.properties.order_id)).size).toBe(69_659);
    expect(new Set(orders.map((event) => event.identifiers?.member_id)).size).toBe(23_570);
    expect(sum(orders.flatMap((event) => linesOf(event).map((line) => line.quantity)))).toBe(167_881);
    expect(sum(orders.map((event) => pence(event.properties.total)))).toBe(250_031_563);
    expect(sum(orders.flatMap((event) => linesOf(event).map((line) => pence(line.paid))))).toBe(250_031_563);
    expect(sink.events.get('cdnow-2')).toMatchObject({
      identifiers: { member_id: 'cdnow-00001' },
      time: Date.UTC(1997, 0, 1),
    });
    expect(Math.max(...orders.map((event) => event.time))).toBe(Date.UTC(1998, 5, 30));
  });

  it('has a customary sample of 2,357 customers and 6,919 purchases', async () => {
    const { sink } = await importAll([cdnowSample.path], 'cdnow-sample');
    const orders = [...sink.events.values()];
    expect(orders.length).toBe(6_919);
    expect(new Set(orders.map((event) => event.identifiers?.member_id)).size).toBe(2_357);
  });
});

describe.skipIf(train.missing)('yoochoose (skipped where ../shared/data is absent)', () => {
  it('becomes one product view per click, with ids that differ between the two files', async () => {
    const { sink } = await importAll([train.path, held.path], 'yoochoose');
    const views = [...sink.events.values()];
    expect(views.length).toBe(70_278 + 13_568);
    expect(views.every((event) => event.type === 'product_viewed' && event.channel === 'web')).toBe(true);
    expect(new Set(views.map((event) => event.identifiers?.anonymous_id)).size).toBe(17_794 + 3_416);
    expect(sink.events.get('yc-3-2')).toMatchObject({
      time: 1_396_437_466_940,
      properties: { item_id: '214716935' },
      identifiers: { anonymous_id: 'yc-3' },
    });
  });

  it('moves all times by one whole number of milliseconds so that the newest falls on the date', async () => {
    const plain = await importAll([held.path], 'yoochoose');
    const moved = await importAll([held.path], 'yoochoose', { rebaseTo: '2026-11-20' });
    const shift = moved.summary.shift_ms;
    expect(shift % 86_400_000).toBe(0);
    for (const [id, event] of plain.sink.events)
      expect(moved.sink.events.get(id)?.time).toBe(event.time + shift);
    const newest = Math.max(...[...moved.sink.events.values()].map((event) => event.time));
    expect(new Date(newest).toISOString().slice(0, 10)).toBe('2026-11-20');
    const now = await importAll([held.path], 'yoochoose', { rebaseTo: 'now' });
    expect(Math.max(...[...now.sink.events.values()].map((event) => event.time))).toBe(NOW);
  });
});
