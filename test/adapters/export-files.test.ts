import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openExportFiles } from '../../src/adapters/embedded/export-files.ts';
import { createTemporaryDirectory, type TemporaryDirectory } from './temporary-directory.ts';

describe('files of exports', () => {
  let directory: TemporaryDirectory;
  beforeEach(() => {
    directory = createTemporaryDirectory();
  });
  afterEach(() => directory.remove());
  const files = () => openExportFiles(join(directory.path, 'exports'));

  it('give back what was written, to its key alone, and say nothing on the disk', async () => {
    const parts = fc.array(fc.string({ unit: 'grapheme', maxLength: 400 }), { maxLength: 20 });
    let n = 0;
    await fc.assert(
      fc.asyncProperty(parts, async (all) => {
        const name = `x-${++n}`;
        const held = files();
        const { key, bytes } = await held.write(name, Readable.from(all), 1_000_000);
        const whole = all.join('');
        expect(bytes).toBe(Buffer.byteLength(whole));
        expect(await text(held.read(name, key))).toBe(whole);
        await expect(text(held.read(name, Buffer.alloc(32)))).rejects.toMatchObject({ code: 'seal_broken' });
      }),
      { numRuns: 30 },
    );
  });

  it('show that a byte was changed', async () => {
    const held = files();
    const { key } = await held.write('x-1', Readable.from(['a'.repeat(200_000)]), 1_000_000);
    const path = join(directory.path, 'exports', 'x-1');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const bytes = readFileSync(path);
    expect(bytes.includes('aaaa')).toBe(false);
    for (const at of [0, 100_000, bytes.length - 1]) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 1;
      writeFileSync(path, changed);
      await expect(text(held.read('x-1', key))).rejects.toMatchObject({ code: 'seal_broken' });
    }
  });

  it('leave nothing behind when they fail, when they grow too large, and when another process begins', async () => {
    const held = files();
    const failing = async function* () {
      yield 'a';
      throw new RangeError('away');
    };
    await expect(held.write('x-1', failing(), 100)).rejects.toMatchObject({ code: 'internal' });
    const large = held.write('x-2', Readable.from(['a'.repeat(101)]), 100);
    await expect(large).rejects.toMatchObject({ code: 'export_too_large' });
    await held.write('x-3', Readable.from(['a']), 100);
    expect(readdirSync(join(directory.path, 'exports'))).toEqual(['x-3']);
    await held.clear();
    await held.remove('x-3');
    expect(readdirSync(join(directory.path, 'exports'))).toEqual([]);
  });
});
