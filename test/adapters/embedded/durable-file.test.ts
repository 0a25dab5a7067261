import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDirectory, replaceFile } from '../../../src/adapters/embedded/durable-file.ts';
import { createTemporaryDirectory, type TemporaryDirectory } from '../temporary-directory.ts';

describe('durable files', () => {
  let directory: TemporaryDirectory;
  beforeEach(() => {
    directory = createTemporaryDirectory();
  });
  afterEach(() => directory.remove());

  it('creates a directory with those above it, and is content where it exists', () => {
    const path = join(directory.path, 'a', 'b');
    createDirectory(path);
    createDirectory(path);
    expect(statSync(path).isDirectory()).toBe(true);
  });

  it('replaces a file and leaves no draft behind', () => {
    const path = join(directory.path, 'file');
    replaceFile(path, 'one');
    replaceFile(path, 'two');
    expect(readFileSync(path, 'utf8')).toBe('two');
    expect(readdirSync(directory.path)).toEqual(['file']);
  });
});
