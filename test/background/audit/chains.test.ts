import { describe, expect, it } from 'vitest';
import { createMemoryAuditStore, type MemoryAuditStore } from '../../../src/adapters/memory/audit-store.ts';
import { createManualClock } from '../../../src/adapters/memory/manual-clock.ts';
import { AuditWriter } from '../../../src/background/audit/audit-writer.ts';
import { readLines } from '../../../src/background/audit/chain.ts';
import { verifyChains } from '../../../src/background/audit/verify-chains.ts';
import { limits } from '../../../src/limits.ts';
import type { AuditEntry } from '../../../src/model/audit.ts';
import type { EpochMs } from '../../../src/model/time.ts';

const key = { key: new Uint8Array(32).fill(7), space: 'main' };

function world() {
  const store = createMemoryAuditStore();
  const clock = createManualClock(1_795_255_200_000 as EpochMs);
  const open = (writer = 'local') => AuditWriter.open({ store, key, clock, writer });
  const verify = (heads: { chain: string; n: number; mac: string }[] = []) =>
    verifyChains({ store, key, heads });
  return { store, open, verify };
}

const read = (n: number): AuditEntry => ({
  action: 'personal_data_read',
  author: 'server',
  subjects: [`profile-${n}`],
  fields: ['traits.phone'],
  via: 'GET /v1/profiles/:id',
});

const linesOf = (store: MemoryAuditStore, chain = 'local') =>
  (store.kept.get(chain)?.pages ?? []).flatMap(({ bytes }) => readLines(bytes));

async function filled(entries = 6) {
  const made = world();
  const writer = await made.open();
  for (let n = 0; n < entries; n += 1) await writer.record(read(n));
  return { ...made, writer };
}

describe('the writer of an audit chain', () => {
  it('answers once an entry is durable, and shares one write among calls of the same moment', async () => {
    const { store, open, verify } = world();
    const writer = await open();
    await Promise.all(Array.from({ length: 30 }, (_, n) => writer.record(read(n))));
    expect(linesOf(store)).toHaveLength(31);
    expect(store.kept.get('local')?.pages.length).toBeLessThan(5);
    expect(await verify()).toMatchObject({ ok: true, entries: 31, findings: [] });
    expect(writer.head.n).toBe(31);
  });

  it('names everybody whose data was shown, in as many entries as that takes', async () => {
    const { store, open, verify } = world();
    const writer = await open();
    const subjects = Array.from({ length: 1_000 }, (_, n) => `profile-${n}`);
    await writer.record({ ...read(0), subjects });
    expect(linesOf(store).flatMap(({ entry }) => entry?.subjects ?? [])).toEqual(subjects);
    expect((await verify()).ok).toBe(true);
  });

  it('goes on after a start, and notes that it did', async () => {
    const { store, open, verify, writer } = await filled();
    await writer.stop();
    const again = await open();
    await again.record(read(9));
    expect(store.chains()).toEqual(['local']);
    expect(linesOf(store).map(({ entry }) => entry?.action)[7]).toBe('chain_opened');
    expect(await verify()).toMatchObject({ ok: true, entries: 9 });
  });

  for (const how of ['before', 'after'] as const) {
    it(`refuses while the store fails ${how} it has kept the page, and goes on with a whole chain`, async () => {
      const { store, verify, writer } = await filled();
      store.fail(how);
      await expect(writer.record(read(1))).rejects.toMatchObject({ code: 'audit_unavailable' });
      store.fail(undefined);
      await writer.record(read(2));
      expect(await verify()).toMatchObject({ ok: true, entries: how === 'after' ? 9 : 8 });
    });
  }

  it('refuses what would have to wait beyond its bound, and everything once it is stopped', async () => {
    const { writer } = await filled(0);
    const many = Array.from({ length: limits.auditWaitingMax + 5 }, (_, n) => writer.record(read(n)));
    const settled = await Promise.allSettled(many);
    expect(settled.filter(({ status }) => status === 'rejected').length).toBeGreaterThan(0);
    await writer.stop();
    await expect(writer.record(read(1))).rejects.toMatchObject({ code: 'audit_unavailable' });
  });

  it('begins a chain beside one that does not end as its head says, and leaves what is wrong to be found', async () => {
    const { store, open, verify } = await filled();
    store.kept.get('local')?.pages.pop();
    const writer = await open();
    await writer.record(read(9));
    expect(store.chains()).toEqual(['local', 'local.2']);
    const first = linesOf(store, 'local.2')[0]?.entry;
    expect(first).toMatchObject({ action: 'chain_opened', detail: 'local does not end as its head says' });
    await (await open()).record(read(10));
    expect(store.chains()).toEqual(['local', 'local.2']);
    const found = await verify();
    expect(found.findings[0]).toEqual({ chain: 'local', n: 7, kind: 'truncated' });
  });
});

describe('verifying an audit chain', () => {
  it('finds any bit that was changed in any byte of any page and head', async () => {
    const { store, verify } = await filled(4);
    const kept = store.kept.get('local');
    const all = [...(kept?.pages.map(({ bytes }) => bytes) ?? []), kept?.head ?? new Uint8Array()];
    expect((await verify()).ok).toBe(true);
    let flips = 0;
    for (const bytes of all) {
      for (let at = 0; at < bytes.length; at += 1) {
        const bit = 1 << (at % 8);
        bytes[at] = (bytes[at] ?? 0) ^ bit;
        const { ok, findings } = await verify();
        expect({ at, ok, findings: findings.length > 0 }).toEqual({ at, ok: false, findings: true });
        bytes[at] = (bytes[at] ?? 0) ^ bit;
        flips += 1;
      }
    }
    expect(flips).toBeGreaterThan(1_000);
    expect((await verify()).ok).toBe(true);
  });

  it('finds entries that were removed, moved, repeated or cut off', async () => {
    const whole = await filled(8);
    const pages = whole.store.kept.get('local')?.pages ?? [];
    const tampered: (readonly (typeof pages)[number][])[] = [];
    for (let at = 0; at < pages.length; at += 1) {
      tampered.push(pages.filter((_, index) => index !== at));
      tampered.push(pages.slice(0, at));
      tampered.push([...pages.slice(0, at), ...pages.slice(at, at + 1), ...pages.slice(at)]);
      const [one, other] = [pages[at], pages[at + 1]];
      if (one !== undefined && other !== undefined) {
        const moved = [
          { n: one.n, bytes: other.bytes },
          { n: other.n, bytes: one.bytes },
        ];
        tampered.push([...pages.slice(0, at), ...moved, ...pages.slice(at + 2)]);
        // Renumbered, as if the one had never been.
        tampered.push([
          ...pages.slice(0, at),
          ...pages.slice(at + 1).map(({ n, bytes }) => ({ n: n - 1, bytes })),
        ]);
      }
    }
    for (const changed of tampered) {
      whole.store.kept.set('local', { pages: [...changed], head: whole.store.kept.get('local')?.head });
      const { ok, findings } = await whole.verify();
      expect({ ok, found: findings.length > 0 }).toEqual({ ok: false, found: true });
    }
  });

  it('finds a head that is gone, and a chain set back as a whole by a head that was kept elsewhere', async () => {
    const { store, verify, writer } = await filled(2);
    const early = structuredClone(store.kept.get('local'));
    await writer.record(read(7));
    const { head } = writer;
    const kept = store.kept.get('local');
    if (kept === undefined || early === undefined) throw new TypeError('nothing is kept');
    store.kept.set('local', { ...kept, head: undefined });
    expect((await verify()).findings).toEqual([{ chain: 'local', n: 4, kind: 'head_missing' }]);
    store.kept.set('local', early);
    expect((await verify()).ok).toBe(true);
    expect((await verify([head])).findings).toEqual([{ chain: 'local', n: 4, kind: 'truncated' }]);
    store.kept.clear();
    expect((await verify([head])).ok).toBe(false);
  });

  it('finds a chain set back or removed by what the chains after it have noted', async () => {
    const { store, open, verify } = world();
    const one = await open('one');
    await one.record(read(1));
    const early = structuredClone(store.kept.get('one'));
    await one.record(read(2));
    await open('two');
    expect((await verify()).ok).toBe(true);
    if (early === undefined) throw new TypeError('nothing is kept');
    store.kept.set('one', early);
    expect((await verify()).findings).toEqual([{ chain: 'one', n: 3, kind: 'truncated' }]);
    await open('three');
    store.kept.delete('one');
    expect((await verify()).ok).toBe(false);
  });

  it('does not take entries of another key, space or chain', async () => {
    const { store, verify } = await filled(3);
    expect((await verifyChains({ store, key: { ...key, space: 'other' } })).ok).toBe(false);
    expect((await verifyChains({ store, key: { ...key, key: new Uint8Array(32) } })).ok).toBe(false);
    const kept = store.kept.get('local');
    if (kept !== undefined) store.kept.set('copy', kept);
    expect((await verify()).ok).toBe(false);
  });
});
