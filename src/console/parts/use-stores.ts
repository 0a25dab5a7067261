import { ask } from '../session.ts';
import { useLoad } from './use-load.ts';

export interface StoreName {
  readonly store_id: string;
  readonly name?: string;
}

/** The stores of the catalog; none until they are there, and where nobody has said any. */
export function useStores(): readonly StoreName[] {
  const { loaded } = useLoad(
    async (signal) =>
      await ask<{ readonly stores: readonly StoreName[] }>('GET /v1/catalog/stores', { signal }),
    [],
  );
  return loaded.state === 'ready' ? loaded.value.stores : [];
}
