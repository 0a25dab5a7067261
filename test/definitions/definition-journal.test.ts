import { describe, expect, it } from 'vitest';
import { type JournalBounds, journalChanges } from '../../src/definitions/definition-journal.ts';
import { createDefinitionVersions } from '../../src/definitions/definition-versions.ts';
import { Definitions } from '../../src/definitions/definitions.ts';
import { limits } from '../../src/limits.ts';
import type { DefinitionsEntry } from '../../src/model/definitions.ts';
import { keys } from '../../src/model/keys.ts';
import { createEntryCodec } from '../../src/runner/codec.ts';
import { MapView } from '../support/fold-world.ts';
import { triggerNamed } from '../triggers/decision-scene.ts';

const definitions = new Definitions({ reportingCurrency: 'CNY' });
const codec = createEntryCodec(definitions);

/** A trigger that is another one each time, beside one that stays. */
function entryWith(version: number): DefinitionsEntry {
  const named = (name: string, priority: number) => ({
    ...{ version: `v${priority}`, author: 'ann', since: priority },
    definition: { ...triggerNamed(name), priority },
  });
  return { ...definitions.entry, author: 'ann', triggers: [named('moves', version), named('stays', 1)] };
}

/** The state after so many changes. */
function journaled(changes: number, bounds?: JournalBounds) {
  const view = new MapView();
  let entry = definitions.entry;
  for (let change = 1; change <= changes; change++) {
    const next = entryWith(change);
    const context = { view, now: change, ...(bounds && { bounds }) };
    const journal = journalChanges(entry, next, context);
    entry = journal === undefined ? next : { ...next, journal };
  }
  view.put(keys.definitions, entry);
  const state = {
    scan: async () => [],
    read: async (wanted: readonly string[]) =>
      wanted.map((key) => {
        const value = view.get(key);
        return value && codec.encode(key, value);
      }),
  };
  const kept = [...view.under('n/definitions/').keys()].map(Number);
  return { kept, head: entry.journal, versions: createDefinitionVersions({ state, codec }) };
}

describe('the journal of definitions', () => {
  it('is bounded by number; what was in force before the oldest entry is version 0', async () => {
    const { kept, head, versions } = journaled(6, { entries: 3, bytes: 1_000_000 });
    expect(kept).toEqual([4, 5, 6]);
    expect(head).toMatchObject({ next: 7 });
    const moves = await versions.of('triggers', 'moves');
    expect(moves.map(({ number, turn, text }) => [number, turn, text?.definition.priority])).toEqual([
      [6, 'changed', 6],
      [5, 'changed', 5],
      [4, 'changed', 4],
      [0, 'created', 3],
    ]);
    // What has not changed since is in force, whatever is kept of its beginning.
    expect(await versions.of('triggers', 'stays')).toMatchObject([{ number: 0, active: true, since: 1 }]);
  });

  it('is bounded by size, and has the newest entry however large', async () => {
    const { kept, head, versions } = journaled(4, { entries: 100, bytes: 10 });
    expect([kept, head?.bytes.length]).toEqual([[4], 1]);
    expect((await versions.of('triggers', 'moves')).map(({ number }) => number)).toEqual([4, 0]);
  });

  it('is read whole, page by page', async () => {
    const changes = 2 * limits.definitionJournalPage + 1;
    const { versions } = journaled(changes);
    const moves = await versions.of('triggers', 'moves');
    expect(moves.map(({ number }) => number)).toEqual(Array.from({ length: changes }, (_, i) => changes - i));
  });
});
