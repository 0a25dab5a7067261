import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type WeighedConfig, weighSettings } from '../../src/config/weak-settings.ts';
import { writeAccessSecret } from '../../src/model/access-secret.ts';

/** Thirty-two bytes without a pattern: the first digits of the square roots of primes. */
const MASTER = Uint8Array.from(
  [
    2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101,
  ].concat([103, 107, 109, 113, 127, 131]),
  (prime) => Math.floor((Math.sqrt(prime) % 1) * 256),
);
const TEXT = Buffer.from(MASTER).toString('base64url');

const strong: WeighedConfig = {
  masterKey: MASTER,
  secretKey: `sk_${TEXT}`,
  writeKey: writeAccessSecret('write', MASTER),
  writeKeyOrigins: ['https://shop.example'],
  keys: [],
  webhooksHttp: false,
  webhooksAllow: [],
  metricsPublic: false,
  historyWritable: false,
  natsUrl: 'nats://127.0.0.1:4222,localhost:4223',
  redisUrl: 'redis+cluster://user:word@redis.example:6379',
  crashAt: undefined,
};

function refused(changed: Partial<WeighedConfig>): readonly string[] {
  return weighSettings({ ...strong, ...changed }).refused;
}

function doubtful(changed: Partial<WeighedConfig>): readonly string[] {
  return weighSettings({ ...strong, ...changed }).doubtful;
}

describe('weighSettings', () => {
  it('has nothing to say about strong settings', () => {
    expect(weighSettings(strong)).toEqual({ refused: [], doubtful: [] });
    expect(refused({ writeKey: undefined })).toEqual([]);
  });

  it('lists everything at once', () => {
    const list = refused({
      masterKey: undefined,
      secretKey: undefined,
      writeKey: `wk_${'0'.repeat(32)}`,
      keys: [{ key: `sk_${'ab'.repeat(20)}`, name: 'till', scopes: ['read'], origins: 'any' }],
      webhooksHttp: true,
      webhooksAllow: ['0.0.0.0/0'],
    });
    expect(list.map((line) => /TESSERA_\w+|the key till/.exec(line)?.[0])).toEqual([
      'TESSERA_MASTER_KEY',
      'TESSERA_SECRET_KEY',
      'TESSERA_WRITE_KEY',
      'the key till',
      'TESSERA_WEBHOOKS_HTTP',
      'TESSERA_WEBHOOKS_ALLOW',
    ]);
  });

  it.each([
    '0'.repeat(32),
    'abc'.repeat(12),
    'my-very-own-password-for-tessera-2026',
    '0123456789abcdefghijklmnopqrstuv',
    'aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbcccccccc',
  ])('takes sk_%s for a text that can be guessed, and never says it', (text) => {
    const list = refused({ secretKey: `sk_${text}` });
    expect(list).toHaveLength(1);
    expect(list.join()).not.toContain(text);
  });

  it.each([
    ['repeated bytes', new Uint8Array(32).fill(7)],
    ['counted bytes', Uint8Array.from({ length: 32 }, (_, i) => i * 3)],
    ['a typed text', Uint8Array.from(Buffer.from('Correct-Horse-Battery-Staple-42!'))],
  ])('takes a master key of %s for none', (_, masterKey) => {
    expect(refused({ masterKey })).toHaveLength(1);
  });

  it('lets every random key pass, in each of the forms that people make them in', () => {
    fc.assert(
      fc.property(
        // Even bytes, not those that a search for failures begins with: these are the weak ones.
        fc.nat().map((seed) => createHash('sha256').update(String(seed)).digest()),
        (random) => {
          const buffer = Buffer.from(random);
          const texts = [
            buffer.toString('base64url'),
            buffer.toString('hex'),
            buffer.toString('hex').slice(0, 32),
            writeAccessSecret('secret', random).slice(3),
          ];
          for (const text of texts) expect(refused({ secretKey: `sk_${text}` })).toEqual([]);
          expect(refused({ masterKey: random })).toEqual([]);
        },
      ),
    );
  });

  it('refuses a public key that is the secret one but for its beginning', () => {
    expect(refused({ writeKey: `wk_${TEXT}` })).toEqual([expect.stringContaining('alike')]);
  });

  it('leaves to the operator what may be meant so', () => {
    expect(doubtful({ writeKeyOrigins: 'any' })).toHaveLength(1);
    expect(doubtful({ metricsPublic: true, historyWritable: true })).toHaveLength(2);
    expect(doubtful({ natsUrl: 'nats://nats.example:4222', redisUrl: 'redis://10.0.0.1' })).toHaveLength(2);
    const keys = [
      { key: writeAccessSecret('write', MASTER), name: 'app', scopes: ['ingest'], origins: 'any' },
    ] as const;
    expect(doubtful({ keys, writeKey: undefined })).toEqual([expect.stringContaining('app')]);
  });
});
