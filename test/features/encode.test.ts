import { existsSync, readFileSync } from 'node:fs';
import { pack, unpack } from 'msgpackr';
import { describe, expect, it } from 'vitest';
import { compileFeatures } from '../../src/features/compile.ts';
import { decodeFacet, encodeFacet } from '../../src/features/encode.ts';
import { addEvent } from '../../src/features/update.ts';
import type { Event } from '../../src/model/event.ts';
import type { Facet } from '../../src/model/profile.ts';
import { fromTheStart, retailPack } from '../oracle/definitions.ts';

const set = compileFeatures(fromTheStart(retailPack()), { reportingCurrency: 'CNY' });
const CLICKS = new URL('../../../shared/data/yoochoose-100k-train.tsv', import.meta.url);

function facet(id: string): Facet {
  const maps = { aggregates: new Map(), orders: new Map(), traits: new Map(), consents: new Map() };
  return { id, epoch: 0, events: 0, first: Number.MAX_SAFE_INTEGER, last: 0, dedupDays: [], ...maps };
}

function view(id: string, time: number, item: string): Event {
  const at = { time, receivedAt: time };
  return {
    id,
    type: 'product_viewed',
    ...at,
    source: 'yoochoose',
    channel: 'web',
    claims: [],
    facet: 'f',
    properties: { item_id: item },
  };
}

function order(id: string, time: number): Event {
  const order = {
    namespace: 'default',
    order_id: id,
    refund_id: '',
    ledger: true,
    total: 5,
    spend: 4,
    refund: 0,
    total_only: false,
  };
  return {
    ...view(id, time, 'i'),
    type: 'order_completed',
    currency: 'CNY',
    order: { ...order, transition: 'completed' },
  };
}

describe('an encoded facet', () => {
  it('comes back whole, through bytes too', () => {
    const one = facet('f-1');
    addEvent(set, one, view('e-1', 1_000, 'i1'), 1_000);
    addEvent(set, one, order('o-1', 2_000), 2_000);
    one.events = 2;
    one.first = 1_000;
    one.last = 2_000;
    one.dedupDays = [3, 1];
    one.traits.set('tier', { value: { a: [1, null] }, time: 5, tie: 's\0e', rank: 0 });
    one.traits.set('city', { value: 'Shanghai', time: 6, tie: 's\0e', rank: 0 });
    one.consents.set('marketing.sms', { value: true, time: 6, tie: 's\0e', rank: 0 });
    const back = decodeFacet(set, unpack(pack(encodeFacet(set, one))));
    expect(back).toEqual({ ...one, dedupDays: [1, 3] });
    expect(pack(encodeFacet(set, back))).toEqual(pack(encodeFacet(set, one)));
  });

  it('comes back with epoch, kind and ranks, and pays for them only where they are', () => {
    const plain = facet('f-1');
    plain.traits.set('tier', { value: 'gold', time: 5, tie: 's\0e', rank: 0 });
    const kind = { kind: 'staff', by: 'list', time: 7, tie: 's\0e' } as const;
    const listed = [{ ...kind, entry: 'phone#x' }] as const;
    const variants: Facet[] = [
      { ...plain, epoch: 3 },
      { ...plain, kind },
      { ...plain, epoch: 2, kind },
      { ...plain, listed },
      { ...plain, epoch: 1, kind, listed: [...listed, { ...listed[0], entry: 'email#y' }] },
      { ...plain, traits: new Map([['tier', { value: 1, time: 5, tie: 't', rank: 2 }]]) },
      { ...plain, traits: new Map([['tier', { value: 1, time: 5, tie: 't', rank: 2, facet: 'x' }]]) },
    ];
    const bytes = pack(encodeFacet(set, plain)).length;
    for (const one of variants) {
      const back = decodeFacet(set, unpack(pack(encodeFacet(set, one))));
      expect(back).toEqual(one);
      expect(pack(encodeFacet(set, back))).toEqual(pack(encodeFacet(set, one)));
    }
    expect(encodeFacet(set, plain)).toHaveLength(10);
    expect(pack(encodeFacet(set, { ...plain, epoch: 3 }))).toHaveLength(bytes + 1);
  });

  it('leaves out what belongs to definitions that are gone', () => {
    const one = facet('f-1');
    addEvent(set, one, view('e-1', 1_000, 'i1'), 1_000);
    addEvent(set, one, order('o-1', 2_000), 2_000);
    const fewer = compileFeatures(
      fromTheStart(retailPack()).filter(({ definition }) => definition.name === 'orders_30d'),
      { reportingCurrency: 'CNY' },
    );
    const back = decodeFacet(fewer, encodeFacet(set, one));
    expect(back.aggregates.size).toBe(0);
    expect([...back.orders.values()].map((fact) => fact.values.size)).toEqual([1]);
    expect(encodeFacet(fewer, back)).toEqual(encodeFacet(fewer, one));
  });

  it.each([
    undefined,
    [],
    {},
    ['f', 1, 2, 3, [], [], [], [5], [], []],
    ['f', '1', 2, 3, [], [], [], [], [], []],
    ['f', 1, 2, 3, [], [], [], [], [], [], 'epoch'],
    ['f', 1, 2, 3, [], [], [], [], [], [], 0, ['king', 'list', 1, 't']],
    ['f', 1, 2, 3, [], [], [], [], [], [], 0, ['bot', 'hearsay', 1, 't']],
    [
      'f',
      1,
      2,
      3,
      [],
      [],
      [],
      [],
      [],
      [],
      0,
      ['bot', 'list', 1, 't'],
      [['vip', true, 'ann', 'why', 'when', 't', null]],
    ],
  ])('that is malformed is refused: %j', (data) => {
    expect(() => decodeFacet(set, data)).toThrowError(expect.objectContaining({ code: 'data_format' }));
  });

  it.skipIf(!existsSync(CLICKS))(
    'of a YooChoose session takes at most 1 KB in the median (skipped without ../shared/data)',
    () => {
      const facets = new Map<string, Facet>();
      readFileSync(CLICKS, 'utf8')
        .split('\n')
        .slice(1, 20_000)
        .forEach((line, index) => {
          const [session = '', item = '', seconds = ''] = line.trim().split('\t');
          if (session === '') return;
          const one = facets.get(session) ?? facet('A'.repeat(22));
          facets.set(session, one);
          const time = Math.round(Number(seconds) * 1_000);
          addEvent(set, one, view(`yoochoose-${index}`, time, item), time);
        });
      const sizes = [...facets.values()]
        .map((one) => pack(encodeFacet(set, one)).length)
        .sort((a, b) => a - b);
      expect(sizes.length).toBeGreaterThan(1_000);
      expect(sizes[Math.floor(sizes.length / 2)]).toBeLessThanOrEqual(1_024);
    },
  );
});
