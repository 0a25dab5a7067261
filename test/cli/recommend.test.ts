import { describe, expect, it } from 'vitest';
import { registerBrief } from '../../src/cli/brief.ts';
import { registerRecommend } from '../../src/cli/recommend.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { type Answer, runAgainst } from './answering-engine.ts';

const run = (args: readonly string[], answers: readonly Answer[]) =>
  runAgainst(
    answers,
    (program, context) => {
      registerRecommend(program, context);
      registerBrief(program, context);
    },
    args,
  );

const leggings: JsonObject = {
  item_id: 'spu-1',
  variant_id: 'sku-1-L',
  name: 'Leggings',
  size: 'L',
  price: '399.00',
  currency: 'CNY',
  score: 1.2,
  reasons: [
    { code: 'viewed_online', text: 'viewed online yesterday' },
    { code: 'x', text: 'in your size' },
  ],
};

describe('tessera recommend', () => {
  it('asks what it is told to, and shows a table with the reasons', async () => {
    const answer = {
      profile_id: 'p-1',
      strategy: 'interest',
      personalized: true,
      took_us: 80,
      items: [leggings],
      explain: { candidates: 7, filtered: { stock: 4 } },
    };
    const args = ['--phone', '13900001111', '--store', 'SH-001', '--placement', 'store', '--explain'];
    const { asked, out } = await run(['recommend', ...args], [[200, answer]]);
    expect(asked).toEqual([
      'GET /v1/recommendations?profile=phone%3A13900001111&placement=store&store=SH-001&explain=1',
    ]);
    expect(out).toBe(
      'for p-1: interest, 80 µs\n' +
        'ITEM   VARIANT  NAME      SIZE  PRICE       SCORE  WHY\n' +
        'spu-1  sku-1-L  Leggings  L     399.00 CNY  1.2    viewed online yesterday; in your size\n' +
        '7 candidates\n  4 left out by stock\n',
    );
  });

  it('says so where there is nothing, for whom there is no history, and what was refused', async () => {
    const empty = { strategy: 'none', personalized: false, took_us: 9, items: [] };
    expect((await run(['recommend'], [[200, empty]])).out).toBe(
      'for anybody: none, 9 µs\nnothing to offer\n',
    );
    const known = await run(['recommend', '--profile', 'u:1'], [[200, { ...empty, profile_id: 'p-1' }]]);
    expect(known.out).toContain('for p-1, without their history');
    const problem = { code: 'placement_not_found', detail: 'There is no such placement; there are home.' };
    const refused = await run(['recommend', '--placement', 'attic'], [[404, problem]]);
    expect([refused.code, refused.err]).toEqual([1, expect.stringContaining('there are home')]);
  });
});

describe('tessera brief', () => {
  it('begins with what not to mention', async () => {
    const brief = {
      profile_id: 'p-1',
      name: '张*',
      tier: 'silver',
      points: 120,
      lifecycle: 'loyal',
      tags: ['vip'],
      avoid: [{ code: 'open_ticket', text: 'A case is open' }],
      open_tickets: [{ ticket_id: 't-1', complaint: true, theme: 'quality' }],
      looked_at: [
        { item_id: 'spu-1', name: 'Leggings', at: Date.UTC(2026, 10, 21, 9), channel: 'web', in_store: 3 },
      ],
      in_cart: [],
      sizes: { stated: ['38'], bought: [{ size: 'L', items: 2 }] },
      offer: [leggings],
    };
    const { asked, out } = await run(['brief', 'phone:1', '--store', 'S 1'], [[200, brief]]);
    expect(asked).toEqual(['GET /v1/profiles/phone%3A1/brief?store=S+1']);
    expect(out.split('\n').slice(0, 6)).toEqual([
      'p-1  张*  silver, 120 points  loyal  vip',
      '! A case is open',
      '! open case t-1, a complaint: quality',
      'Looked at online',
      '  Leggings (spu-1)  2026-11-21 09:00  web  3 here',
      'Sizes: 38, L (bought 2)',
    ]);
    expect(out).toContain('To offer\n  ITEM ');
  });
});
