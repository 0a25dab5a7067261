import { describe, expect, it } from 'vitest';
import { CatalogFollower } from '../../src/background/catalog-follower.ts';
import { applyCatalogChange } from '../../src/catalog/apply-change.ts';
import { Definitions } from '../../src/definitions/definitions.ts';
import { limits } from '../../src/limits.ts';
import type { CatalogChange } from '../../src/model/catalog.ts';
import { createEntryCodec } from '../../src/runner/codec.ts';
import { MapView, recordingContext } from '../support/fold-world.ts';

function world() {
  const view = new MapView();
  const codec = createEntryCodec(new Definitions({ reportingCurrency: 'CNY' }));
  const bytes = (key: string): Uint8Array | undefined => {
    const value = view.get(key);
    return value && codec.encode(key, value);
  };
  const asked = { reads: 0, scans: 0 };
  const follower = new CatalogFollower({
    state: {
      read(keys) {
        asked.reads += keys.length;
        return keys.map(bytes);
      },
      scan(prefix, after, max) {
        asked.scans++;
        return [...view.entries.keys()]
          .filter((key) => key.startsWith(prefix) && key > after)
          .sort()
          .slice(0, max)
          .map((key) => [key, bytes(key) ?? new Uint8Array()] as const);
      },
    },
    codec,
    onError: (error) => {
      throw error;
    },
  });
  let seq = 0;
  const apply = (change: CatalogChange): void => {
    applyCatalogChange(change, recordingContext(view, { seq: ++seq, now: seq }), () => false);
  };
  return { follower, apply, asked };
}

const items = (from: number, count: number): CatalogChange => ({
  items: Array.from({ length: count }, (_, n) => ({ item_id: `i-${from + n}` })),
});

describe('a follower of the catalog', () => {
  it('reads everything once, page by page, then only what has changed', async () => {
    const { follower, apply, asked } = world();
    await follower.refresh();
    expect(follower.catalog.size.items).toBe(0);
    apply(items(0, limits.pageMax + 5));
    await follower.refresh();
    expect(follower.catalog.size.items).toBe(limits.pageMax + 5);
    const { scans, reads } = { ...asked };
    apply({ items: [{ item_id: 'i-1', name: 'renamed' }], removed_items: ['i-2'] });
    apply({ items: [{ item_id: 'i-1', name: 'once more' }] });
    await follower.refresh();
    expect(follower.catalog.itemOf('i-1')?.name).toBe('once more');
    expect(follower.catalog.itemOf('i-2')).toBeUndefined();
    expect(asked.scans).toBe(scans);
    // The head, two changes, and the two entries that they name.
    expect(asked.reads - reads).toBe(5);
    expect(follower.catalog.version).toBe(3);
  });

  it('reads everything again where the journal no longer reaches back', async () => {
    const { follower, apply, asked } = world();
    apply(items(0, 3));
    await follower.refresh();
    const before = asked.scans;
    for (let n = 0; n <= limits.catalogJournalMax; n++)
      apply({ items: [{ item_id: 'i-0', name: `name ${n}` }] });
    apply({ removed_items: ['i-1'] });
    await follower.refresh();
    expect(asked.scans).toBeGreaterThan(before);
    expect(follower.catalog.size.items).toBe(2);
    expect(follower.catalog.itemOf('i-0')?.name).toBe(`name ${limits.catalogJournalMax}`);
  });
});
