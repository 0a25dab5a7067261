import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createIdentifierReader } from '../../../src/ingest/identifiers.ts';
import { loadIdentityPolicy } from '../../../src/ingest/identity-policy.ts';
import { leaveOutOthers } from '../../../src/jobs/export/leave-out-others.ts';
import type { JsonValue } from '../../../src/model/json.ts';

const policy = loadIdentityPolicy(new URL('../../../deploy/retail/identity.yaml', import.meta.url));
const reader = createIdentifierReader({
  policy,
  indexKey: new Uint8Array(32).fill(7),
  defaultRegion: 'CN',
});
const keyOf = (type: string, value: string): string => {
  const claim = reader.find(type, value);
  return 'hash' in claim ? `${claim.type}:${claim.hash}` : '';
};
const own = new Set([keyOf('phone', '13900001111'), keyOf('user_id', 'ann')]);
const types = policy.types.map(({ type }) => type);
const read = (event: JsonValue): JsonValue => leaveOutOthers(event, { reader, own, types });

describe('an event of quarantine, for its person to read', () => {
  it('is shown as it was sent where it names nobody else', () => {
    const event = {
      type: 'order_completed',
      identifiers: { phone: '+86 139 0000 1111', user_id: 'ann' },
      properties: { note: 'ring twice', recipient: { name: 'Ann', phone: 13900001111 }, total: -1 },
    };
    expect(read(event)).toEqual(event);
  });

  it.each([
    ['in an identifier', { identifiers: { phone: '13900001111', user_id: 'bob' } }],
    ['in the words of a library', { userId: 'ann', anonymousId: 'device-of-bob' }],
    ['as whom it is about', { distinct_id: 'bob', previous_id: 'ann' }],
    ['in a text that is a number of somebody', { user_id: 'ann', note: '13711112222' }],
    ['in an address of mail', { user_id: 'ann', said: ['bob@example.com'] }],
    ['as who invited', { identifiers: { user_id: 'bob' }, properties: { invitee: '13900001111' } }],
  ])('is without what may be about others where it names somebody %s', (_where, named) => {
    const event = { type: 'order_completed', ...named, traits: { name: 'Bob' }, properties_2: { price: 12 } };
    const shown = JSON.stringify(read(event));
    for (const others of ['bob', 'Bob', 'device-of-bob', '13711112222']) expect(shown).not.toContain(others);
    expect(shown).toMatch(/ann|13900001111/);
    expect(read(event)).toMatchObject({ type: 'order_completed', properties_2: { price: 12 } });
  });

  it('never shows a number or an address of somebody else, wherever it stands', () => {
    const name = fc.stringMatching(/^[a-z_]{1,12}$/);
    const foreign = fc.constantFrom('13711112222', '+8613711112222', 'bob@example.com', 'BOB@example.com');
    const leaf = fc.oneof(foreign, fc.constant('13900001111'), fc.boolean());
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof({ depthSize: 'small' }, leaf, fc.array(tie('tree')), fc.dictionary(name, tie('tree'))),
    }));
    fc.assert(
      fc.property(tree, (value) => {
        // Made of what JSON holds.
        const event = value as JsonValue;
        const before = JSON.stringify(event);
        const others = /13711112222|bob@example/i.test(before);
        const shown = read(event);
        expect(JSON.stringify(shown)).not.toMatch(/13711112222|bob@example/i);
        if (!others) expect(JSON.stringify(shown)).toBe(before);
        else if (before.includes('13900001111')) expect(JSON.stringify(shown)).toContain('13900001111');
      }),
    );
  });
});
