import { isDeepStrictEqual } from 'node:util';
import type { Pace } from '../../background/pace.ts';
import type { Definitions } from '../../definitions/definitions.ts';
import type { HistoryReach } from '../../desks/profile-history/history-reach.ts';
import { facetsThen, type PastIdentity } from '../../desks/profile-history/past-owners.ts';
import { recomputeFacets } from '../../desks/profile-history/recompute-facets.ts';
import type { WholePast } from '../../desks/profile-history/whole-past.ts';
import { TesseraError } from '../../errors.ts';
import { historyFacetId } from '../../model/facet-id.ts';
import type { Facet } from '../../model/profile.ts';
import type { Clock } from '../../ports/clock.ts';
import type { History } from '../../ports/history.ts';
import { isFoldedFacet } from '../../profile/fold-facets.ts';
import { comparableRegister, readRegister } from '../../profile/registers.ts';
import { type ComparedFeatures, compareFeatures } from './compare-features.ts';
import { type LiveProfile, type LiveSource, readLive } from './read-live.ts';

export interface CheckSource extends LiveSource {
  readonly definitions: Definitions;
  readonly whole: WholePast;
  readonly history: Pick<History, 'query'>;
  readonly reach: HistoryReach;
  readonly clock: Clock;
}

/** Why a profile was not compared. */
export type Uncompared = 'gone' | 'folded' | 'busy' | 'redefined' | 'too_large';

/**
 * Reads a profile at one position of the log, waits until history holds that position, and recomputes it up to there.
 * A profile whose oldest facets were folded into one is left alone: of these, history can tell what the state gave up.
 */
export async function checkProfile(
  id: string,
  source: CheckSource,
  pace: Pace,
): Promise<ComparedFeatures | Uncompared> {
  const { definitions, history, reach, clock } = source;
  const set = definitions.features;
  const live = await readLive(id, source);
  if (live === undefined || live === 'busy') return live ?? 'gone';
  const { header, partition, checkpoint } = live;
  if (header.forward !== undefined) return 'gone';
  if (header.facets.some(isFoldedFacet)) return 'folded';
  const now = clock.now();
  await reach.now();
  const number = source.topology.numberOf(partition);
  const past: PastIdentity = {
    history,
    bound: { kind: 'position', partition: number, seq: checkpoint.seq },
  };
  const whole = source.whole.definitions();
  try {
    const names = (await facetsThen(id, past)) ?? [];
    const recomputed = await recomputeFacets(names, past, { definitions: whole, pace });
    // Definitions may change while history is read; state and set would be of two minds.
    if (definitions.features !== set) return 'redefined';
    // Facets that went elsewhere meanwhile were changed there, which this partition's position does not bound.
    if (source.topology.staged && !(await staysAt(live, source))) return 'busy';
    return compareFeatures({
      profileId: id,
      live: { facets: live.facets, now, trait: traitOf(live) },
      history: inOrderOf(live, recomputed.facets),
      sets: { live: set, whole: whole.features },
      firstAppliedAt: recomputed.firstAppliedAt,
    });
  } catch (error) {
    if (error instanceof TesseraError && error.code === 'replay_too_large') return 'too_large';
    throw error;
  }
}

async function staysAt({ header }: LiveProfile, source: CheckSource): Promise<boolean> {
  const now = await readLive(header.id, source);
  return typeof now === 'object' && isDeepStrictEqual(now.header.facets, header.facets);
}

function traitOf({ facets }: LiveProfile) {
  return (name: string) => comparableRegister(readRegister(facets, 'traits', name));
}

/** Sketches that overflow may depend on the order in which they are united: so it is the same on both sides. */
function inOrderOf({ facets }: LiveProfile, recomputed: ReadonlyMap<string, Facet>): readonly Facet[] {
  const rest = new Map(recomputed);
  const ordered: Facet[] = [];
  for (const facet of facets) {
    const name = historyFacetId(facet);
    const twin = rest.get(name);
    if (twin === undefined) continue;
    rest.delete(name);
    ordered.push(twin);
  }
  return [...ordered, ...rest.values()];
}
