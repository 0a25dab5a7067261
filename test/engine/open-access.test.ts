import { describe, expect, it } from 'vitest';
import type { AccessKeyFollower } from '../../src/background/access-key-follower.ts';
import { openAccess } from '../../src/engine/open-access.ts';
import { writeAccessSecret } from '../../src/model/access-secret.ts';

const secrets = { writeKey: `wk_${'a'.repeat(32)}`, secretKey: `sk_${'b'.repeat(32)}` };
const settings = { writeKey: undefined, writeKeyOrigins: 'any', keys: [] } as const;

/** Nobody has made a key yet; the pepper says what it is derived for, and from which master key. */
function partsOf(master: string) {
  return {
    keyring: { derive: (purpose: string) => Buffer.from(`${master} ${purpose}`) },
    // It tells whoever listens of the keys that there are.
    accessKeys: { listen: (tell) => tell([]) } as Pick<AccessKeyFollower, 'listen'> as AccessKeyFollower,
    clock: { now: () => 1 },
  };
}

describe('openAccess', () => {
  it('takes a write key that the data directory has made up in development alone', () => {
    const namesOf = (mode: 'dev' | 'serve', writeKey?: string) =>
      openAccess({ ...settings, mode, writeKey }, secrets, partsOf('m')).configured.map(({ name }) => name);
    expect(namesOf('dev')).toEqual(['web', 'server']);
    expect(namesOf('serve')).toEqual(['server']);
    expect(namesOf('serve', secrets.writeKey)).toEqual(['web', 'server']);
  });

  it('makes digests that say nothing without the secrets of the deployment', () => {
    const key = writeAccessSecret('secret', new Uint8Array(32).fill(9));
    const digestUnder = (master: string) =>
      openAccess({ ...settings, mode: 'dev' }, secrets, partsOf(master)).digestOf(key);
    expect(digestUnder('m')).toMatch(/^[0-9a-f]{64}$/);
    expect(digestUnder('m')).toBe(digestUnder('m'));
    expect(digestUnder('m')).not.toBe(digestUnder('n'));
  });
});
