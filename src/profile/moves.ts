import type { FoldContext } from '../model/fold.ts';
import { keys } from '../model/keys.ts';
import type { Facet, FacetContent, Header, TriggerMemory } from '../model/profile.ts';
import type { MoveMessage, TransferMessage } from '../model/record.ts';
import type { StateView } from '../model/view.ts';
import { type DedupDay, decodeDedupDay, encodeDedupDay } from './dedup.ts';
import { emptyHeader } from './facets.ts';

/**
 * The people side of a move. The old place freezes: it sends its facets, with their deduplication ids and the
 * trigger memory, and forwards whatever still arrives. The new place absorbs and confirms. Nothing reaches the
 * new place before the past does, so a resent event always meets its own id.
 */
export interface FacetCodec {
  readonly encode: (facet: Facet) => unknown;
  readonly decode: (data: unknown) => Facet;
}

export function moveNeeds(message: MoveMessage, view: StateView): string[] {
  const head = keys.header(message.from);
  if (!view.has(head)) return [head];
  const facets = view.get<Header>(head)?.facets ?? [];
  const wanted = facets.map((facet) => keys.facet(message.from, facet)).filter((key) => !view.has(key));
  if (wanted.length > 0) return wanted;
  return facets
    .flatMap(
      (id) =>
        view
          .get<Facet>(keys.facet(message.from, id))
          ?.dedupDays.map((day) => keys.dedup(day, message.from, id)) ?? [],
    )
    .filter((key) => !view.has(key));
}

/** Freezes `from`: everything it holds travels, everything that still comes is forwarded. */
export function freeze(message: MoveMessage, context: FoldContext, codec: FacetCodec): void {
  const { view } = context;
  const header =
    view.get<Header>(keys.header(message.from)) ?? emptyHeader(message.from, context.now, 'customer');
  const facets: FacetContent[] = [];
  for (const id of header.facets) {
    const facet = view.get<Facet>(keys.facet(message.from, id));
    if (facet === undefined) continue;
    facets.push({ id, facet: codec.encode(facet), dedup: packDedup(message.from, facet, view) });
    view.remove(keys.facet(message.from, id));
  }
  const memory = Object.fromEntries(header.triggers);
  header.facets = [];
  header.triggers.clear();
  header.forward = message.to;
  view.put(keys.header(message.from), header);
  const { move, from, to } = message;
  context.toProfile(to, { type: 'transfer', move, from, to, facets, memory });
}

function packDedup(profile: string, facet: Facet, view: StateView): FacetContent['dedup'] {
  const packed: { day: number; ids: string }[] = [];
  for (const day of facet.dedupDays) {
    const key = keys.dedup(day, profile, facet.id);
    const entry = view.get<DedupDay>(key);
    if (entry === undefined) continue;
    packed.push({ day, ids: Buffer.from(encodeDedupDay(entry)).toString('base64') });
    view.remove(key);
  }
  return packed;
}

export function transferNeeds(message: TransferMessage, view: StateView): string[] {
  const head = keys.header(message.to);
  return view.has(head) ? [] : [head];
}

/** Absorbs what was sent, or forwards it when this place has been merged away meanwhile. */
export function absorb(message: TransferMessage, context: FoldContext, codec: FacetCodec): readonly string[] {
  const { view } = context;
  const header =
    view.get<Header>(keys.header(message.to)) ?? emptyHeader(message.to, context.now, 'customer');
  if (header.forward !== undefined) {
    context.toProfile(header.forward, { ...message, to: header.forward });
    return [];
  }
  for (const content of message.facets) {
    const facet = codec.decode(content.facet);
    view.put(keys.facet(message.to, content.id), facet);
    for (const { day, ids } of content.dedup) {
      view.put(keys.dedup(day, message.to, content.id), decodeDedupDay(Buffer.from(ids, 'base64')));
    }
    header.tombstones?.delete(content.id);
    if (!header.facets.includes(content.id)) header.facets.push(content.id);
  }
  for (const name of Object.keys(message.memory)) {
    const theirs = message.memory[name];
    if (theirs !== undefined) header.triggers.set(name, uniteMemory(header.triggers.get(name), theirs));
  }
  view.put(keys.header(message.to), header);
  context.toIdentity({ type: 'confirm', move: message.move, at: message.to });
  return message.facets.map((content) => content.id);
}

function uniteMemory(ours: TriggerMemory | undefined, theirs: TriggerMemory): TriggerMemory {
  if (ours === undefined) return { ...theirs };
  return {
    matches: [...ours.matches, ...theirs.matches].sort((a, b) => a - b),
    unlessAt: Math.max(ours.unlessAt, theirs.unlessAt),
    firedAt: Math.max(ours.firedAt, theirs.firedAt),
  };
}
