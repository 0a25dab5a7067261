import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkFormat, DIRECTORY_FORMAT } from '../../../src/adapters/embedded/directory-format.ts';
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
});
