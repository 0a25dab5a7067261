import { closedFacetId, historyFacetId, isClosedFacet } from '../model/facet-id.ts';
import { facetRow, identityRow } from '../model/history-rows.ts';
import type { Person, Place } from '../model/identity.ts';
import { keys } from '../model/keys.ts';
import { queueMove } from './moves.ts';
import { addFacet, facetsLeaving, type Scope, strongestOf } from './people.ts';

/**
 * Changes "from then on": a sign-out, a recycled number, a device found to be shared. What was seen so far stays with
 * its owner, closed under `facet~epoch`; the facet itself, with the ids that protect it from repeats, goes on with
 * somebody else.
 */
export interface Epoch {
  readonly from: Person;
  /** Identifiers (`type:hash`) that have just left `from`. */
  readonly left: ReadonlySet<string>;
  /** Who goes on with the facets; asked only when there are any. */
  readonly to: () => Person;
  readonly reason: string;
}

/** Closes the facets that name these identifiers and nothing that stays. Answers who goes on, if anybody must. */
export function closeFacets({ from, left, to, reason }: Epoch, scope: Scope): Person | undefined {
  const { context } = scope;
  const facets = facetsLeaving(from, left, context.view).filter((facet) => !isClosedFacet(facet));
  if (facets.length === 0) return undefined;
  const next = to();
  const epochs: Record<string, number> = {};
  const anchor = strongestOf(from, scope.policy);
  for (const facet of facets) epochs[facet] = closeFacet({ facet, from, next, anchor }, scope);
  context.view.put(keys.person(from.id), from);
  context.view.put(keys.person(next.id), next);
  queueMove(context, { reason: 'epoch', from: from.id, to: next.id, facets, epochs });
  context.history(
    identityRow({
      change: 'closed',
      profileId: from.id,
      otherProfileId: next.id,
      reason,
      at: context.now,
      cause: context.cause(),
    }),
  );
  return next;
}

interface Closing {
  readonly facet: string;
  readonly from: Person;
  readonly next: Person;
  readonly anchor: string | undefined;
}

function closeFacet({ facet, from, next, anchor }: Closing, { context }: Scope): number {
  const place = context.view.get<Place>(keys.place(facet));
  if (place === undefined) return 0;
  // What is closed names its owner's strongest identifier, so that it goes where that one goes.
  const closed: Place = {
    owner: from.id,
    location: from.id,
    judged: false,
    names: anchor === undefined ? [] : [anchor],
    epoch: place.epoch,
  };
  const closedId = closedFacetId({ id: facet, epoch: place.epoch });
  context.view.put(keys.place(closedId), closed);
  place.epoch++;
  place.owner = next.id;
  context.view.put(keys.place(facet), place);
  from.facets = from.facets.filter((id) => id !== facet);
  addFacet(from, closedId);
  addFacet(next, facet);
  context.history(
    facetRow({
      facetId: historyFacetId({ id: facet, epoch: place.epoch }),
      profileId: next.id,
      change: 'created',
      at: context.now,
      cause: context.cause(),
    }),
  );
  return place.epoch;
}
