import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { maskKept } from '../../../src/desks/quarantine/mask-kept.ts';
import type { JsonValue } from '../../../src/model/json.ts';

describe('a kept event for readers without the scope for personal data', () => {
  it('keeps its structure, and the values of the trade', () => {
    const event = {
      id: 'e-1',
      type: 'Order Completed',
      time: '2026-11-21T10:00:00.123Z',
      timestamp: 1_795_255_200_123,
      properties: {
        item_id: 'spu-1',
        price: 'cheap',
        quantity: 2,
        gift: true,
        products: [{ sku: 'A/1', price: 12.5 }],
      },
    };
    expect(maskKept(event)).toEqual(event);
  });

  it('hides everything else but its first character and its length', () => {
    expect(
      maskKept({
        identifiers: { phone: '13900001111', email: 'ann@example.com', user_id: 'u-100', member_id: 4711 },
        traits: { name: '张伟', city: 'Shanghai', age: 34, birth_year: 1991, note: '' },
        properties: { item_id: 'ann@example.com', price: '13900001111', order_id: 'o-1', '13900001111': 1 },
      }),
    ).toEqual({
      identifiers: {
        phone: '139****1111',
        email: 'a***@example.com',
        user_id: 'u***',
        member_id: '4*** (4 characters)',
      },
      traits: {
        name: '张*** (2 characters)',
        city: 'S*** (8 characters)',
        age: '3*** (2 characters)',
        birth_year: '1*** (4 characters)',
        note: '*** (0 characters)',
      },
      properties: {
        item_id: 'a*** (15 characters)',
        price: '1*** (11 characters)',
        order_id: 'o*** (3 characters)',
        '1*** (11 characters)': 1,
      },
    });
  });

  it('hides what ingest would seal by its name, and names of people among the names of fields', () => {
    expect(
      maskKept({
        properties: { Mobile: 4711, workPhone: 12, quantity: 12, 手机号: 7, step: 4711 },
        consent: { 'ann@b.example': true, 'Ann Lee': true, 张小明: true, '$feature/new-cart': true },
      }),
    ).toEqual({
      properties: {
        Mobile: '4*** (4 characters)',
        workPhone: '1*** (2 characters)',
        quantity: 12,
        手机号: '7*** (1 character)',
        step: 4711,
      },
      consent: {
        'a*** (13 characters)': true,
        'A*** (7 characters)': true,
        '张*** (3 characters)': true,
        '$feature/new-cart': true,
      },
    });
  });

  it('hides a text that is no JSON, and ciphertext', () => {
    expect(maskKept('{"phone":"1390000')).toBe('{*** (17 characters)');
    expect(maskKept({ email: { $sealed: 'v1.f.abc', kind: 'email' } })).toEqual({
      email: { $sealed: '***' },
    });
  });

  it('never shows a number of a phone or an address of mail, wherever it stands', () => {
    const secret = fc.constantFrom('13912345678', 'ann.smith@example.com', '+86 13912345678', 13912345678);
    const tree = fc.letrec<{ node: JsonValue }>((tie) => ({
      node: fc.oneof(
        { depthSize: 'small' },
        secret,
        fc.array(tie('node'), { maxLength: 3 }),
        fc.dictionary(
          fc.constantFrom('id', 'type', 'price', 'sku', 'name', 'time', 'identifiers', 'note', '13912345678'),
          tie('node'),
          { maxKeys: 4 },
        ),
      ),
    })).node;
    fc.assert(
      fc.property(tree, (value) => {
        const shown = JSON.stringify(maskKept(value));
        expect(shown).not.toContain('13912345678');
        expect(shown).not.toContain('ann.smith');
      }),
      { numRuns: 500 },
    );
  });
});
