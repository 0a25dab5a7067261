import { describe, expect, it } from 'vitest';
import { createHistoryRows } from '../../src/serve/history-rows.ts';
import { ALICE } from './fakes.ts';

function history(rows: readonly Record<string, unknown>[]) {
  const asked: string[] = [];
  const reader = createHistoryRows({
    query: async (sql, format) => {
      asked.push(`${format} ${sql}`);
      return rows.map((row) => `${JSON.stringify(row)}\n`).join('');
    },
  });
  return { asked, reader };
}

const view = {
  seq: '4',
  idx: 1,
  at: '1795255200123',
  received: '1795255200200',
  event_id: 'e-1',
  type: 'product_viewed',
  source: 'web',
  channel: 'web',
  late: false,
  currency: '',
  order_id: '',
  order_transition: '',
  refund_id: '',
  total: 0,
  spend: 0,
  refund: 0,
  item_id: 'spu-1',
  variant_id: '',
  category: '',
  brand: 'Lumen',
  store: '',
  unit_price: null,
  item_ids: [],
  variant_ids: [],
  line_quantities: [],
  line_prices: [],
  amounts: [],
};

const order = {
  ...view,
  type: 'order_completed',
  currency: 'GBP',
  order_id: 'o-1',
  order_transition: 'completed',
  total: '415',
  spend: 400,
  item_id: '',
  brand: '',
  item_ids: ['a', 'b'],
  variant_ids: ['a-1', ''],
  line_quantities: ['2', '1.236'],
  line_prices: ['1.5', '0.81'],
  amounts: [300, '100'],
};

describe('events', () => {
  it('are shown with amounts as decimals, and without what is empty', async () => {
    const { reader } = history([view, order]);
    expect(await reader.events(ALICE, { limit: 10 })).toEqual({
      rows: [
        {
          id: 'e-1',
          type: 'product_viewed',
          time: 1_795_255_200_123,
          received_at: 1_795_255_200_200,
          source: 'web',
          channel: 'web',
          late: false,
          item_id: 'spu-1',
          brand: 'Lumen',
        },
        {
          id: 'e-1',
          type: 'order_completed',
          time: 1_795_255_200_123,
          received_at: 1_795_255_200_200,
          source: 'web',
          channel: 'web',
          late: false,
          currency: 'GBP',
          order: { order_id: 'o-1', transition: 'completed', total: '4.15', spend: '4.00', refund: '0.00' },
          products: [
            { item_id: 'a', variant_id: 'a-1', quantity: '2', price: '1.5', amount: '3.00' },
            { item_id: 'b', quantity: '1.236', price: '0.81', amount: '1.00' },
          ],
        },
      ],
    });
  });

  it('are read one more than asked for, which tells whether there is a next page', async () => {
    const { asked, reader } = history([view, { ...view, seq: 3 }]);
    const page = await reader.events(ALICE, { limit: 1, before: '9-8-7' });
    expect(page.rows).toHaveLength(1);
    expect(page.next).toBe('1795255200123-4-1');
    expect(asked[0]).toContain('JSONEachRow SELECT');
    expect(asked[0]).toContain('(toUnixTimestamp64Milli(time), seq, idx) < (9, 8, 7)');
    expect(asked[0]).toContain('LIMIT 2');
  });

  it('never ask with an id or a cursor that could end a string', async () => {
    const { asked, reader } = history([]);
    await expect(reader.events("x' OR 1 --", { limit: 1 })).rejects.toMatchObject({
      code: 'invalid_parameter',
    });
    await expect(reader.events(ALICE, { limit: 1, before: "1-2-3'" })).rejects.toMatchObject({
      path: 'before',
    });
    expect(asked).toEqual([]);
  });
});
