import type { BackfillCursor } from '../model/definitions.ts';
import { closedFacetId, epochOfFacetId, facetKeyOf } from '../model/facet-id.ts';
import type { FoldContext } from '../model/fold.ts';
import type { Place } from '../model/identity.ts';
import { keys, UNATTRIBUTED } from '../model/keys.ts';
import type { BackfilledFacet, BackfillStates } from '../model/record.ts';
import type { StateView } from '../model/view.ts';

/**
 * Sends what facets held before a cut to where they are now. History calls a facet `key` or `key~epoch`; of these, the
 * last epoch is the open facet and the others are closed. The cursor says up to which facet that has been done: what is
 * at or before it is a repeat, and a record that would leave a gap is one that the repeat of its own past will replace.
 */
interface Located {
  readonly facet: string;
  readonly epoch: number;
  readonly profile: string;
}

export function statesNeeds(id: string, step: BackfillStates, view: StateView): string[] {
  if (!view.has(keys.backfill)) return [keys.backfill];
  const facets = due(id, step, view);
  const open = facets.map((facet) => keys.place(facetKeyOf(facet.id))).filter((key) => !view.has(key));
  if (open.length > 0) return open;
  return facets
    .filter((facet) => !isOpen(facet.id, view))
    .map((facet) => keys.place(closedIdOf(facet.id)))
    .filter((key) => !view.has(key));
}

export function foldStates(id: string, step: BackfillStates, context: FoldContext): void {
  const { view } = context;
  const facets = due(id, step, view);
  const last = facets.at(-1);
  if (last === undefined) return;
  for (const { id: historyId, facet: content } of facets) {
    const { facet, epoch, profile } = locate(historyId, view);
    // Whose it was has been erased meanwhile.
    if (profile === UNATTRIBUTED && !UNIDENTIFIED.test(facet)) continue;
    context.toProfile(profile, { type: 'states', profile, facet, epoch, content });
  }
  view.put(keys.backfill, { id, facet: last.id } satisfies BackfillCursor);
}

function due(id: string, { after, facets }: BackfillStates, view: StateView): readonly BackfilledFacet[] {
  const cursor = view.get<BackfillCursor>(keys.backfill);
  if (cursor?.id !== id || after > cursor.facet) return [];
  return facets.filter((facet) => facet.id > cursor.facet);
}

function closedIdOf(historyId: string): string {
  return closedFacetId({ id: facetKeyOf(historyId), epoch: epochOfFacetId(historyId) });
}

function isOpen(historyId: string, view: StateView): boolean {
  const place = view.get<Place>(keys.place(facetKeyOf(historyId)));
  return place === undefined || place.epoch === epochOfFacetId(historyId);
}

/** What facets of events without identifiers are called, see `ingest/facet-key.ts`. */
const UNIDENTIFIED = /^u-\d+$/;

/** Facets that identity has never heard of hold events without identifiers. */
function locate(historyId: string, view: StateView): Located {
  const facet = isOpen(historyId, view) ? facetKeyOf(historyId) : closedIdOf(historyId);
  const place = view.get<Place>(keys.place(facet));
  return { facet, epoch: epochOfFacetId(historyId), profile: place?.location ?? UNATTRIBUTED };
}
