import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { TesseraError } from '../../src/errors.ts';
import {
  checkIdentityPolicy,
  createPolicyCheck,
  loadIdentityPolicy,
  parseIdentityPolicy,
} from '../../src/ingest/identity-policy.ts';
import { EMPTY_POLICY } from '../../src/model/identity-policy.ts';
import type { JsonObject } from '../../src/model/json.ts';

const root = new URL('../../', import.meta.url);
const file = new URL('deploy/retail/identity.yaml', root);
const schema = JSON.parse(readFileSync(new URL('schemas/definitions/identity.json', root), 'utf8'));

const least = {
  types: [
    { type: 'user_id', limit: 1, period: 'ever', strong: true, normalize: 'exact', issued: true },
    { type: 'phone', limit: 5, period: 'month', strong: true, normalize: 'phone' },
    { type: 'anonymous_id', limit: 100, period: 'week', strong: false, normalize: 'exact' },
  ],
  blocked: { values: ['null'], repeated_digits_from: 2 },
} satisfies JsonObject;

const check = createPolicyCheck();

/** The place and the words of the refusal. */
function refusal(value: unknown): string {
  try {
    check(value);
  } catch (error) {
    if (!(error instanceof TesseraError) || error.code !== 'invalid_definition') throw error;
    expect(error.message).toContain(error.path || '/');
    return `${error.path} ${error.message.split(': ').slice(1).join(': ')}`;
  }
  return 'accepted';
}

describe('the identity policy', () => {
  it('needs types and blocked values; every other section has defaults, which are those of the empty policy', () => {
    const policy = checkIdentityPolicy(least);
    const { types, blocked, traits, ...sections } = policy;
    const { types: _, blocked: __, traits: ___, ...defaults } = EMPTY_POLICY;
    expect(sections).toEqual(defaults);
    expect(types).toEqual(least.types);
    expect(blocked).toEqual({ ...least.blocked, email_domains: [], phone_prefixes: [] });
    expect(traits).toEqual({
      default: { rule: 'newest' },
      by_name: {},
      offline_channels: ['pos', 'store', 'store_device'],
    });
    expect(refusal({ types: least.types })).toMatch(/blocked/);
    expect(refusal({ blocked: least.blocked })).toMatch(/types/);
  });

  it('leaves what it is given as it is, and changes nothing of a policy that is complete', () => {
    const given = { types: structuredClone(least.types), blocked: { values: [], repeated_digits_from: 2 } };
    const policy = checkIdentityPolicy(given);
    expect([Object.keys(given), Object.keys(given.blocked)]).toEqual([
      ['types', 'blocked'],
      ['values', 'repeated_digits_from'],
    ]);
    expect(checkIdentityPolicy(policy)).toEqual(policy);
    expect(parseIdentityPolicy(stringify(policy))).toEqual(policy);
  });

  it('is shipped complete, and the schema accepts its own examples', () => {
    const shipped = loadIdentityPolicy(file);
    expect(shipped).toMatchObject({
      name: 'default',
      weak_evidence: { joins_known_people: false, values_per_type: 1 },
      shared: { strong_people_max: 20 },
      recycled: { active_days: 90 },
      reviews: { values_per_type: 3 },
      traits: { default: { rule: 'newest' }, by_name: { birthday: { rule: 'offline_first' } } },
    });
    expect(shipped.blocked.email_domains).toContain('privaterelay.appleid.com');
    for (const example of schema.examples) expect(refusal(example)).toBe('accepted');
  });

  const phoneAgain = { ...least.types[1], limit: 2 };
  const rule = (where: unknown): JsonObject => ({
    kinds: {
      rules: [{ kind: 'bot', where: { type: { equals: 'x' } } }, { kind: 'bot', where } as JsonObject],
    },
  });

  it.each<[string, JsonObject, RegExp]>([
    ['a type listed twice', { types: [...least.types, phoneAgain] }, /^\/types\/3 phone is listed twice/],
    [
      'a limit that is no number',
      { types: [{ ...phoneAgain, limit: 'many' }] },
      /^\/types\/0\/limit must be integer/,
    ],
    [
      'an unknown period',
      { types: [{ ...phoneAgain, period: 'day' }] },
      /^\/types\/0\/period must be one of ever, year/,
    ],
    ['an issuer of what nobody issues', { types: [{ ...phoneAgain, issuer: 'x' }] }, /^\/types\/0 .*issued/],
    ['an unknown section', { colour: 'red' }, /^\/ does not know colour/],
    ['another name', { name: 'mine' }, /^\/name must be default/],
    [
      'an unknown type in a source rule',
      { sources: [{ may_link: ['user_id', 'shoe'] }] },
      /^\/sources\/0\/may_link\/1 there is no type shoe/,
    ],
    [
      'a type that may and never links',
      { sources: [{ may_link: ['phone'], never_link: ['phone'] }] },
      /^\/sources\/0\/never_link phone is also/,
    ],
    [
      'a rule behind one that fits all',
      { sources: [{ source: '*' }, { source: 'crm' }] },
      /^\/sources\/0 fits every event/,
    ],
    ['a star inside a pattern', { sources: [{ source: 'a*b' }] }, /^\/sources\/0\/source must match/],
    [
      'a list of sources without sources',
      { traits: { default: { rule: 'source_priority' } } },
      /^\/traits\/default .*sources/,
    ],
    [
      'sources beside another rule',
      { traits: { by_name: { name: { rule: 'newest', sources: ['crm'] } } } },
      /^\/traits\/by_name\/name\/sources has no place/,
    ],
    [
      'an unknown kind in the lists',
      { kinds: { lists: { friends: [] } } },
      /^\/kinds\/lists does not know friends/,
    ],
    [
      'an unknown kind in a rule',
      { kinds: { rules: [{ kind: 'friend', where: { type: { equals: 'x' } } }] } },
      /^\/kinds\/rules\/0\/kind must be one of customer, staff/,
    ],
    [
      'a listed identifier of an unknown type',
      { kinds: { lists: { staff: ['shoe:38'] } } },
      /^\/kinds\/lists\/staff\/0 there is no type shoe/,
    ],
    [
      'an issuer of a listed phone',
      { kinds: { lists: { staff: ['phone@x:1'] } } },
      /^\/kinds\/lists\/staff\/0 phone is not issued/,
    ],
    [
      'a listed value without a type',
      { kinds: { lists: { staff: ['13900001111'] } } },
      /^\/kinds\/lists\/staff\/0 must match pattern/,
    ],
    [
      'an unknown operator',
      rule({ 'properties.total': { above: 3 } }),
      /^\/kinds\/rules\/1\/where\/properties\.total\/above /,
    ],
    [
      'a condition over the profile',
      rule({ feature: 'views', gt: 3 }),
      /^\/kinds\/rules\/1\/where\/feature /,
    ],
    ['an empty condition', rule({}), /^\/kinds\/rules\/1\/where must NOT have fewer/],
    [
      'a prefix that is no number',
      { blocked: { ...least.blocked, phone_prefixes: ['170'] } },
      /^\/blocked\/phone_prefixes\/0 must match/,
    ],
    [
      'a domain with an @',
      { blocked: { ...least.blocked, email_domains: ['@mozmail.com'] } },
      /^\/blocked\/email_domains\/0 must match/,
    ],
    [
      'a trait named like a prototype',
      { traits: JSON.parse('{"by_name":{"__proto__":{"rule":"newest"}}}') },
      /^\/traits\/by_name /,
    ],
  ])('refuses %s, with the place', (_what, more, expected) => {
    expect(refusal({ ...least, ...more })).toMatch(expected);
  });

  it('takes one rule for all as the last one, and lists in both ways of writing', () => {
    const sources = [{ source: 'crm*', channel: 'web' }, { claims: 'stated' }];
    const staff = ['phone:13900001111', 'user_id@shop:u-1', `user_id#${'a'.repeat(22)}`];
    expect(refusal({ ...least, sources, kinds: { lists: { staff } } })).toBe('accepted');
  });

  it('says in which line a text is no YAML, without a word of that line', () => {
    const text = `types: []\nkinds: { lists: { staff: [ "phone:13977778888" }\n`;
    expect(() => parseIdentityPolicy(text)).toThrow(
      expect.objectContaining({ code: 'invalid_definition', message: expect.stringMatching(/line 2/) }),
    );
    const anchors = `a: &a [1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [${'*b,'.repeat(20)}]\nd: [${'*c,'.repeat(20)}]\n`;
    for (const broken of ['a: [', 'a: 1\na: 2', text, anchors]) {
      expect(() => parseIdentityPolicy(broken)).toThrow(
        expect.objectContaining({
          code: 'invalid_definition',
          message: expect.not.stringContaining('1397777'),
        }),
      );
    }
  });

  it('never repeats a value in a refusal, wherever it stands', () => {
    const places: ((value: string) => JsonObject)[] = [
      (value) => ({ kinds: { lists: { staff: [value] } } }),
      (value) => ({ kinds: { lists: { [value]: [] } } }),
      (value) => ({ blocked: { values: [value, 7], repeated_digits_from: 2 } }),
      (value) => ({ blocked: { ...least.blocked, phone_prefixes: [value] } }),
      (value) => ({ [value]: value }),
    ];
    fc.assert(
      fc.property(fc.constantFrom(...places), fc.string(), (place, tail) => {
        expect(refusal({ ...least, ...place(`13977778888${tail}`) })).not.toContain('13977778888');
      }),
    );
  });
});
