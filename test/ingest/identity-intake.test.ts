import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { createIdentityIntake, type Identification } from '../../src/ingest/identity-intake.ts';
import { loadIdentityPolicy } from '../../src/ingest/identity-policy.ts';
import { createNormalizer } from '../../src/ingest/normalize.ts';
import { loadEventSchemas } from '../../src/ingest/schemas.ts';
import type { IdentityPolicy } from '../../src/model/identity-policy.ts';
import type { JsonObject } from '../../src/model/json.ts';

const ROOT = new URL('../../', import.meta.url);
const shipped = loadIdentityPolicy(new URL('deploy/retail/identity.yaml', ROOT));
const normalize = createNormalizer({
  schemas: loadEventSchemas(fileURLToPath(new URL('schemas/events', ROOT))),
  defaultCurrency: 'CNY',
  allowCustomTypes: true,
  sources: {},
});
const AT = Date.UTC(2026, 10, 21, 10);

function intakeOf(policy: IdentityPolicy) {
  let inForce = { version: '1', definition: policy };
  const intake = createIdentityIntake({
    policy: () => inForce,
    indexKey: new Uint8Array(32).fill(7),
    defaultRegion: 'CN',
  });
  return {
    intake,
    change(definition: IdentityPolicy) {
      inForce = { version: `${inForce.version}1`, definition };
    },
    /** Identifies an event of a secret key, or of a public one. */
    take(event: JsonObject, verified = true) {
      const context = { receivedAt: AT, source: 'shop', defaultChannel: 'web', publicKey: false };
      const normalized = normalize({ id: 'e', ...event }, context);
      if (!normalized.ok) return normalized;
      return intake.identify(normalized, { verified });
    },
  };
}

const { take, intake } = intakeOf(shipped);

function accepted(event: JsonObject, verified = true): Identification {
  const found = take(event, verified);
  expect(found).toMatchObject({ ok: true });
  return found as Identification;
}

const linkOf = (type: string, value: string): string => {
  const found = intake.find(type, value);
  return 'code' in found ? found.code : `${found.type}:${found.hash}`;
};

describe('what an event asks of identity', () => {
  const identifiers = { device_id: 'd-1', user_id: 'u-1' };

  it('is to sign a device in or out, whoever sends it', () => {
    for (const verified of [true, false]) {
      expect(accepted({ type: 'signed_in', identifiers }, verified).identity).toEqual({ type: 'signed_in' });
      expect(accepted({ type: 'User Signed Out', identifiers }, verified).identity).toEqual({
        type: 'signed_out',
      });
    }
    expect(
      accepted({ type: 'product_viewed', identifiers, properties: { item_id: 'i' } }).identity,
    ).toBeUndefined();
  });

  it('is nothing where the event names nobody', () => {
    const read = accepted({
      type: 'signed_out',
      identifiers: { device_id: 'null' },
      traits: { name: 'Ann' },
    });
    expect(read).toEqual({ ok: true, claims: [], dropped: read.dropped });
  });

  it('comes with the index of the name, where traits give one', () => {
    const event = { type: 'profile_identified', identifiers };
    const { name } = accepted({ ...event, traits: { name: ' Ann  ZHAO' } });
    expect(name).toMatch(/^[\w-]{22}$/);
    expect(accepted({ ...event, traits: { first_name: 'Ann', last_name: 'Zhao' } }).name).toBe(name);
    expect(accepted({ ...event, traits: { city: 'Shanghai' } }).name).toBeUndefined();
  });
});

describe('members_merged', () => {
  const merge = (more: JsonObject = {}, properties: JsonObject = {}): JsonObject => ({
    type: 'members_merged',
    properties: { kept: '00120457', merged: '00118802', reason: 'duplicate card', ...properties },
    ...more,
  });

  it('claims both numbers, verified, and takes them out of the properties', () => {
    const read = accepted(merge({ identifiers: { member_id: '00120457', phone: '13900001111' } }));
    expect(read.claims.map(({ type, value, verified }) => `${type} ${value} ${verified}`).sort()).toEqual([
      'member_id 00118802 true',
      'member_id 00120457 true',
      'phone +8613900001111 true',
    ]);
    expect(read.identity).toEqual({
      type: 'members_merged',
      kept: linkOf('member_id', '00120457'),
      merged: linkOf('member_id', '00118802'),
    });
    expect(read.properties).toEqual({ reason: 'duplicate card' });
  });

  it('normalizes the numbers like every other, within the program that issued them', () => {
    const read = accepted(merge({}, { kept: ' ００12Ab ', merged: 7, program: 'club' }));
    expect(read.claims.map(({ type, value }) => `${type} ${value}`).sort()).toEqual([
      'member_id@club 0012Ab',
      'member_id@club 7',
    ]);
    expect(read.properties).toEqual({ reason: 'duplicate card', program: 'club' });
  });

  it.each<[string, string, JsonObject, JsonObject?]>([
    ['blocked_identifier', '/properties/merged', { merged: 'unknown' }],
    ['invalid_identifier', '/properties/kept', { kept: 'a\u200bb' }],
    ['unknown_identifier_type', '/properties/kept', { program: 'no such issuer!' }],
    ['schema_violation', '/properties/merged', { merged: '００120457' }],
    ['schema_violation', '/properties/merged', { merged: '' }],
  ])('is refused with %s at %s, without the number', (code, path, properties) => {
    const refused = take(merge({}, properties));
    expect(refused).toMatchObject({ ok: false, code, path });
    expect(JSON.stringify(refused)).not.toMatch(/0012|unknown"|no such/);
  });

  it('is the word of a verified source only', () => {
    expect(take(merge(), false)).toMatchObject({ ok: false, code: 'merge_not_allowed' });
    const own = intakeOf({ ...shipped, sources: [{ source: 'shop', claims: 'stated' }] });
    expect(own.take(merge())).toMatchObject({ ok: false, code: 'merge_not_allowed' });
  });

  it('is refused from a source whose memberships may not link', () => {
    const own = intakeOf({ ...shipped, sources: [{ source: 'shop', never_link: ['member_id'] }] });
    expect(own.take(merge())).toMatchObject({ ok: false, code: 'identifier_not_allowed' });
  });
});

describe('rules for sources', () => {
  const event = {
    type: 'profile_identified',
    identifiers: { user_id: 'u-1', phone: '13900001111' },
    traits: { kind: 'staff' },
  };
  const verifiedOf = (read: unknown) =>
    (read as Identification).claims.map(({ type, verified }) => `${type} ${verified}`);

  it('drop what may not link, with the documented code, and keep the event', () => {
    const own = intakeOf({ ...shipped, sources: [{ channel: 'web', never_link: ['phone'] }] });
    const read = own.take(event) as Identification;
    expect(verifiedOf(read)).toEqual(['user_id true']);
    expect(read.dropped).toMatchObject([{ type: 'phone', code: 'identifier_not_allowed' }]);
    expect(verifiedOf(own.take({ ...event, channel: 'pos' }))).toHaveLength(2);
  });

  it('make claims of a secret key stated, and its word about kinds worthless', () => {
    const own = intakeOf({ ...shipped, sources: [{ source: 'shop', claims: 'stated' }] });
    const read = own.take(event) as Identification;
    expect(verifiedOf(read)).toEqual(['phone false', 'user_id false']);
    expect(read.kind).toBeUndefined();
    expect(accepted(event).kind).toEqual({ kind: 'staff', by: 'event' });
  });

  it('never make claims of a public key verified', () => {
    const own = intakeOf({ ...shipped, sources: [{ claims: 'verified' }] });
    expect(verifiedOf(own.take(event, false))).toEqual(['phone false', 'user_id false']);
    expect(verifiedOf(own.take(event, true))).toEqual(['phone true', 'user_id true']);
  });

  it('of the shipped policy keep phones of marketplace orders from identifying', () => {
    const order = { ...event, source: 'marketplace-tmall' };
    expect(verifiedOf(accepted(order))).toEqual(['user_id true']);
  });
});

describe('a change of the policy', () => {
  it('holds for the next event, and reading goes on unchanged without one', () => {
    const own = intakeOf(shipped);
    const event = {
      type: 'product_viewed',
      identifiers: { user_id: 'kiosk-7' },
      properties: { item_id: 'i' },
    };
    const before = own.intake.find('user_id', 'kiosk-7');
    expect(own.intake.find('user_id', 'kiosk-7')).toBe(before);
    own.change({ ...shipped, blocked: { ...shipped.blocked, values: ['kiosk-7'] } });
    expect(own.take(event)).toMatchObject({ claims: [], dropped: [{ code: 'blocked_identifier' }] });
    expect(own.intake.find('user_id', 'kiosk-7')).toMatchObject({ code: 'blocked_identifier' });
    own.change({ ...shipped, kinds: { lists: { bot: ['user_id:kiosk-7'] }, rules: [] } });
    expect(own.take(event, false)).toMatchObject({ claims: [before], kind: { kind: 'bot', by: 'list' } });
  });
});
