/**
 * What a fold sees of its partition's state: decoded entries, all in memory. The runner loads what a stage's
 * `needs` names before it folds, so `get` never waits. Values are changed in place and then `put`, which marks
 * them for the commit; a batch that fails drops the whole cache, so nothing half-changed survives.
 */
export interface StateView {
  get<T extends object>(key: string): T | undefined;
  /** True when the entry is in memory, or known to be absent. */
  has(key: string): boolean;
  put(key: string, value: object): void;
  /** Says that the store holds nothing under this key, because whatever it belongs to has just been founded. */
  absent(key: string): void;
  remove(key: string): void;
}
