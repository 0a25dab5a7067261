import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Environment } from '../../../src/adapters/embedded/environment.ts';
import { createTemporaryDirectory, type TemporaryDirectory } from '../temporary-directory.ts';

const CODES = { full: 'log_full', failed: 'log_unavailable' } as const;

describe('an environment', () => {
  let directory: TemporaryDirectory;
  beforeEach(() => {
    directory = createTemporaryDirectory();
  });
  afterEach(() => directory.remove());

  it('lives in directories that did not exist, dots in their names included', async () => {
    const path = join(directory.path, 'data.d', 'log.v1');
    const environment = new Environment(path, CODES);
    const database = environment.database<string>('things');
    await environment.write(() => {
      void database.put('key', Buffer.from('value'));
    });
    await environment.close();
    const again = new Environment(path, CODES);
    expect(String(again.database<string>('things').get('key'))).toBe('value');
    await again.close();
  });

  it('stops writing for good when something other than room fails', async () => {
    const environment = new Environment(join(directory.path, 'log'), CODES);
    const database = environment.database<string>('things');
    const broken = environment.write(() => {
      void database.put('k'.repeat(5_000), Buffer.from('value'));
    });
    await expect(broken).rejects.toMatchObject({ code: 'log_unavailable' });
    await expect(environment.write(() => undefined)).rejects.toBe(environment.failure);
    expect(database.get('key')).toBeUndefined();
    await environment.close();
  });

  it('refuses writes once it is closed, and closes only once', async () => {
    const environment = new Environment(join(directory.path, 'log'), CODES);
    await environment.close();
    await environment.close();
    await expect(environment.write(() => undefined)).rejects.toMatchObject({ code: 'log_unavailable' });
  });
});
