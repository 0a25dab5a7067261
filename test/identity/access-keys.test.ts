import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { limits } from '../../src/limits.ts';
import type { AccessKeyChange, KeyTerms } from '../../src/model/access-key.ts';
import { FoldedKeys } from '../support/folded-keys.ts';

const terms: KeyTerms = {
  scopes: ['read'],
  origins: 'any',
  requestsPerSecond: 0,
  eventsPerSecond: 0,
  expiresAt: 0,
};

function secretOf(n: number) {
  return { digest: String(n).padStart(64, '0'), hint: String(n) };
}

function create(id: string, name = id, n = 0): AccessKeyChange {
  return { action: 'create', id, name, kind: 'secret', terms, secret: secretOf(n) };
}

describe('foldAccessKey', () => {
  it('keeps a name to one key at a time, and gives it on once that is revoked', () => {
    const keys = new FoldedKeys();
    expect(keys.fold(create('a', 'till'))).toMatchObject({ status: 'applied', detail: { id: 'a' } });
    expect(keys.fold(create('b', 'till'))).toMatchObject({ status: 'refused', code: 'key_name_taken' });
    keys.fold({ action: 'revoke', id: 'a' });
    expect(keys.fold(create('b', 'till')).status).toBe('applied');
  });

  it('changes nothing when a record comes twice', () => {
    const keys = new FoldedKeys();
    const twice: AccessKeyChange[] = [
      create('a'),
      { action: 'rotate', id: 'a', secret: secretOf(1), graceMs: 60_000 },
      { action: 'revoke', id: 'a' },
    ];
    for (const change of twice) {
      keys.fold(change);
      const before = keys.entries;
      keys.now += 1_000;
      expect(keys.fold(change).status).toBe('applied');
      expect(keys.entries).toEqual(before);
    }
  });

  it('leaves of a revoked key who did it and when, and nothing that could match', () => {
    const keys = new FoldedKeys();
    keys.fold(create('a'));
    keys.fold({ action: 'revoke', id: 'a' }, 'lee');
    expect(keys.entries).toMatchObject([{ id: 'a', secrets: [], revoked: { at: keys.now, by: 'lee' } }]);
    expect(keys.fold({ action: 'change', id: 'a', terms: {} }).code).toBe('key_revoked');
    expect(keys.fold({ action: 'rotate', id: 'a', secret: secretOf(1), graceMs: 0 }).code).toBe(
      'key_revoked',
    );
    expect(keys.fold({ action: 'revoke', id: 'b' }).code).toBe('key_not_found');
  });

  it('has two secrets at most while one takes over, and a grace of 0 ends all before', () => {
    const keys = new FoldedKeys();
    const rotate = (n: number, graceMs: number) =>
      keys.fold({ action: 'rotate', id: 'a', secret: secretOf(n), graceMs });
    const live = () => keys.entries[0]?.secrets.map(({ hint, until }) => [hint, until]);
    keys.fold(create('a'));
    rotate(1, 1_000);
    expect(live()).toEqual([
      ['1', 0],
      ['0', keys.now + 1_000],
    ]);
    expect(rotate(2, 1_000).code).toBe('key_rotating');
    expect(rotate(2, 0).status).toBe('applied');
    expect(live()).toEqual([['2', 0]]);
    rotate(3, 1_000);
    keys.now += 1_000;
    expect(rotate(4, 1_000).status).toBe('applied');
  });

  it('takes so many keys and no more, and forgets those that were revoked long ago', () => {
    const keys = new FoldedKeys();
    for (let n = 0; n < limits.issuedKeysMax; n++) keys.fold(create(`k${n}`));
    expect(keys.fold(create('more')).code).toBe('keys_full');
    for (let n = limits.issuedKeysMax - 1; n >= 0; n--) {
      keys.now += 1;
      keys.fold({ action: 'revoke', id: `k${n}` });
    }
    expect(keys.fold(create('more')).status).toBe('applied');
    const revoked = keys.entries.filter((each) => each.revoked !== undefined).map(({ id }) => id);
    expect(revoked).toEqual(Array.from({ length: limits.revokedKeysKept }, (_, n) => `k${n}`));
  });

  it('holds to its rules whatever comes in whatever order', () => {
    const id = fc.constantFrom('a', 'b', 'c');
    const change: fc.Arbitrary<AccessKeyChange> = fc.oneof(
      fc.tuple(id, fc.constantFrom('x', 'y'), fc.nat(9)).map(([key, name, n]) => create(key, name, n)),
      fc.tuple(id, fc.nat(9), fc.constantFrom(0, 1_000)).map(
        ([key, n, graceMs]): AccessKeyChange => ({
          action: 'rotate',
          id: key,
          secret: secretOf(n),
          graceMs,
        }),
      ),
      id.map((key): AccessKeyChange => ({ action: 'revoke', id: key })),
      id.map((key): AccessKeyChange => ({ action: 'change', id: key, terms: { scopes: ['admin'] } })),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(change, fc.constantFrom(0, 600))), (changes) => {
        const keys = new FoldedKeys();
        for (const [each, passed] of changes) {
          keys.now += passed;
          const before = keys.entries;
          if (keys.fold(each).status === 'refused') expect(keys.entries).toEqual(before);
          const live = keys.entries.filter(({ revoked }) => revoked === undefined);
          expect(new Set(live.map(({ name }) => name)).size).toBe(live.length);
          for (const { secrets } of live) {
            expect(secrets.length).toBeLessThanOrEqual(2);
            expect(secrets.map(({ until }) => until === 0)).toEqual(secrets.map((_, i) => i === 0));
          }
        }
      }),
    );
  });
});
