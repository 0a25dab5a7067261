import { TesseraError } from '../errors.ts';
import type { FiredEntry } from '../model/decision-memory.ts';
import type { KeptEvent } from '../model/event.ts';
import type { PendingMoment, TriggerMatch, TriggerMemory } from '../model/profile.ts';
import { keptText } from './kept-event.ts';
import { CLOSING } from './patterns/memory.ts';

/** A facet of the profile by its place, or another one by its name. */
type PackedFacet = number | string;

type PackedPending = [
  key: string,
  time: number,
  due: number,
  cause: string,
  facet: PackedFacet,
  last: string | null,
  event: KeptEvent | null,
  tooLarge: boolean,
];

/** What a profile remembers for a trigger; of each match in turn the place of its event, step and key. */
type PackedMemory = [
  name: string,
  under: string,
  matches: (number | string | null)[],
  pending: PackedPending[],
  done?: string[],
];

/** The events that matched anything, each once however many triggers remember it: time, cause and facet in turn. */
type SeenEvents = (number | string)[];

/** The events, and what is remembered for each trigger; empty where nothing is. */
export type PackedMemories = [] | [SeenEvents, ...PackedMemory[]];

/** As it was written when each match said of itself what its event was: step, time, cause, key and facet in turn. */
type WideMemory = PackedMemory;

/** As it was written when a trigger was n events within a window, and nothing else. */
type OldPackedMemory = [name: string, times: number[], unlessAt: number, firedAt: number];

/** In the form of today, or in earlier ones. */
export type StoredMemories = PackedMemories | (WideMemory | OldPackedMemory)[];

const COLUMNS = 3;
const SEEN_COLUMNS = 3;
const WIDE_COLUMNS = 5;

export function packMemories(
  triggers: ReadonlyMap<string, TriggerMemory>,
  facets: readonly string[],
): PackedMemories {
  if (triggers.size === 0) return [];
  const place = (facet: string): PackedFacet => {
    const at = facets.indexOf(facet);
    return at < 0 ? facet : at;
  };
  const seen = new SeenTable(place);
  const packed: PackedMemories = [seen.events];
  for (const [name, memory] of triggers) packed.push(packMemory(name, memory, { seen, place }));
  return packed;
}

/** Gives each event its place. Two of one cause are two of different identifiers, which is rare: one of them may come twice. */
class SeenTable {
  readonly events: SeenEvents = [];
  readonly #matches: TriggerMatch[] = [];
  readonly #places = new Map<string, number>();
  readonly #placeOf: (facet: string) => PackedFacet;
  #last = -1;

  constructor(placeOf: (facet: string) => PackedFacet) {
    this.#placeOf = placeOf;
  }

  placeOf(match: TriggerMatch): number {
    const { cause } = match;
    // Triggers remember the same events in the same order, so it is nearly always the one behind the last that was asked for.
    const next = this.#last + 1;
    const known = this.#matches[next]?.cause === cause ? next : this.#places.get(cause);
    const place = known !== undefined && this.#isAt(known, match) ? known : this.#add(match);
    this.#last = place;
    return place;
  }

  #isAt(place: number, { time, facet }: TriggerMatch): boolean {
    const first = this.#matches[place];
    return first?.time === time && first.facet === facet;
  }

  #add(match: TriggerMatch): number {
    const { time, cause, facet } = match;
    const place = this.#matches.push(match) - 1;
    this.#places.set(cause, place);
    this.events.push(time, cause, this.#placeOf(facet));
    return place;
  }
}

function packMemory(
  name: string,
  { under = '', matches, pending, done }: TriggerMemory,
  { seen, place }: { readonly seen: SeenTable; readonly place: (facet: string) => PackedFacet },
): PackedMemory {
  const rows: PackedMemory[2] = [];
  for (const match of matches) rows.push(seen.placeOf(match), match.step, match.key);
  const waiting = pending.map(
    ({ key, time, due, cause, facet, last = null, event, tooLarge = false }): PackedPending => [
      key,
      time,
      due,
      cause,
      place(facet),
      last,
      event === undefined ? null : keptText(event),
      tooLarge,
    ],
  );
  return done === undefined ? [name, under, rows, waiting] : [name, under, rows, waiting, done];
}

export interface UnpackedMemories {
  readonly triggers: Map<string, TriggerMemory>;
  /** What old memories knew of decisions. */
  readonly fired: readonly FiredEntry[];
}

export function unpackMemories(packed: StoredMemories, facets: readonly string[]): UnpackedMemories {
  const triggers = new Map<string, TriggerMemory>();
  const fired: FiredEntry[] = [];
  const named = (facet: unknown): string =>
    typeof facet === 'number' ? (facets[facet] ?? '') : String(facet);
  if (isOfToday(packed)) {
    const [events, ...memories] = packed;
    const seen = unpackSeen(events, named);
    for (const memory of memories)
      triggers.set(memory[0], unpackMemory(memory, { matches: matchesOf(memory[2], seen), named }));
  } else
    for (const each of packed) {
      if (isOld(each)) unpackOld(each, facets, { triggers, fired });
      else triggers.set(each[0], unpackMemory(each, { matches: wideMatchesOf(each[2], named), named }));
    }
  return { triggers, fired };
}

/** Earlier forms begin with the name of a trigger. */
function isOfToday(packed: StoredMemories): packed is [SeenEvents, ...PackedMemory[]] {
  return packed.length > 0 && typeof packed[0]?.[0] !== 'string';
}

type SeenEvent = Pick<TriggerMatch, 'time' | 'cause' | 'facet'>;

function unpackSeen(events: SeenEvents, named: (facet: unknown) => string): readonly SeenEvent[] {
  const seen: SeenEvent[] = [];
  for (let at = 0; at < events.length; at += SEEN_COLUMNS)
    seen.push({ time: Number(events[at]), cause: String(events[at + 1]), facet: named(events[at + 2]) });
  return seen;
}

function matchesOf(rows: PackedMemory[2], seen: readonly SeenEvent[]): TriggerMatch[] {
  const matches: TriggerMatch[] = [];
  for (let at = 0; at < rows.length; at += COLUMNS) {
    const event = seen[Number(rows[at])];
    if (event === undefined)
      throw new TesseraError('data_format', 'a stored profile is malformed: a match has no event');
    const { time, cause, facet } = event;
    matches.push({ step: Number(rows[at + 1]), time, cause, key: keyOf(rows[at + 2]), facet });
  }
  return matches;
}

function wideMatchesOf(rows: PackedMemory[2], named: (facet: unknown) => string): TriggerMatch[] {
  const matches: TriggerMatch[] = [];
  for (let at = 0; at < rows.length; at += WIDE_COLUMNS) {
    const [step, time, cause, key, facet] = rows.slice(at, at + WIDE_COLUMNS);
    const event = { time: Number(time), cause: String(cause), facet: named(facet) };
    matches.push({ step: Number(step), ...event, key: keyOf(key) });
  }
  return matches;
}

function keyOf(key: number | string | null | undefined): string | null {
  return key === null || key === undefined ? null : String(key);
}

function isOld(packed: WideMemory | OldPackedMemory): packed is OldPackedMemory {
  return Array.isArray(packed[1]);
}

function unpackMemory(
  [, under, , waiting, done]: PackedMemory,
  { matches, named }: { readonly matches: TriggerMatch[]; readonly named: (facet: unknown) => string },
): TriggerMemory {
  const pending = waiting.map(
    ([key, time, due, cause, facet, last, event, tooLarge]): PendingMoment => ({
      key,
      time,
      due,
      cause,
      facet: named(facet),
      ...(last === null ? {} : { last }),
      ...(event === null ? {} : { event: keptText(event) }),
      ...(tooLarge ? { tooLarge } : {}),
    }),
  );
  return { ...(under === '' ? {} : { under }), matches, pending, ...(done && { done }) };
}

function unpackOld(
  [name, times, unlessAt, firedAt]: OldPackedMemory,
  facets: readonly string[],
  into: { readonly triggers: Map<string, TriggerMemory>; readonly fired: FiredEntry[] },
): void {
  const facet = facets[0] ?? '';
  const matches: TriggerMatch[] = times.map((time) => ({ step: 0, time, cause: '', key: '', facet }));
  if (unlessAt > 0) matches.push({ step: CLOSING, time: unlessAt, cause: '', key: null, facet });
  matches.sort((a, b) => a.time - b.time);
  if (matches.length > 0) into.triggers.set(name, { matches, pending: [] });
  if (firedAt === 0) return;
  into.fired.push({
    id: '',
    trigger: name,
    group: '',
    channel: '',
    at: firedAt,
    service: false,
    heldOut: false,
  });
}
