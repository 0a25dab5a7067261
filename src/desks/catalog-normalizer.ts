import type { CatalogFollower } from '../background/catalog-follower.ts';
import { eventOn, nearestStore } from '../catalog/near-store.ts';
import { withItemNames } from '../ingest/item-names.ts';
import { type StorePlaces, withNearStores } from '../ingest/near-stores.ts';
import { createNormalizer, type Normalize, type NormalizeOptions } from '../ingest/normalize.ts';
import { withStoreNames } from '../ingest/store-names.ts';

/** Reads events with the names of goods, and the places of stores, that this node's catalog knows by then. */
export function createCatalogNormalizer(
  options: NormalizeOptions,
  follower: Pick<CatalogFollower, 'catalog'>,
): Normalize {
  const named = withItemNames(createNormalizer(options), () => follower.catalog);
  const placed = withStoreNames(named, () => follower.catalog);
  return withNearStores(placed, storePlaces(follower));
}

/** Where positions are. */
function storePlaces(follower: Pick<CatalogFollower, 'catalog'>): () => StorePlaces {
  return () => {
    const { catalog } = follower;
    return {
      store: (name) => catalog.storeOf(name),
      nearest: (place) => nearestStore(catalog.everyStore(), place),
      eventOn,
    };
  };
}
