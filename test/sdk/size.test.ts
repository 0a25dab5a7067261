import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';

const BYTES_MAX = 6 * 1024;

describe('tessera.js', () => {
  const script = readFileSync(new URL('../../dist/sdk/tessera.js', import.meta.url));
  const text = script.toString();

  it('is at most 6 KB, compressed as the engine sends it', () => {
    expect(gzipSync(script, { level: 9 }).length).toBeLessThanOrEqual(BYTES_MAX);
  });

  it('is one script that loads nothing else and knows its version', () => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
      readonly version: string;
    };
    expect(text).not.toMatch(/\bimport\b|\brequire\(|\beval\(|document\.cookie/);
    expect(text).toContain(`"${version}"`);
  });
});
