import { describe, expect, it } from 'vitest';
import { createMemoryKeyStore } from '../../src/adapters/memory/key-store.ts';
import { createManualClock } from '../../src/adapters/memory/manual-clock.ts';
import { KeyWrapping } from '../../src/ingest/key-wrapping.ts';
import { createKeyring } from '../../src/ingest/keyring.ts';
import { openRootSecret } from '../../src/ingest/root-secret.ts';
import { createSealer } from '../../src/ingest/seal.ts';
import { JobRegistry } from '../../src/jobs/jobs.ts';
import { createMasterRotation } from '../../src/jobs/master-rotation.ts';
import { limits } from '../../src/limits.ts';
import type { AuditEntry } from '../../src/model/audit.ts';
import type { EpochMs } from '../../src/model/time.ts';

const space = 'main';
const old = new Uint8Array(32).fill(1);
const fresh = new Uint8Array(32).fill(2);
const clock = createManualClock(3_600_000_000 as EpochMs);
const FACETS = limits.rewrapPage + 20;

async function deployment() {
  const keys = createMemoryKeyStore();
  const root = await openRootSecret({ keys, master: old, space, founded: undefined });
  const before = createKeyring({ master: old, root, keys, space, clock });
  const seal = createSealer(before);
  const sealed: string[] = [];
  for (let n = 0; n < FACETS; n += 1) {
    const place = { facet: `f${n}`, path: '/traits/name' };
    sealed.push(seal.seal(await before.facetKey(place.facet), place, `name ${n}`));
  }
  await keys.putIfAbsent('!deployment', Buffer.from('{}'));
  return { keys, root, sealed };
}

function rotation(keys: ReturnType<typeof createMemoryKeyStore>, previous?: Uint8Array) {
  const entries: AuditEntry[] = [];
  let done = 0;
  const jobs = new JobRegistry({ clock, onError: () => undefined });
  const service = createMasterRotation({
    keys,
    jobs,
    wrapping: new KeyWrapping({ master: fresh, previous, space }),
    audit: { record: async (entry) => void entries.push(entry) },
    onDone: () => {
      done += 1;
    },
  });
  const run = async () => {
    const { id } = service.rotate('operator');
    await expect.poll(() => jobs.get(id)?.status, { timeout: 30_000 }).toMatch(/done|failed/);
    return jobs.get(id);
  };
  return { run, service, entries, done: () => done };
}

describe('the exchange of the master key', () => {
  it('wraps every stored key anew, so that the old one opens none and the new one all, and all that was sealed', async () => {
    const { keys, root, sealed } = await deployment();
    const exchange = rotation(keys, old);
    expect(exchange.service.status().previous).toMatch(/^[0-9a-f]{8}$/);
    const job = await exchange.run();
    expect(job?.result).toMatchObject({ keys: FACETS + 1, rewrapped: FACETS + 1, unreadable: 0 });
    expect(exchange.entries).toMatchObject([
      { action: 'master_key_rotated', author: 'operator', count: FACETS + 1 },
    ]);
    expect(exchange.done()).toBe(1);
    const now = await openRootSecret({ keys, master: fresh, space, founded: 'any' });
    expect(now).toEqual(root);
    const open = createSealer(createKeyring({ master: fresh, root: now, keys, space, clock }));
    for (const [n, text] of sealed.entries()) {
      expect(await open.open({ facet: `f${n}`, path: '/traits/name' }, text)).toBe(`name ${n}`);
    }
    await expect(openRootSecret({ keys, master: old, space, founded: 'any' })).rejects.toMatchObject({
      code: 'key_mismatch',
    });
    expect(Buffer.from((await keys.get('!deployment')) ?? []).toString()).toBe('{}');
    expect((await exchange.run())?.result).toMatchObject({ rewrapped: 0, unreadable: 0 });
  });

  it('counts keys that neither opens, and forgets nothing then', async () => {
    const { keys } = await deployment();
    const exchange = rotation(keys);
    expect((await exchange.run())?.result).toMatchObject({ rewrapped: 0, unreadable: FACETS + 1 });
    expect(exchange.done()).toBe(0);
  });

  it('brings back no key that was destroyed meanwhile', async () => {
    const { keys } = await deployment();
    const replace = keys.replace.bind(keys);
    const racing = {
      ...keys,
      replace: async (name: string, expected: Uint8Array, wrapped: Uint8Array) => {
        if (name === 'f7') await keys.delete(name);
        return await replace(name, expected, wrapped);
      },
    };
    const exchange = rotation(racing, old);
    expect((await exchange.run())?.result).toMatchObject({ rewrapped: FACETS, unreadable: 0 });
    expect(await keys.get('f7')).toBeUndefined();
  });
});
