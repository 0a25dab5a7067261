import { describe, expect, it } from 'vitest';
import { createIdentifierReader } from '../../src/ingest/identifiers.ts';
import { loadIdentityPolicy } from '../../src/ingest/identity-policy.ts';
import { blindLists } from '../../src/ingest/kind-lists.ts';
import type { NormalizedEvent } from '../../src/ingest/normalize.ts';
import { createKindReader } from '../../src/ingest/profile-kind.ts';
import type { KindRules } from '../../src/model/identity-policy.ts';
import type { JsonObject } from '../../src/model/json.ts';

const policy = loadIdentityPolicy(new URL('../../deploy/retail/identity.yaml', import.meta.url));
const keys = { indexKey: new Uint8Array(32).fill(7), defaultRegion: 'CN' };
const reader = createIdentifierReader({ ...keys, policy });
const withKinds = (kinds: KindRules) => ({ ...policy, kinds });
const NO_RULES = { lists: {}, rules: [] };

interface Said {
  readonly type?: string;
  readonly identifiers?: JsonObject;
  readonly properties?: JsonObject;
  readonly traits?: JsonObject;
  readonly context?: JsonObject;
  readonly verified?: boolean;
}

/** What the rules make of an event: `staff by list`. */
function kindOf(kinds: KindRules, said: Said): string | undefined {
  const { type = 'product_viewed', identifiers = { user_id: 'u-1' }, verified = true } = said;
  const event: NormalizedEvent['event'] = {
    id: 'e',
    type,
    time: 1,
    receivedAt: 1,
    source: 'shop',
    channel: 'web',
    properties: said.properties ?? {},
    ...(said.traits && { traits: said.traits }),
    ...(said.context && { context: said.context }),
  };
  const { claims } = reader.read(identifiers, undefined, { verified });
  const found = createKindReader(kinds, reader.find)({ event, claims, verified });
  return found && `${found.kind} by ${found.by}`;
}

describe('the kind of a profile', () => {
  const lists: KindRules = {
    lists: { staff: ['phone:139 0000 1111'], test: ['user_id@lab:t-1'] },
    rules: [],
  };

  it.each([
    ['as written', lists],
    ['blinded', blindLists(withKinds(lists), keys).kinds],
  ])('comes from lists by normalized claim, %s', (_how, kinds) => {
    const phone = '+86 139-0000-1111';
    expect(kindOf(kinds, { identifiers: { phone } })).toBe('staff by list');
    expect(kindOf(kinds, { identifiers: { phone, anonymous_id: 'a' }, verified: false })).toBe(
      'staff by list',
    );
    expect(kindOf(kinds, { identifiers: { 'user_id@lab': 't-1' } })).toBe('test by list');
    expect(kindOf(kinds, { identifiers: { user_id: 't-1' } })).toBeUndefined();
    expect(kindOf(kinds, { identifiers: { phone: '13900001112' } })).toBeUndefined();
  });

  it('remembers which entry of a list it was, by its blind index', () => {
    const { kinds } = blindLists(withKinds(lists), keys);
    const { claims } = reader.read({ phone: '13900001111' }, undefined, { verified: true });
    const event: NormalizedEvent['event'] = {
      ...{ id: 'e', type: 'product_viewed', time: 1, receivedAt: 1, source: 'shop', channel: 'web' },
      properties: {},
    };
    const found = createKindReader(kinds, reader.find)({ event, claims, verified: true });
    expect(found).toEqual({ kind: 'staff', by: 'list', entry: `phone#${claims[0]?.hash}` });
    expect(kinds.lists.staff).toEqual([found?.entry]);
  });

  it('comes from an identification by a secret key, as a property or a trait', () => {
    const type = 'profile_identified';
    expect(kindOf(NO_RULES, { type, properties: { kind: 'reseller' } })).toBe('reseller by event');
    expect(kindOf(NO_RULES, { type, traits: { kind: 'business' } })).toBe('business by event');
    expect(kindOf(NO_RULES, { type, traits: { kind: 'friend' } })).toBeUndefined();
    expect(kindOf(NO_RULES, { type, traits: { kind: 'staff' }, verified: false })).toBeUndefined();
    expect(kindOf(NO_RULES, { properties: { kind: 'staff' }, traits: { kind: 'staff' } })).toBeUndefined();
  });

  it('comes from the first rule that holds', () => {
    const rules: KindRules['rules'] = [
      { kind: 'bot', where: { 'context.userAgent': { contains: 'bot' } } },
      { kind: 'business', where: { 'traits.company': { exists: true } } },
    ];
    const kinds = { lists: {}, rules };
    expect(kindOf(kinds, { context: { userAgent: 'Googlebot/2.1' }, traits: { company: 'x' } })).toBe(
      'bot by rule',
    );
    expect(kindOf(kinds, { traits: { company: 'x' } })).toBe('business by rule');
    expect(kindOf(kinds, {})).toBeUndefined();
  });

  it('prefers a list to what an event says, and that to a rule', () => {
    const rules: KindRules['rules'] = [{ kind: 'bot', where: { channel: { equals: 'web' } } }];
    const said = { type: 'profile_identified', properties: { kind: 'customer' } };
    expect(kindOf({ ...lists, rules }, { ...said, identifiers: { phone: '13900001111' } })).toBe(
      'staff by list',
    );
    expect(kindOf({ ...lists, rules }, said)).toBe('customer by event');
    expect(kindOf({ ...lists, rules }, {})).toBe('bot by rule');
  });

  it('comes from the shipped rules for crawlers and test orders', () => {
    const { kinds } = policy;
    expect(kindOf(kinds, { context: { userAgent: 'Mozilla/5.0 HeadlessChrome/120' } })).toBe('bot by rule');
    expect(kindOf(kinds, { type: 'order_completed', properties: { test: true } })).toBe('test by rule');
    expect(kindOf(kinds, { type: 'order_completed', properties: { test: false } })).toBeUndefined();
    expect(kindOf(kinds, { context: { userAgent: 'Mozilla/5.0 Chrome/120' } })).toBeUndefined();
  });
});

describe('lists of identifiers', () => {
  const blind = (lists: KindRules['lists']) => blindLists(withKinds({ lists, rules: [] }), keys).kinds.lists;

  it('are kept as blind indexes, which stay what they are when they are put back', () => {
    const kept = blind({ staff: ['phone:13900001111', 'user_id:u-1'], bot: ['device_id:d:1#2'] });
    const entry = (type: string, value: string) => {
      const found = reader.find(type, value);
      return 'code' in found ? found.code : `${type}#${found.hash}`;
    };
    expect(kept).toEqual({
      staff: [entry('phone', '13900001111'), entry('user_id', 'u-1')],
      bot: [entry('device_id', 'd:1#2')],
    });
    expect(JSON.stringify(kept)).not.toContain('1390000');
    expect(blind(kept)).toEqual(kept);
  });

  it.each([
    ['an invalid value', { staff: ['user_id:u-1', 'phone:12'] }, '/kinds/lists/staff/1'],
    ['a value of nobody', { staff: ['user_id:guest'] }, '/kinds/lists/staff/0'],
    [
      'one identifier in two ways of writing',
      { staff: ['phone:13900001111', 'phone:+8613900001111'] },
      '/kinds/lists/staff/1',
    ],
    ['one identifier in two lists', { staff: ['user_id:u-1'], bot: ['user_id:u-1'] }, '/kinds/lists/bot/0'],
  ])('refuse %s, with the place and not the value', (_what, lists, path) => {
    expect(() => blind(lists)).toThrow(
      expect.objectContaining({
        code: 'invalid_definition',
        path,
        message: expect.not.stringMatching(/1390000|guest|u-1/),
      }),
    );
  });
});
