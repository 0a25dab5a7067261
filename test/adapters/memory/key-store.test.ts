import { describe, expect, it } from 'vitest';
import { createMemoryKeyStore } from '../../../src/adapters/memory/key-store.ts';
import { describeKeyStore } from '../../conformance/key-store.ts';

describeKeyStore({
  name: 'memory',
  createHome: async () => {
    const keys = createMemoryKeyStore();
    return { open: async () => keys, close: async () => undefined, remove: async () => undefined };
  },
});

describe('the faults of the memory key store', () => {
  it('fails writes while it is told to, and still reads', async () => {
    const keys = createMemoryKeyStore();
    await keys.putIfAbsent('facet', Buffer.from('one'));
    keys.fail(true);
    await expect(keys.putIfAbsent('other', Buffer.from('two'))).rejects.toMatchObject({
      code: 'log_unavailable',
    });
    expect(keys.get('facet')).toBeDefined();
    keys.fail(false);
    await expect(keys.putIfAbsent('other', Buffer.from('two'))).resolves.toBeDefined();
  });
});
