import { assert } from '../errors.ts';
import { limits } from '../limits.ts';
import { closedFacetId, facetKeyOf } from '../model/facet-id.ts';
import type { FoldContext } from '../model/fold.ts';
import { keys, UNATTRIBUTED } from '../model/keys.ts';
import type { Facet, Header } from '../model/profile.ts';
import type { StatesMessage } from '../model/record.ts';
import type { StateView } from '../model/view.ts';
import { emptyFacet, emptyHeader } from './facets.ts';
import { foldedFacetId, isFoldedFacet } from './fold-facets.ts';

/** What the features in force make of a facet that comes out of history. */
export interface FillFeatures {
  readonly decode: (data: unknown) => Facet;
  readonly fill: (
    facet: Facet,
    past: { readonly from: Facet; readonly folded: readonly Facet[]; readonly now: number },
  ) => void;
}

/**
 * Adds what a facet held before a cut to the facet, wherever that is by now: here, open or closed meanwhile; at the place
 * that it moved to; or in the part that took in the oldest facets of its profile.
 */
export function statesNeeds(message: StatesMessage, view: StateView): string[] {
  const head = keys.header(message.profile);
  if (!view.has(head)) return [head];
  const header = view.get<Header>(head);
  return header === undefined
    ? []
    : wanted(message, header)
        .map((id) => keys.facet(header.id, id))
        .filter((key) => !view.has(key));
}

function wanted(message: StatesMessage, { facets }: Header): readonly string[] {
  const [open, closed] = namesOf(message);
  return facets.filter((id) => id === open || id === closed || isFoldedFacet(id));
}

function namesOf({ facet, epoch }: StatesMessage): readonly [open: string, closed: string] {
  const key = facetKeyOf(facet);
  return [key, closedFacetId({ id: key, epoch })];
}

export function takeStates(message: StatesMessage, context: FoldContext, features: FillFeatures): void {
  const { view, now } = context;
  const { profile, hops = 0 } = message;
  const kind = profile === UNATTRIBUTED ? 'pseudo' : 'person';
  const header = view.get<Header>(keys.header(profile)) ?? emptyHeader(profile, now, kind);
  if (header.erased !== undefined) return;
  const held = heldAs(message, header, view);
  const next = header.tombstones?.get(message.facet) ?? header.forward;
  if (held === undefined && next !== undefined) {
    assert(hops < limits.forwardHopsMax, 'what a facet held finds its place');
    context.toProfile(next, { ...message, profile: next, hops: hops + 1 });
    return;
  }
  const folded = header.facets
    .filter(isFoldedFacet)
    .map((id) => view.get<Facet>(keys.facet(profile, id)))
    .filter((facet) => facet !== undefined);
  const own = folded.find(({ id }) => id === foldedFacetId(profile)) ?? folded[0];
  const facet = held ?? own ?? found(message, header, context);
  features.fill(facet, { from: features.decode(message.content), folded, now });
  for (const each of new Set([facet, ...folded])) view.put(keys.facet(profile, each.id), each);
}

/** The facet by its key and epoch, whatever identity called it when it sent the message on its way. */
function heldAs(message: StatesMessage, header: Header, view: StateView): Facet | undefined {
  const [openId, closedId] = namesOf(message);
  const open = header.facets.includes(openId) ? view.get<Facet>(keys.facet(header.id, openId)) : undefined;
  if (open?.epoch === message.epoch) return open;
  return header.facets.includes(closedId) ? view.get<Facet>(keys.facet(header.id, closedId)) : undefined;
}

/** Events have been here, so that there is a facet; should there ever be none, nothing of them is lost. */
function found(message: StatesMessage, header: Header, { view }: FoldContext): Facet {
  header.facets.push(message.facet);
  view.put(keys.header(header.id), header);
  return emptyFacet(message.facet, message.epoch);
}
