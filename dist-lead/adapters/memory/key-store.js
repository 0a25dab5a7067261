import { TesseraError } from "../../errors.js";
export function createMemoryKeyStore() {
    const keys = new Map();
    let failing = false;
    const check = () => {
        if (failing)
            throw new TesseraError('log_unavailable', 'the key store was told to fail');
    };
    return {
        get: (facet) => {
            const present = keys.get(facet);
            return present === undefined ? undefined : new Uint8Array(present);
        },
        putIfAbsent: async (facet, wrapped) => {
            check();
            const present = keys.get(facet) ?? new Uint8Array(wrapped);
            keys.set(facet, present);
            return new Uint8Array(present);
        },
        delete: async (facet) => {
            check();
            keys.delete(facet);
        },
        fail: (value) => {
            failing = value;
        },
    };
}
//# sourceMappingURL=key-store.js.map