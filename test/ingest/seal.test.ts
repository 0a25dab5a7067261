import { createDecipheriv } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMemoryKeyStore } from '../../src/adapters/memory/key-store.ts';
import { createKeyring } from '../../src/ingest/keyring.ts';
import { createSealer } from '../../src/ingest/seal.ts';
import { HOUR_MS } from '../../src/model/time.ts';

const keys = createMemoryKeyStore();
const master = new Uint8Array(32).fill(1);
const keyring = createKeyring({ master, keys, space: 'shop', clock: { now: () => 7 * HOUR_MS } });
const sealer = createSealer(keyring);
const place = { facet: 'F', path: 'traits.name' };
const broken = expect.objectContaining({ code: 'seal_broken' });

describe('sealing', () => {
  it('gives back any text at the place where it was sealed', async () => {
    const key = await keyring.facetKey('F');
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string(), (text, path) => {
        const sealed = sealer.seal(key, { facet: 'F', path }, text);
        expect(sealed).toMatch(/^v1\.f\.[A-Za-z0-9_-]+$/);
        expect(sealer.open({ facet: 'F', path }, sealed)).toBe(text);
      }),
    );
  });

  it('writes nonce, ciphertext and tag, bound to space, facet and path', async () => {
    const key = await keyring.facetKey('F');
    const bytes = Buffer.from(sealer.seal(key, place, '张三').slice(5), 'base64url');
    const decipher = createDecipheriv('aes-256-gcm', key.bytes, bytes.subarray(0, 12))
      .setAAD(Buffer.from('shop\u0000F\u0000traits.name'))
      .setAuthTag(bytes.subarray(-16));
    expect(Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()]).toString()).toBe(
      '张三',
    );
  });

  it('never repeats a nonce', async () => {
    const key = await keyring.facetKey('F');
    const nonces = new Set<string>();
    for (let i = 0; i < 2_000; i += 1)
      nonces.add(Buffer.from(sealer.seal(key, place, '').slice(5), 'base64url').toString('hex', 0, 12));
    expect(nonces.size).toBe(2_000);
  });

  it('refuses values that were moved to another place, changed, or are in another form', async () => {
    const sealed = sealer.seal(await keyring.facetKey('F'), place, 'Ann');
    const intake = sealer.seal(keyring.intakeKey(3), place, 'Ann');
    await keyring.facetKey('G');
    expect(() => sealer.open({ ...place, path: 'traits.email' }, sealed)).toThrow(broken);
    expect(() => sealer.open({ ...place, facet: 'G' }, sealed)).toThrow(broken);
    expect(() => sealer.open({ ...place, facet: 'G' }, intake)).toThrow(broken);
    expect(() => sealer.open(place, intake.replace('.i3.', '.i4.'))).toThrow(broken);
    const bytes = Buffer.from(sealed.slice(5), 'base64url');
    for (const at of [0, 12, bytes.length - 1]) {
      const changed = Buffer.from(bytes);
      changed[at] = changed[at]! ^ 1;
      expect(() => sealer.open(place, `v1.f.${changed.toString('base64url')}`)).toThrow(broken);
    }
    for (const text of ['', 'Ann', 'v2.f.AAAA', 'v1.f.', 'v1.x.AAAA'])
      expect(() => sealer.open(place, text)).toThrow(broken);
  });

  it('opens what was sealed under an intake key, and nothing whose facet key was destroyed', async () => {
    const gone = { facet: 'gone', path: 'traits.name' };
    const own = sealer.seal(await keyring.facetKey('gone'), gone, 'Ann');
    const intake = sealer.seal(keyring.intakeKey(3), gone, 'Ann');
    await keyring.destroy('gone');
    expect(sealer.open(gone, own)).toBeUndefined();
    expect(sealer.open(gone, intake)).toBe('Ann');
  });

  it('seals a whole event for quarantine under the intake key of the hour', () => {
    const sealed = sealer.sealQuarantined('{"phone":"13900001111"}');
    expect(sealed).toMatch(/^v1\.i7\./);
    expect(sealer.openQuarantined(sealed)).toBe('{"phone":"13900001111"}');
    expect(() => sealer.openQuarantined(sealed.replace('.i7.', '.f.'))).toThrow(broken);
  });
});
