import type { EngineApi } from './engine-api.ts';

/** Rows of history, and how many different positions and events they are: all equal where each event has one row. */
export async function rowsOfEvents(api: EngineApi): Promise<Readonly<Record<string, number>>> {
  return await api.numbers(
    'SELECT count() AS rows, uniqExact((partition, seq, idx, ord)) AS positions, ' +
      'uniqExact((source, event_id, facet_id)) AS events FROM events',
  );
}

/** Every table of history by its number of rows. */
export async function rowsByTable(api: EngineApi): Promise<Readonly<Record<string, number>>> {
  const tables = ['events', 'facets', 'merges', 'identity_changes', 'decisions', 'quarantine'];
  return await api.numbers(
    `SELECT ${tables.map((table) => `(SELECT count() FROM ${table}) AS ${table}`).join(', ')}`,
  );
}
