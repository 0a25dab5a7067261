import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  checkFingerprint,
  forgetMasterKey,
  openSecrets,
  type PresetSecrets,
} from '../../../src/adapters/embedded/secrets.ts';
import { createTemporaryDirectory, type TemporaryDirectory } from '../temporary-directory.ts';

const NONE: PresetSecrets = { writeKey: undefined, secretKey: undefined, masterKey: undefined };

describe('the secrets of a data directory', () => {
  let temporary: TemporaryDirectory;
  let directory: string;

  beforeEach(() => {
    temporary = createTemporaryDirectory();
    directory = join(temporary.path, 'data');
  });

  afterEach(() => {
    temporary.remove();
  });

  const file = (): string => join(directory, 'secrets.json');
  const stored = (): unknown => JSON.parse(readFileSync(file(), 'utf8'));
  const put = (text: string): void => {
    mkdirSync(directory, { recursive: true });
    writeFileSync(file(), text);
  };

  it('are made once and found again', () => {
    const made = openSecrets(directory, NONE);
    expect(made.writeKey).toMatch(/^wk_[\w-]{43}$/);
    expect(made.secretKey).toMatch(/^sk_[\w-]{43}$/);
    expect(made.masterKey).toHaveLength(32);
    expect(openSecrets(directory, NONE)).toEqual(made);
    expect(openSecrets(join(temporary.path, 'other'), NONE).masterKey).not.toEqual(made.masterKey);
  });

  it('name the master key that was stored as the previous one, until it is forgotten', () => {
    const made = openSecrets(directory, NONE);
    forgetMasterKey(directory, made.masterKey);
    const preset = { ...NONE, masterKey: Buffer.alloc(32, 9) };
    expect(openSecrets(directory, preset).masterKeyPrevious).toEqual(made.masterKey);
    const masterKeyPrevious = Buffer.alloc(32, 8);
    expect(openSecrets(directory, { ...preset, masterKeyPrevious }).masterKeyPrevious).toBe(
      masterKeyPrevious,
    );
    forgetMasterKey(directory, preset.masterKey);
    expect(openSecrets(directory, preset)).not.toHaveProperty('masterKeyPrevious');
    expect(stored()).not.toHaveProperty('master_key');
    expect(openSecrets(directory, preset).secretKey).toBe(made.secretKey);
  });

  it('can be read by their owner only', () => {
    openSecrets(directory, NONE);
    expect(statSync(file()).mode & 0o777).toBe(0o600);
    expect(readdirSync(directory)).toEqual(['secrets.json']);
  });

  it('give way to presets, which are not written down', () => {
    const preset = {
      writeKey: `wk_${'w'.repeat(32)}`,
      secretKey: `sk_${'s'.repeat(32)}`,
      masterKey: Buffer.alloc(32, 9),
    };
    expect(openSecrets(directory, preset)).toEqual(preset);
    const text = readFileSync(file(), 'utf8');
    for (const secret of [preset.writeKey, preset.secretKey, preset.masterKey.toString('base64url')])
      expect(text).not.toContain(secret);
    expect(stored()).not.toHaveProperty('master_key');
  });

  it('keep a master key that was stored before while another is preset', () => {
    const made = openSecrets(directory, NONE);
    openSecrets(directory, { ...NONE, masterKey: Buffer.alloc(32, 9) });
    expect(openSecrets(directory, NONE)).toEqual(made);
  });

  it('are completed where some are missing', () => {
    put('{ "write_key": "wk_kept" }');
    expect(openSecrets(directory, NONE).writeKey).toBe('wk_kept');
    expect(stored()).toMatchObject({ write_key: 'wk_kept', secret_key: expect.stringMatching(/^sk_/) });
  });

  it('are never replaced when they cannot be read', () => {
    for (const text of ['{', '[]', '"x"', '{ "master_key": 7 }']) {
      put(text);
      expect(() => openSecrets(directory, NONE)).toThrow(expect.objectContaining({ code: 'invalid_config' }));
      expect(readFileSync(file(), 'utf8')).toBe(text);
    }
  });

  it('are told apart by the fingerprint of the master key that the directory was written under', () => {
    openSecrets(directory, NONE);
    checkFingerprint(directory, '0a1b2c3d');
    checkFingerprint(directory, '0a1b2c3d');
    expect(() => checkFingerprint(directory, 'ffffffff')).toThrow(
      expect.objectContaining({ code: 'key_mismatch' }),
    );
    checkFingerprint(directory, '0a1b2c3d');
  });
});
