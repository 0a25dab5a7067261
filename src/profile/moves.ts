import { assert } from '../errors.ts';
import { limits } from '../limits.ts';
import { closedFacetId, isClosedFacet } from '../model/facet-id.ts';
import type { FoldContext } from '../model/fold.ts';
import { keys } from '../model/keys.ts';
import type { CarriedMemory, DedupDay, Facet, FacetContent, Header } from '../model/profile.ts';
import type { MoveMessage } from '../model/record.ts';
import type { StateView } from '../model/view.ts';
import { settle } from './absorb.ts';
import { setAlarm } from './alarm.ts';
import { encodeDedupDay } from './dedup.ts';
import { emptyFacet, emptyHeader } from './facets.ts';
import type { FacetFeatures } from './fold-facets.ts';

/**
 * The old place of a move. It freezes: what the move takes is sent with its deduplication ids, and whatever still
 * arrives for it is forwarded. Nothing reaches the new place before the past does, so a resent event always meets its
 * own id. A merge takes everything and leaves a forward; a split takes the facets that it names and leaves a tombstone
 * for each, also for those of which nothing has come yet; an epoch takes the deduplication ids alone, while what its
 * facets hold is closed and stays.
 */
export function moveNeeds(message: MoveMessage, view: StateView): string[] {
  const { from } = message;
  const head = keys.header(from);
  if (!view.has(head)) return [head];
  const header = view.get<Header>(head);
  if (header === undefined || isPassedOn(message, header)) return [];
  const leaving = leavingFacets(message, header);
  const wanted = leaving.map((id) => keys.facet(from, id)).filter((key) => !view.has(key));
  if (wanted.length > 0) return wanted;
  return leaving.flatMap((id) => closingNeeds(id, message, view)).filter((key) => !view.has(key));
}

/** Deduplication ids, and what would already lie under the name that the facet is about to get. */
function closingNeeds(id: string, { from, reason }: MoveMessage, view: StateView): string[] {
  const facet = view.get<Facet>(keys.facet(from, id));
  if (facet === undefined) return [];
  const needed = facet.dedupDays.map((day) => keys.dedup(day, from, id));
  if (reason === 'epoch') needed.push(keys.facet(from, closedFacetId(facet)));
  return needed;
}

/** A person that was merged away takes no more moves; who has its facets now does. */
function isPassedOn({ reason }: MoveMessage, header: Header): boolean {
  return reason !== 'merge' && header.forward !== undefined;
}

function leavingFacets({ reason, facets }: MoveMessage, header: Header): readonly string[] {
  if (reason === 'merge') return header.facets;
  const held = new Set(header.facets);
  return facets.filter((id) => held.has(id));
}

/** What becomes of the memory of triggers, which is another stage's. */
export interface MovedMemory {
  /** Everything, as it leaves with a whole person. */
  take(header: Header): CarriedMemory;
  /** What belongs to the facets that leave. */
  part(header: Header, leaving: ReadonlySet<string>): CarriedMemory;
  /** A facet has another name from here on. */
  rename(header: Header, from: string, to: string): void;
  /** What arrives, together with what is remembered here. */
  unite(header: Header, carried: CarriedMemory): void;
}

/** What one move works on. */
interface Freezing {
  readonly message: MoveMessage;
  readonly header: Header;
  readonly context: FoldContext;
  readonly features: FacetFeatures & { readonly memory: MovedMemory };
}

export function freeze(message: MoveMessage, context: FoldContext, features: Freezing['features']): void {
  const { view, now } = context;
  const header = view.get<Header>(keys.header(message.from)) ?? emptyHeader(message.from, now, 'person');
  if (isPassedOn(message, header) && header.forward !== undefined) {
    context.toProfile(header.forward, { ...message, from: header.forward });
    return;
  }
  const freezing: Freezing = { message, header, context, features };
  const facets = message.reason === 'epoch' ? closeAll(freezing) : takeAll(freezing);
  const whole = message.reason === 'merge' ? forwardFrom(freezing) : entomb(freezing);
  view.put(keys.header(message.from), header);
  const { reason, move, from, to, facets: named } = message;
  context.toProfile(to, { type: 'transfer', reason, move, from, to, named, facets, ...whole });
}

/** Takes the facets out as they are. */
function takeAll({ message, header, context, features }: Freezing): FacetContent[] {
  const { view } = context;
  const taken: FacetContent[] = [];
  const leaving = leavingFacets(message, header);
  for (const id of leaving) {
    const facet = view.get<Facet>(keys.facet(message.from, id));
    if (facet === undefined) continue;
    taken.push({ id, facet: features.encode(facet), dedup: packDedup(message.from, facet, view) });
    view.remove(keys.facet(message.from, id));
  }
  const gone = new Set(leaving);
  header.facets = header.facets.filter((id) => !gone.has(id));
  return taken;
}

/** Closes the facets in place; what travels is empty but for the ids that were seen and the number of closings. */
function closeAll(freezing: Freezing): FacetContent[] {
  const { message, header, context, features } = freezing;
  const { view } = context;
  const gone = new Set(message.facets);
  const held = leavingFacets(message, header);
  const closing = new Map(held.map((id) => [id, view.get<Facet>(keys.facet(message.from, id))]));
  header.facets = header.facets.filter((id) => !gone.has(id));
  return message.facets.map((id) => {
    assert(!isClosedFacet(id), 'only an open facet can be closed');
    const facet = closing.get(id);
    const open = emptyFacet(id, message.epochs?.[id] ?? (facet?.epoch ?? 0) + 1);
    if (facet === undefined) return { id, facet: features.encode(open), dedup: [] };
    open.dedupDays = facet.dedupDays;
    const dedup = packDedup(message.from, facet, view);
    view.remove(keys.facet(message.from, id));
    features.memory.rename(header, id, closedFacetId(facet));
    // A facet of which nothing has come since the last closing has nothing to keep.
    if (facet.events > 0 || facet.tags !== undefined || facet.ledger !== undefined)
      settle({ ...facet, id: closedFacetId(facet), dedupDays: [] }, { header, context, fold: features.fold });
    return { id, facet: features.encode(open), dedup };
  });
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

/** The part of the header that travels. */
interface Whole extends CarriedMemory {
  readonly seenAt: number;
}

function forwardFrom({ message, header, context, features }: Freezing): Whole {
  assert(message.from !== message.to, 'nobody is merged into themselves');
  const carried = features.memory.take(header);
  header.forward = message.to;
  delete header.looksAt;
  delete header.snapshotAt;
  setAlarm(header, undefined, context);
  return { ...carried, seenAt: header.seenAt };
}

/** Leaves word where the facets went; closed ones take no events, but what history knows of them may be on its way. */
function entomb({ message, header, features }: Freezing): Whole {
  const tombstones = header.tombstones ?? new Map<string, string>();
  for (const id of message.facets) {
    // Set anew, so that the oldest ones come first.
    tombstones.delete(id);
    tombstones.set(id, message.to);
  }
  for (const oldest of tombstones.keys()) {
    if (tombstones.size <= limits.tombstonesPerProfileMax) break;
    tombstones.delete(oldest);
  }
  if (tombstones.size > 0) header.tombstones = tombstones;
  // What an epoch closes stays, and so does what is remembered of it.
  const carried =
    message.reason === 'epoch' ? NO_MEMORY : features.memory.part(header, new Set(message.facets));
  return { ...carried, seenAt: 0 };
}

const NO_MEMORY: CarriedMemory = Object.freeze({ memory: {} });
