import { expect } from 'vitest';
import type { ImportSummary } from '../../../src/cli/import/run.ts';
import { type ImporterOptions, importFile } from './importer.ts';
import { rowsByTable, rowsOfEvents } from './one-row-each.ts';

/** Imports a file a second time and holds the engine to the promise that this changes nothing anywhere. */
export async function expectNothingNew(options: ImporterOptions): Promise<ImportSummary> {
  const { api } = options;
  await api.settled();
  const before = { digest: await api.digest(), rows: await rowsByTable(api) };
  const summary = await importFile({ ...options, flags: [...(options.flags ?? []), '--count-outcomes'] });
  await api.settled();
  expect(
    { digest: await api.digest(), rows: await rowsByTable(api) },
    'state and history after a second import',
  ).toEqual(before);
  expect(summary.outcomes, 'outcomes of a second import').toMatchObject({
    of: 'all',
    applied: 0,
    duplicate: summary.events,
  });
  return summary;
}

/** Exactly one row per event, without FINAL. */
export async function expectOneRowPerEvent(api: ImporterOptions['api'], events: number): Promise<void> {
  expect(await rowsOfEvents(api)).toEqual({ rows: events, positions: events, events });
}
