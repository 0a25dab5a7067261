/**
 * Wrapped data keys on LMDB, in the environment of the log: both fail together and are flushed together, so an
 * acknowledged event never waits for a key in another file. Puts of the same moment share one transaction.
 */
export function openKeyStore(environment) {
    const keys = environment.database('keys');
    return {
        get: (facet) => keys.get(facet),
        putIfAbsent: async (facet, wrapped) => {
            const bytes = Buffer.from(wrapped);
            const absent = await environment.writeIf(keys, { key: facet, version: 0 }, () => {
                void keys.put(facet, bytes);
            });
            // A key that was deleted in this very moment is gone for good: the caller holds one that nobody else has.
            return absent ? bytes : (keys.get(facet) ?? bytes);
        },
        delete: async (facet) => {
            await environment.write(() => {
                void keys.remove(facet);
            });
        },
    };
}
//# sourceMappingURL=key-store.js.map