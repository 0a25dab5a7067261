import { beforeAll, describe, expect, it } from 'vitest';
import type { HistoryRow } from '../../src/model/effect.ts';
import { facetRow, type IdentityChange, identityRow, mergeRow } from '../../src/model/history-rows.ts';
import type { History } from '../../src/ports/history.ts';
import { AT, eventLine, sampleEvent, scalar } from './history-samples.ts';

/** Who owns what, after merges in chains, splits and closed facets. Every name begins with `own-`. */
const cause = (seq: number) => ({ partition: 0, seq, index: 0, ordinal: 0 });

function facet(seq: number, facetId: string, profileId: string, change: 'created' | 'moved'): HistoryRow {
  return facetRow({ facetId, profileId, change, at: AT + seq, cause: cause(seq) });
}

function merge(seq: number, loser: string, winner: string): HistoryRow {
  return mergeRow({ winner, loser, rule: 'r', source: 's', eventId: 'e', at: AT + seq, cause: cause(seq) });
}

function change(seq: number, kind: IdentityChange, identifier: string, profileId: string): HistoryRow {
  return identityRow({ change: kind, identifier, profileId, rule: 'verified', at: AT, cause: cause(seq) });
}

const rows: readonly HistoryRow[] = [
  // A chain of merges: a into b into c. The facet of a was folded into another, so no move names it.
  facet(9_001, 'own-fa', 'own-a', 'created'),
  facet(9_002, 'own-fb', 'own-b', 'created'),
  facet(9_003, 'own-fc', 'own-c', 'created'),
  merge(9_004, 'own-a', 'own-b'),
  merge(9_005, 'own-b', 'own-c'),
  facet(9_006, 'own-fb', 'own-c', 'moved'),
  // Then fb leaves again for a new person d.
  facet(9_007, 'own-fb', 'own-d', 'moved'),
  // A tablet's facet closes under its key and stays with e; its next epoch belongs to f, the one after to g.
  facet(9_011, 'own-ft', 'own-e', 'created'),
  facet(9_012, 'own-ft~1', 'own-f', 'created'),
  facet(9_013, 'own-ft~2', 'own-g', 'created'),
  // e, with the closed facet, is merged away afterwards; the later epochs stay where they are.
  merge(9_014, 'own-e', 'own-h'),
  facet(9_015, 'own-ft', 'own-h', 'moved'),
  change(9_021, 'linked', 'own:phone', 'own-a'),
  change(9_022, 'linked', 'own:tablet', 'own-e'),
  change(9_023, 'shared', 'own:tablet', 'own-e'),
  change(9_024, 'linked', 'own:number', 'own-a'),
  change(9_025, 'recycled', 'own:number', 'own-d'),
  change(9_026, 'linked', 'own:typed', 'own-d'),
  change(9_030, 'split', 'own:typed', 'own-i'),
  change(9_027, 'linked', 'own:cookie', 'own-f'),
  change(9_028, 'closed', 'own:cookie', 'own-f'),
  change(9_029, 'linked', 'own:cookie', 'own-g'),
];

/** Whose each was when its events were applied. */
const FACETS = [
  ['own-fa', 'own-a'],
  ['own-fb', 'own-b'],
  ['own-fc', 'own-c'],
  ['own-ft', 'own-e'],
  ['own-ft~1', 'own-f'],
  ['own-ft~2', 'own-g'],
] as const;

export function describeOwnership(history: () => History): void {
  describe('after merges, splits and closed facets', () => {
    beforeAll(async () => {
      for (const table of ['facets', 'merges', 'identity_changes'] as const) {
        const lines = rows.filter((row) => row.table === table).map((row) => JSON.stringify(row.values));
        await history().insert({ table, lines }, `suite:own:${table}`);
      }
      const lines = FACETS.flatMap(([facetId, owner], i) =>
        [0, 1].map((n) =>
          eventLine(9_100 + i, n, sampleEvent(`own-${facetId}-${n}`, { facet: facetId }), owner),
        ),
      );
      await history().insert({ table: 'events', lines }, 'suite:own:events');
    });

    it('gives each facet exactly one owner, also one that was folded before its person was merged', async () => {
      const sql =
        "SELECT facet_id, profile_id FROM facets_now WHERE startsWith(facet_id, 'own-') ORDER BY facet_id";
      expect((await scalar(history(), sql)).split('\n')).toEqual([
        'own-fa\town-c',
        'own-fb\town-d',
        'own-fc\town-c',
        'own-ft\town-h',
        'own-ft~1\town-f',
        'own-ft~2\town-g',
      ]);
    });

    it('gives each event exactly one owner: a closed facet keeps its own, the next epoch has another', async () => {
      const sql =
        'SELECT profile_id, count(), uniqExact(event_id) FROM events_by_profile ' +
        "WHERE startsWith(facet_id, 'own-') GROUP BY profile_id ORDER BY profile_id";
      expect((await scalar(history(), sql)).split('\n')).toEqual([
        'own-c\t4\t4',
        'own-d\t2\t2',
        'own-f\t2\t2',
        'own-g\t2\t2',
        'own-h\t2\t2',
      ]);
    });

    it('says who was linked why, and which of the links still hold', async () => {
      const sql =
        'SELECT identifier, profile_id, profile_id_then, held FROM identity_links ' +
        "WHERE startsWith(identifier, 'own:') ORDER BY identifier, at, profile_id_then";
      expect((await scalar(history(), sql)).split('\n')).toEqual([
        'own:cookie\town-f\town-f\t0',
        'own:cookie\town-g\town-g\t1',
        'own:number\town-c\town-a\t0',
        'own:number\town-d\town-d\t1',
        'own:phone\town-c\town-a\t1',
        'own:tablet\town-h\town-e\t0',
        'own:typed\town-d\town-d\t0',
        'own:typed\town-i\town-i\t1',
      ]);
    });
  });
}
