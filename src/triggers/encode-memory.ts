import type { FiredEntry } from '../model/decision-memory.ts';
import type { Event } from '../model/event.ts';
import type { PendingMoment, TriggerMatch, TriggerMemory } from '../model/profile.ts';
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
  event: Event | null,
  tooLarge: boolean,
];

/** What a profile remembers for a trigger; of each match step, time, cause, key and facet in turn. */
export type PackedMemory = [
  name: string,
  under: string,
  matches: (number | string | null)[],
  pending: PackedPending[],
  done?: string[],
];

/** As it was written when a trigger was n events within a window, and nothing else. */
export type OldPackedMemory = [name: string, times: number[], unlessAt: number, firedAt: number];

const COLUMNS = 5;

export function packMemories(
  triggers: ReadonlyMap<string, TriggerMemory>,
  facets: readonly string[],
): PackedMemory[] {
  const packed: PackedMemory[] = [];
  for (const [name, memory] of triggers) packed.push(packMemory(name, memory, facets));
  return packed;
}

function packMemory(
  name: string,
  { under = '', matches, pending, done }: TriggerMemory,
  facets: readonly string[],
): PackedMemory {
  const place = (facet: string): PackedFacet => {
    const at = facets.indexOf(facet);
    return at < 0 ? facet : at;
  };
  const rows: PackedMemory[2] = [];
  for (const { step, time, cause, key, facet } of matches) rows.push(step, time, cause, key, place(facet));
  const waiting = pending.map(
    ({ key, time, due, cause, facet, last = null, event = null, tooLarge = false }): PackedPending => [
      key,
      time,
      due,
      cause,
      place(facet),
      last,
      event,
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

export function unpackMemories(
  packed: readonly (PackedMemory | OldPackedMemory)[],
  facets: readonly string[],
): UnpackedMemories {
  const triggers = new Map<string, TriggerMemory>();
  const fired: FiredEntry[] = [];
  for (const each of packed) {
    if (isOld(each)) unpackOld(each, facets, { triggers, fired });
    else triggers.set(each[0], unpackMemory(each, facets));
  }
  return { triggers, fired };
}

function isOld(packed: PackedMemory | OldPackedMemory): packed is OldPackedMemory {
  return Array.isArray(packed[1]);
}

function unpackMemory(
  [, under, rows, waiting, done]: PackedMemory,
  facets: readonly string[],
): TriggerMemory {
  const named = (facet: unknown): string =>
    typeof facet === 'number' ? (facets[facet] ?? '') : String(facet);
  const matches: TriggerMatch[] = [];
  for (let at = 0; at < rows.length; at += COLUMNS) {
    const [step, time, cause, key, facet] = rows.slice(at, at + COLUMNS);
    matches.push({
      step: Number(step),
      time: Number(time),
      cause: String(cause),
      key: key === null ? null : String(key),
      facet: named(facet),
    });
  }
  const pending = waiting.map(
    ([key, time, due, cause, facet, last, event, tooLarge]): PendingMoment => ({
      key,
      time,
      due,
      cause,
      facet: named(facet),
      ...(last === null ? {} : { last }),
      ...(event === null ? {} : { event }),
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
