import { afterEach, describe, expect, it } from 'vitest';
import { AccessKeyFollower } from '../../src/background/access-key-follower.ts';
import { Definitions } from '../../src/definitions/definitions.ts';
import { TesseraError } from '../../src/errors.ts';
import type { AccessKeyEntry } from '../../src/model/access-key.ts';
import { createEntryCodec } from '../../src/runner/codec.ts';
import { waitUntil } from '../e2e/support/wait-until.ts';
import { FoldedKeys } from '../support/folded-keys.ts';

const codec = createEntryCodec(new Definitions({ reportingCurrency: 'CNY' }));
const running: AccessKeyFollower[] = [];
afterEach(() => {
  for (const follower of running.splice(0)) follower.stop();
});

/** A follower over a state that holds what is folded, and a channel that may lose what it is told. */
function follow({ loses = false }: { loses?: boolean } = {}) {
  const folded = new FoldedKeys();
  const errors: unknown[] = [];
  const listeners = new Set<() => void>();
  const rig = { folded, errors, away: false, looks: 0 };
  const follower = new AccessKeyFollower({
    state: {
      read: async ([key]) => {
        rig.looks++;
        if (rig.away) throw new TesseraError('state_unavailable');
        const { entries } = folded;
        return [entries.length === 0 ? undefined : codec.encode(key ?? '', { keys: entries })];
      },
      scan: async () => [],
    },
    codec,
    channel: {
      publish: () => {
        if (!loses) for (const listener of listeners) listener();
      },
      subscribe: (_topic, listener) => {
        const call = () => listener(new Uint8Array(), '');
        listeners.add(call);
        return () => listeners.delete(call);
      },
    },
    onError: (error) => errors.push(error),
  });
  running.push(follower);
  return { rig, folded, follower };
}

function create(folded: FoldedKeys, id: string): void {
  const terms = {
    scopes: [],
    origins: 'any',
    requestsPerSecond: 0,
    eventsPerSecond: 0,
    expiresAt: 0,
  } as const;
  const secret = { digest: '00', hint: '0' };
  folded.fold({ action: 'create', id, name: id, kind: 'secret', terms, secret });
}

function idsOf(entries: readonly AccessKeyEntry[]): readonly string[] {
  return entries.map(({ id }) => id);
}

describe('AccessKeyFollower', () => {
  it('knows the keys when it has started, and fails to start where they cannot be read', async () => {
    const { follower, folded, rig } = follow();
    rig.away = true;
    await expect(follower.start()).rejects.toMatchObject({ code: 'state_unavailable' });
    rig.away = false;
    create(folded, 'a');
    await follower.start();
    expect(idsOf(follower.entries)).toEqual(['a']);
  });

  it('has a change that it was told of when that call resolves', async () => {
    const { follower, folded } = follow();
    await follower.start();
    const seen: (readonly string[])[] = [];
    follower.listen((entries) => seen.push(idsOf(entries)));
    create(folded, 'a');
    await follower.changed();
    expect([seen[0], seen.at(-1)]).toEqual([[], ['a']]);
  });

  it('finds by looking what it was not told of', async () => {
    const { follower, folded } = follow({ loses: true });
    await follower.start();
    create(folded, 'a');
    await waitUntil('the key is known', () => follower.entries.length === 1);
  });

  it('goes on with what it knew while the state is away, and says so once', async () => {
    const { follower, folded, rig } = follow({ loses: true });
    create(folded, 'a');
    await follower.start();
    let told = 0;
    follower.listen(() => told++);
    rig.away = true;
    const { looks } = rig;
    await waitUntil('it has looked twice', () => rig.looks >= looks + 2);
    expect(idsOf(follower.entries)).toEqual(['a']);
    // Keys expire all the same, so whoever listens is called.
    expect(told).toBeGreaterThanOrEqual(2);
    rig.away = false;
    create(folded, 'b');
    await waitUntil('the new key is known', () => follower.entries.length === 2);
    expect(rig.errors).toHaveLength(1);
  });

  it('hands on the same list while nothing has changed', async () => {
    const { follower, folded } = follow();
    create(folded, 'a');
    await follower.start();
    const before = follower.entries;
    await follower.refresh();
    expect(follower.entries).toBe(before);
  });
});
