/** What a node may do; all of it where nothing is said. */
export type Role = 'ingest' | 'engine' | 'history' | 'serve';

export const ROLES: readonly Role[] = Object.freeze(['ingest', 'engine', 'history', 'serve']);
