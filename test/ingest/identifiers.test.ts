import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { combinationKey, facetKey } from '../../src/ingest/facet-key.ts';
import { createIdentifierReader, type ReadClaim } from '../../src/ingest/identifiers.ts';
import { loadIdentityPolicy } from '../../src/ingest/identity-policy.ts';
import { limits } from '../../src/limits.ts';
import type { JsonObject, JsonValue } from '../../src/model/json.ts';

const file = new URL('../../deploy/retail/identity.yaml', import.meta.url);
const policy = loadIdentityPolicy(file);
const indexKey = new Uint8Array(32).fill(7);
const reader = createIdentifierReader({ policy, indexKey, defaultRegion: 'CN' });

function claims(identifiers: JsonObject, traits?: JsonObject, verified = false): readonly ReadClaim[] {
  return reader.read(identifiers, traits, { verified }).claims;
}

/** The one value read, or the code it was dropped with. */
function one(type: string, value: JsonValue): string | undefined {
  const { claims: read, dropped } = reader.read({ [type]: value }, undefined, { verified: false });
  return read[0]?.value ?? dropped[0]?.code;
}

describe('the policy', () => {
  it('lists the types strongest first, with the limits of the design', () => {
    const shown = policy.types.map(({ type, limit, period }) => `${type} ${limit} ${period}`);
    expect(shown.slice(0, 5)).toEqual([
      'user_id 1 ever',
      'member_id 1 ever',
      'wechat_unionid 1 ever',
      'phone 5 year',
      'email 5 year',
    ]);
    expect(shown.slice(-3)).toEqual(['card_hash 10 ever', 'device_id 20 ever', 'anonymous_id 100 ever']);
    expect(policy.types.filter((rule) => !rule.strong).map((rule) => rule.type)).toEqual([
      'card_hash',
      'device_id',
      'anonymous_id',
    ]);
  });
});

describe('normalization', () => {
  it.each([
    ['phone', '13900001111', '+8613900001111'],
    ['phone', 13900001111, '+8613900001111'],
    ['phone', ' +86 139-0000-1111 ', '+8613900001111'],
    ['phone', '0086 139 0000 1111', '+8613900001111'],
    ['phone', '8613900001111', '+8613900001111'],
    ['phone', '１３９００００１１１１', '+8613900001111'],
    ['phone', '+1 (415) 555-2671', '+14155552671'],
    ['email', ' Ann@Example.COM ', 'ann@example.com'],
    ['email', 'a.b+tag@gmail.com', 'a.b+tag@gmail.com'],
    ['email', 'ann@münchen.de', 'ann@xn--mnchen-3ya.de'],
    ['member_id', ' ００Ab12 ', '00Ab12'],
    ['user_id', ' cafe\u0301 ', 'caf\u00e9'],
    ['user_id', 42, '42'],
    ['anonymous_id', 'A-1', 'A-1'],
  ])('reads %s %j as %j', (type, value, expected) => {
    expect(one(type, value)).toBe(expected);
  });

  it.each([
    ['phone', 'not a phone'],
    ['phone', '12345678'],
    ['phone', '139000011112'],
    ['phone', '010-62345678-801801801'],
    ['phone', '4008001234'],
    ['phone', 'call 13900001111 please'],
    ['email', 'ann'],
    ['email', 'ann@localhost'],
    ['email', 'a b@example.com'],
    ['email', 'a@b@example.com'],
    ['email', '.ann@example.com'],
    ['email', 'ann\u200b@example.com'],
    ['email', 'ann@127.0.0.1'],
    ['member_id', 'a\u0000b'],
    ['user_id', 'a\nb'],
    ['user_id', '\ud800'],
    ['user_id', 1.5],
    ['user_id', true],
    ['user_id', { id: 1 }],
    ['user_id', 'x'.repeat(limits.identifierCharactersMax + 1)],
  ])('drops %s %j as invalid', (type, value) => {
    expect(one(type, value)).toBe('invalid_identifier');
  });

  it('never changes a value that is normalized already', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('user_id', 'member_id', 'email'),
        fc.string({ unit: 'binary', minLength: 1 }),
        (type, text) => {
          const value = type === 'email' ? `${text}@example.com` : text;
          const [claim] = claims({ [type]: value });
          fc.pre(claim !== undefined);
          expect(claims({ [type]: claim!.value })).toEqual([claim]);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('blocked values', () => {
  const values = [
    '',
    ' ',
    '0',
    '000',
    '-1',
    'null',
    'NULL',
    ' Null ',
    'undefined',
    'None',
    'NaN',
    'anonymous',
    'Guest',
    'unknown',
    'test',
    '[object Object]',
    '00000000-0000-0000-0000-000000000000',
    '11111',
    '99999999999',
    '"null"',
    "'guest'",
    '\\"null\\"',
    '“unknown”',
    'ｎｕｌｌ',
    0,
    -1,
  ];

  it.each(values)('never link anyone: %j', (value) => {
    for (const type of ['user_id', 'member_id', 'anonymous_id'])
      expect(one(type, value)).toBe('blocked_identifier');
  });

  it('are found behind any way of writing a number', () => {
    for (const value of ['13800138000', '138 0013 8000', '+86 138-0013-8000', 13800138000]) {
      expect(one('phone', value)).toBe('blocked_identifier');
    }
  });

  it.each([
    '+86 139 0000 1111 ext 5',
    '13900001111-1234',
    '13900001111转1234',
    '13900001111 转 1234',
    '139 0000 1111轉1234',
    '13900001111分机12',
    '13900001111,1234',
    '13900001111[1234]',
    '13900001111（1234）',
    '13900001111#1234',
    '13900001111 1234',
    '+1 415 555 2671 x12',
  ])('hold a phone with an extension, which stands for somebody else: %s', (value) => {
    expect(one('phone', value)).toBe('blocked_identifier');
  });

  it('leave a number alone whose groups are set apart', () => {
    expect(one('phone', '0755-8888-1234')).toBe('+8675588881234');
    expect(one('phone', '139-0000-1111')).toBe('+8613900001111');
  });

  it('read a hostile number in no time', () => {
    const started = performance.now();
    for (let i = 0; i < 200; i++) {
      one('phone', `1${' '.repeat(200)}${i}x`);
      one('phone', `${'-1'.repeat(120)}${i}`);
    }
    expect(performance.now() - started).toBeLessThan(500);
  });

  it('hold relay addresses, with their subdomains and in any way of writing', () => {
    const relays = [
      'x7k@privaterelay.appleid.com',
      'X7K@PrivateRelay.AppleID.com',
      'shop@mozmail.com',
      'shop@ann.mozmail.com',
    ];
    for (const value of relays) expect(one('email', value)).toBe('blocked_identifier');
    const honest = ['ann@appleid.com', 'ann@notmozmail.com', 'mozmail.com@example.com'];
    for (const value of honest) expect(one('email', value)).toBe(value);
    expect(one('user_id', 'x7k@mozmail.com')).toBe('x7k@mozmail.com');
  });

  it('hold numbers that begin as configured', () => {
    const blocked = { ...policy.blocked, phone_prefixes: ['+861705', '+8616'] };
    const own = createIdentifierReader({ policy: { ...policy, blocked }, indexKey, defaultRegion: 'CN' });
    const phone = ['17051234567', '16212345678', '17001234567'];
    const { claims: read, dropped } = own.read({ phone }, undefined, { verified: false });
    expect(dropped.map(({ code }) => code)).toEqual(['blocked_identifier', 'blocked_identifier']);
    expect(read.map(({ value }) => value)).toEqual(['+8617001234567']);
  });

  it('can be added to by configuration', () => {
    const blocked = { ...policy.blocked, values: [...policy.blocked.values, 'Kiosk-7', '13900001111'] };
    const own = createIdentifierReader({ policy: { ...policy, blocked }, indexKey, defaultRegion: 'CN' });
    const { dropped } = own.read({ device_id: 'kiosk-7', phone: '+86 139 0000 1111' }, undefined, {
      verified: false,
    });
    expect(dropped.map((entry) => entry.code)).toEqual(['blocked_identifier', 'blocked_identifier']);
  });

  it('leave honest values that only look like them alone', () => {
    for (const value of [
      '7',
      '10',
      '0012',
      'tester',
      'nullable',
      '00000000-0000-0000-0000-000000000001',
      '112',
    ]) {
      expect(one('user_id', value)).toBe(value);
    }
  });
});

describe('reading an event', () => {
  it('takes text, integers and lists, ignores null, and drops unknown types with the reason', () => {
    const { claims: read, dropped } = reader.read(
      {
        user_id: null,
        phone: ['13900001111', '13900002222', '+8613900001111'],
        shoe_size: '42',
        'phone@x': '13900001111',
      },
      undefined,
      { verified: false },
    );
    expect(read.map((claim) => claim.value).sort()).toEqual(['+8613900001111', '+8613900002222']);
    expect(dropped.map(({ type, code }) => [type, code])).toEqual([
      ['shoe_size', 'unknown_identifier_type'],
      ['phone@x', 'unknown_identifier_type'],
    ]);
  });

  it('takes traits that are named like an identifier type, and only those', () => {
    const read = claims(
      { anonymous_id: 'a-1' },
      { email: 'Ann@Example.com', phone: '13900001111', name: 'Ann' },
    );
    expect(read.map((claim) => claim.type)).toEqual(['anonymous_id', 'email', 'phone']);
    expect(claims({ email: 'ann@example.com' }, { email: 'ANN@example.com' })).toHaveLength(1);
  });

  it('keeps issuers apart, except for the default one', () => {
    const types = policy.types.map((rule) =>
      rule.type === 'wechat_openid' ? { ...rule, issuer: 'wx1' } : rule,
    );
    const own = createIdentifierReader({ policy: { ...policy, types }, indexKey, defaultRegion: 'CN' });
    const plain = own.read({ wechat_openid: 'o-9' }, undefined, { verified: false }).claims;
    expect(own.read({ 'wechat_openid@wx1': 'o-9' }, undefined, { verified: false }).claims).toEqual(plain);
    const other = own.read({ 'wechat_openid@wx2': 'o-9' }, undefined, { verified: false }).claims;
    expect(other[0]?.type).toBe('wechat_openid@wx2');
    expect(other[0]?.hash).not.toBe(plain[0]?.hash);
    expect(one('wechat_openid@bad issuer', 'o-9')).toBe('unknown_identifier_type');
  });

  it('says so when there are too many values, wherever they stand', () => {
    const many = Array.from({ length: limits.identifiersPerEventMax }, (_, i) => `user-${i}`);
    expect(reader.read({ user_id: many }, undefined, { verified: false })).toMatchObject({ tooMany: false });
    expect(reader.read({ user_id: many }, { email: 'a@example.com' }, { verified: false })).toMatchObject({
      tooMany: true,
      claims: [],
    });
  });

  it('drops types that its source may not identify by, from identifiers and traits alike', () => {
    const denied = new Set(policy.types.flatMap(({ type }, rank) => (type === 'phone' ? [rank] : [])));
    const event = { phone: '13900001111', user_id: 'u-1' };
    const read = reader.read(event, { phone: '13900002222' }, { verified: true, denied });
    expect(read.claims.map(({ type }) => type)).toEqual(['user_id']);
    expect(read.dropped.map(({ type, code }) => [type, code])).toEqual([
      ['phone', 'identifier_not_allowed'],
      ['phone', 'identifier_not_allowed'],
    ]);
  });

  it('never repeats a value when it says what it dropped', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('phone', 'email', 'user_id', 'shoe_size'),
        fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('guest', '13800138000', 'x'.repeat(10_240))),
        (type, tail) => {
          const value = `secret-7391-${tail}`;
          const { dropped } = reader.read({ [type]: [value, `${value}\u0000`] }, undefined, {
            verified: true,
          });
          expect(JSON.stringify(dropped)).not.toContain('secret-7391');
        },
      ),
    );
  });

  it('counts what an event claims beside its identifiers among them', () => {
    const also = claims({ member_id: ['m-1', 'm-2'] });
    const many = Array.from({ length: limits.identifiersPerEventMax - 1 }, (_, i) => `user-${i}`);
    expect(reader.read({ user_id: many }, undefined, { verified: false, also }).tooMany).toBe(true);
    const [first, ...rest] = reader.read({ member_id: 'm-1' }, undefined, { verified: false, also }).claims;
    expect([first, ...rest]).toEqual(also);
  });

  it('takes thousands of values, and huge ones, without reading more than it may', () => {
    const thousands = Array.from({ length: 2_000 }, (_, i) => `user-${i}`);
    expect(reader.read({ user_id: thousands }, undefined, { verified: false })).toMatchObject({
      tooMany: true,
      claims: [],
      dropped: [],
    });
    const huge = '13900001111'.repeat(1_000);
    const { claims: none, dropped } = reader.read(
      { phone: huge, [huge]: 'x' },
      { email: huge },
      { verified: false },
    );
    expect(none).toEqual([]);
    expect(dropped.map(({ code }) => code)).toEqual(Array(3).fill('invalid_identifier'));
    expect(JSON.stringify(dropped).length).toBeLessThan(1_000);
  });

  it('hashes type and normalized value with the key, cut to 128 bits', () => {
    const [claim] = claims({ phone: '139 0000 1111' });
    const digest = createHmac('sha256', indexKey)
      .update('phone\u0000+8613900001111')
      .digest()
      .subarray(0, 16);
    expect(claim?.hash).toBe(digest.toString('base64url'));
    expect(claim?.hash).toHaveLength(22);
    const other = createIdentifierReader({ policy, indexKey: new Uint8Array(32), defaultRegion: 'CN' });
    expect(other.read({ phone: '13900001111' }, undefined, { verified: false }).claims[0]?.hash).not.toBe(
      claim?.hash,
    );
  });

  it('never calls a device verified, so that web and till agree about it', () => {
    const event = { anonymous_id: 'a-1', device_id: 'd-1', card_hash: 'c-1', user_id: 'u-1' };
    expect(claims(event, undefined, true).map((claim) => [claim.type, claim.verified])).toEqual([
      ['anonymous_id', false],
      ['device_id', false],
      ['card_hash', false],
      ['user_id', true],
    ]);
  });

  it('sorts claims the same way whatever their order in the event', () => {
    const event = {
      anonymous_id: ['a-1', 'a-2'],
      device_id: 'd-1',
      phone: ['13900001111', '13900002222'],
      email: 'a@example.com',
      user_id: 'u-1',
    };
    const expected = claims(event);
    fc.assert(
      fc.property(
        fc.shuffledSubarray(Object.entries(event), { minLength: 5 }),
        fc.boolean(),
        (entries, reversed) => {
          const turned = entries.map(([type, value]) => [
            type,
            reversed && Array.isArray(value) ? value.toReversed() : value,
          ]);
          const read = claims(Object.fromEntries(turned));
          expect(read).toEqual(expected);
          expect(facetKey(read)).toBe(facetKey(expected));
          expect(combinationKey(read)).toBe(combinationKey(expected));
        },
      ),
    );
    expect(expected.map((claim) => claim.type)).toEqual([
      'anonymous_id',
      'anonymous_id',
      'device_id',
      'email',
      'phone',
      'phone',
      'user_id',
    ]);
  });

  it('finds the claim that a path names', () => {
    expect(reader.find('phone', '13900001111')).toEqual(claims({ phone: '+8613900001111' })[0]);
    expect(reader.find('phone', 'x')).toMatchObject({ code: 'invalid_identifier' });
  });

  it('refuses a default region that is no country', () => {
    expect(() => createIdentifierReader({ policy, indexKey, defaultRegion: 'ZZ' })).toThrow(
      expect.objectContaining({ code: 'invalid_config' }),
    );
  });
});
