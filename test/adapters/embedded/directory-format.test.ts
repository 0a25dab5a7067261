import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  checkFormat,
  DIRECTORY_FORMAT,
  formatSteps,
} from '../../../src/adapters/embedded/directory-format.ts';
import { createTemporaryDirectory, type TemporaryDirectory } from '../temporary-directory.ts';

const FORMAT_ERROR = expect.objectContaining({ code: 'data_format' });

describe('the format of a data directory', () => {
  let directory: TemporaryDirectory;
  beforeEach(() => {
    directory = createTemporaryDirectory();
  });
  afterEach(() => directory.remove());

  it('is written into a new directory, which may not exist yet, and accepted from then on', () => {
    const path = join(directory.path, 'not', 'there');
    checkFormat(path);
    checkFormat(path);
    expect(readdirSync(path)).toEqual(['format']);
    expect(readFileSync(join(path, 'format'), 'utf8')).toBe(`tessera ${DIRECTORY_FORMAT}\n`);
  });

  it('refuses another version and leaves it alone', () => {
    writeFileSync(join(directory.path, 'format'), `tessera ${DIRECTORY_FORMAT + 1}\n`);
    expect(() => checkFormat(directory.path)).toThrowError(FORMAT_ERROR);
    expect(readFileSync(join(directory.path, 'format'), 'utf8')).toBe(`tessera ${DIRECTORY_FORMAT + 1}\n`);
  });

  it('refuses data without a format', () => {
    mkdirSync(join(directory.path, 'log'));
    expect(() => checkFormat(directory.path)).toThrowError(FORMAT_ERROR);
  });

  it('says of a newer one what to do, and of a text that is none that it is none', () => {
    writeFileSync(join(directory.path, 'format'), `tessera ${DIRECTORY_FORMAT + 1}\n`);
    expect(() => checkFormat(directory.path)).toThrowError(/newer version.*start that version again/);
    writeFileSync(join(directory.path, 'format'), 'another program 2\n');
    expect(() => checkFormat(directory.path)).toThrowError(/no format of Tessera/);
  });

  it('is brought up step by step, and goes on after a crash where it was', () => {
    const path = join(directory.path, 'format');
    writeFileSync(path, 'tessera 2\n');
    const applied: number[] = [];
    let crash = true;
    const steps = [2, 3, 4].map((from) => ({
      from,
      apply: () => {
        if (from === 3 && crash) throw new TypeError('crash');
        applied.push(from);
      },
    }));
    expect(() => checkFormat(directory.path, { format: 5, steps })).toThrowError('crash');
    expect(readFileSync(path, 'utf8')).toBe('tessera 3\n');
    crash = false;
    checkFormat(directory.path, { format: 5, steps });
    expect(applied).toEqual([2, 3, 4]);
    expect(readFileSync(path, 'utf8')).toBe('tessera 5\n');
  });

  it('refuses an older one from which no step leads here, and has every step from the first released one', () => {
    writeFileSync(join(directory.path, 'format'), 'tessera 1\n');
    expect(() => checkFormat(directory.path)).toThrowError(/a version in between/);
    const released = Array.from({ length: DIRECTORY_FORMAT - 2 }, (_, n) => n + 2);
    expect(formatSteps.map(({ from }) => from)).toEqual(released);
  });
});
