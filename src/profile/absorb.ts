import { limits } from '../limits.ts';
import { tombstoneOf } from '../model/erasure.ts';
import { epochOfFacetId, historyFacetId } from '../model/facet-id.ts';
import type { FoldContext } from '../model/fold.ts';
import { keys } from '../model/keys.ts';
import type { DedupDay, Facet, FacetContent, Header } from '../model/profile.ts';
import type { TransferMessage } from '../model/record.ts';
import type { StateView } from '../model/view.ts';
import { decodeDedupDay } from './dedup.ts';
import { emptyHeader } from './facets.ts';
import {
  crowdedNeeds,
  type FacetFeatures,
  type FoldFeatures,
  foldOldest,
  uniteFacets,
} from './fold-facets.ts';
import type { MovedMemory } from './moves.ts';

/**
 * The new place of a move absorbs what the old one sent and confirms. From here on it is the place of every facet that
 * the move named, so its own tombstones for them go: two places that point at each other would pass events on for ever.
 */
export function transferNeeds(message: TransferMessage, view: StateView): string[] {
  const head = keys.header(message.to);
  if (!view.has(head)) return [head];
  const header = view.get<Header>(head);
  if (header === undefined || header.forward !== undefined) return [];
  const held = new Set(header.facets);
  const known = message.facets.filter(({ id }) => held.has(id)).map(({ id }) => id);
  const wanted = known.map((id) => keys.facet(header.id, id));
  if (isTooMany(message, header)) wanted.push(...crowdedNeeds(header));
  const absent = wanted.filter((key) => !view.has(key));
  return absent.length > 0 ? absent : known.flatMap((id) => idsNeeded(id, header, view));
}

function idsNeeded(id: string, header: Header, view: StateView): string[] {
  const days = view.get<Facet>(keys.facet(header.id, id))?.dedupDays ?? [];
  return days.map((day) => keys.dedup(day, header.id, id)).filter((key) => !view.has(key));
}

function isTooMany(message: TransferMessage, header: Header): boolean {
  return header.facets.length + message.facets.length > limits.facetsPerProfileMax;
}

/**
 * Answers what history calls the facets that are here now. When this place has been merged away meanwhile everything
 * is sent on, and the answer is empty.
 */
export function absorb(
  message: TransferMessage,
  context: FoldContext,
  features: FacetFeatures & { readonly memory: Pick<MovedMemory, 'unite'> },
): readonly string[] {
  const { view, now } = context;
  const header = view.get<Header>(keys.header(message.to)) ?? emptyHeader(message.to, now, 'person');
  if (header.forward !== undefined) {
    context.toProfile(header.forward, { ...message, to: header.forward });
    return [];
  }
  // Without this, somebody who signs out of one device every day would gather closed facets for ever.
  if (isTooMany(message, header)) foldOldest(header, context, features.fold);
  const settled = message.facets.map((content) => {
    const facet = features.decode(content.facet);
    unpackDedup(content, header, view);
    settle(facet, { header, context, fold: features.fold });
    return facet;
  });
  clearTombstones(message, header);
  features.memory.unite(header, message);
  header.seenAt = Math.max(header.seenAt, message.seenAt);
  view.put(keys.header(message.to), header);
  context.toIdentity({ type: 'confirm', move: message.move, at: message.to });
  return movedIds(message, settled);
}

/**
 * Puts a facet into a profile. Two of one id cannot normally meet, since a facet is in one place at a time; should
 * they ever, nothing of either is lost.
 */
export function settle(
  facet: Facet,
  {
    header,
    context,
    fold,
  }: { readonly header: Header; readonly context: FoldContext; readonly fold: FoldFeatures },
): void {
  const key = keys.facet(header.id, facet.id);
  const present = header.facets.includes(facet.id) ? context.view.get<Facet>(key) : undefined;
  if (present === undefined) {
    if (!header.facets.includes(facet.id)) header.facets.push(facet.id);
    context.view.put(key, facet);
    return;
  }
  uniteFacets(present, facet, { now: context.now, fold });
  present.epoch = Math.max(present.epoch, facet.epoch);
  present.dedupDays = [...new Set([...present.dedupDays, ...facet.dedupDays])].sort((a, b) => a - b);
  context.view.put(key, present);
}

function unpackDedup({ id, dedup }: FacetContent, header: Header, view: StateView): void {
  for (const { day, ids } of dedup) {
    const key = keys.dedup(day, header.id, id);
    const arrived = decodeDedupDay(Buffer.from(ids, 'base64'));
    for (const known of view.get<DedupDay>(key)?.ids ?? []) arrived.ids.add(known);
    view.put(key, arrived);
  }
}

function clearTombstones(message: TransferMessage, header: Header): void {
  const { tombstones, unknownFacets } = header;
  if (unknownFacets !== undefined) {
    const arrived = new Set([...message.named, ...message.facets.map(({ id }) => id)].map(tombstoneOf));
    header.unknownFacets = unknownFacets.filter((each) => !arrived.has(each));
  }
  if (tombstones === undefined) return;
  for (const id of message.named) tombstones.delete(id);
  for (const { id } of message.facets) tombstones.delete(id);
  if (message.reason === 'merge') {
    for (const [id, to] of tombstones) if (to === message.from) tombstones.delete(id);
  }
  if (tombstones.size === 0) delete header.tombstones;
}

/** A facet that was folded away follows its person in history all the same, where it still stands by itself. */
function movedIds({ named }: TransferMessage, settled: readonly Facet[]): string[] {
  const held = new Set(settled.map(({ id }) => id));
  const rest = named.filter((id) => !held.has(id));
  return [
    ...settled.map(historyFacetId),
    ...rest.map((id) => historyFacetId({ id, epoch: epochOfFacetId(id) })),
  ];
}
