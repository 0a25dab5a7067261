import type { Pace } from '../../background/pace.ts';
import { TesseraError } from '../../errors.ts';
import { limits } from '../../limits.ts';
import type { Facet } from '../../model/profile.ts';
import type { Position } from '../../model/record.ts';
import type { EpochMs } from '../../model/time.ts';
import { type ReducerDefinitions, reduceEvent } from '../../pipeline/reduce-event.ts';
import { emptyFacet } from '../../profile/facets.ts';
import { type PastEvent, parsePastEvent, readHistoryRows, readPastEvents } from '../past-events.ts';
import { quoted, withinBound } from './history-bound.ts';
import type { PastIdentity } from './past-owners.ts';

/** What facets held, out of the events that history has of them. */
export interface RecomputedFacets {
  /** By what history calls them; those without an event are missing. */
  readonly facets: ReadonlyMap<string, Facet>;
  /** Append time of the first event; undefined without any. */
  readonly firstAppliedAt: EpochMs | undefined;
}

export interface Recomputing {
  readonly definitions: ReducerDefinitions;
  readonly pace: Pace;
}

/**
 * Reduces the events of facets once more, in the order of the log, each at the time at which it was applied. History has
 * no repeats, and names facets by key and epoch: so each part comes out as it was when it was closed or left.
 */
export async function recomputeFacets(
  names: readonly string[],
  past: PastIdentity,
  { definitions, pace }: Recomputing,
): Promise<RecomputedFacets> {
  const facets = new Map<string, Facet>();
  let firstAppliedAt: EpochMs | undefined;
  for await (const page of pastEventPages(names, past)) {
    firstAppliedAt ??= page[0]?.now;
    for (const row of page) {
      const facet = facets.get(row.facet) ?? emptyFacet(row.facet);
      facets.set(row.facet, facet);
      reduceEvent(definitions, { facet, event: parsePastEvent(row) }, row.now);
      if (pace.isDue()) await pace.rest();
    }
  }
  return { facets, firstAppliedAt };
}

/** Everything that history has of facets, in the order of the log. Fails with `replay_too_large`. */
export async function* pastEventPages(
  names: readonly string[],
  past: PastIdentity,
): AsyncGenerator<readonly PastEvent[], void, undefined> {
  if (names.length === 0) return;
  const within = [`facet_id IN (${quoted(names)})`, withinBound(past.bound, 'applied_at')];
  const limit = await pageRows(within, past);
  for (let after: Position | undefined; ; ) {
    const where = after === undefined ? within : [...within, `(seq, idx) > (${after.seq}, ${after.index})`];
    const page = await readPastEvents(past.history, { where, limit });
    yield page;
    after = page.at(-1)?.position;
    if (page.length < limit || after === undefined) return;
  }
}

/** As many rows as fit into an answer: nearly every profile is one page. */
async function pageRows(within: readonly string[], { history }: PastIdentity): Promise<number> {
  const [row] = await readHistoryRows(
    history,
    `SELECT count() AS events, sum(length(raw)) AS bytes FROM events WHERE ${within.join(' AND ')}`,
  );
  const events = Number(row?.events ?? 0);
  if (events > limits.replayEventsMax) {
    throw new TesseraError('replay_too_large', `The profile has more than ${limits.replayEventsMax} events.`);
  }
  const rows = Math.floor((limits.replayPageBytes * events) / Math.max(1, Number(row?.bytes ?? 0)));
  return Math.min(Math.max(1, rows), limits.replayPageRowsMax);
}
