import type { FiredEntry } from '../model/decision-memory.ts';
import type { Event } from '../model/event.ts';
import { Parts } from '../model/parts.ts';
import type { PendingMoment, TriggerMatch, TriggerMemory } from '../model/profile.ts';
import type { EpochMs } from '../model/time.ts';
import { CLOSING } from './patterns/memory.ts';

/** A facet by its place in a list, or one that is not in it by its name. */
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
  under: string,
  facets: readonly string[],
  matches: (number | string | null)[],
  pending: PackedPending[],
  done?: string[],
];

/** As it was written when the memories of a profile were one list, under the facets of the profile. */
export type ListedMemory = [
  name: string,
  under: string,
  matches: PackedMemory[2],
  pending: PackedMemory[3],
  done?: string[],
];

/** As it was written when a trigger was n events within a window, and nothing else. */
export type OldPackedMemory = [name: string, times: number[], unlessAt: number, firedAt: number];

const COLUMNS = 5;

/** When the first of what it waits for is due. */
export function dueOfMemory({ pending }: TriggerMemory): EpochMs | undefined {
  return pending[0]?.due;
}

/** What a profile remembers for one trigger; it needs nothing of its profile to be read. */
export function packMemory({ under = '', matches, pending, done }: TriggerMemory): PackedMemory {
  const facets: string[] = [];
  const rows: PackedMemory[2] = [];
  for (const { step, time, cause, key, facet } of matches)
    rows.push(step, time, cause, key, placeOf(facet, facets));
  const waiting = pending.map(
    ({ key, time, due, cause, facet, last = null, event = null, tooLarge = false }): PackedPending => [
      key,
      time,
      due,
      cause,
      placeOf(facet, facets),
      last,
      event,
      tooLarge,
    ],
  );
  return done === undefined ? [under, facets, rows, waiting] : [under, facets, rows, waiting, done];
}

function placeOf(facet: string, facets: string[]): number {
  const at = facets.indexOf(facet);
  return at < 0 ? facets.push(facet) - 1 : at;
}

export function unpackMemory([under, facets, rows, waiting, done]: PackedMemory): TriggerMemory {
  const matches: TriggerMatch[] = [];
  // By index: slices of five took longer than all else of it.
  for (let at = 0; at < rows.length; at += COLUMNS)
    matches.push({
      step: rows[at] as number,
      time: rows[at + 1] as number,
      cause: rows[at + 2] as string,
      key: rows[at + 3] as string | null,
      facet: nameOf(rows[at + 4] as PackedFacet, facets),
    });
  const pending = waiting.map(
    ([key, time, due, cause, facet, last, event, tooLarge]): PendingMoment => ({
      key,
      time,
      due,
      cause,
      facet: nameOf(facet, facets),
      ...(last === null ? {} : { last }),
      ...(event === null ? {} : { event }),
      ...(tooLarge ? { tooLarge } : {}),
    }),
  );
  return { ...(under === '' ? {} : { under }), matches, pending, ...(done && { done }) };
}

function nameOf(facet: PackedFacet, facets: readonly string[]): string {
  return typeof facet === 'number' ? (facets[facet] ?? '') : facet;
}

export interface UnpackedMemories {
  readonly triggers: Parts<string, TriggerMemory>;
  /** What old memories knew of decisions. */
  readonly fired: readonly FiredEntry[];
}

/** As headers had them while each was a list with all of its memories. */
export function unpackListed(
  packed: readonly (ListedMemory | OldPackedMemory)[],
  facets: readonly string[],
): UnpackedMemories {
  const triggers = new Parts<string, TriggerMemory>();
  const fired: FiredEntry[] = [];
  for (const each of packed) {
    if (isOld(each)) unpackOld(each, facets, { triggers, fired });
    else {
      const [name, under, ...memory] = each;
      triggers.set(name, unpackMemory([under, facets, ...memory]));
    }
  }
  return { triggers, fired };
}

function isOld(packed: ListedMemory | OldPackedMemory): packed is OldPackedMemory {
  return Array.isArray(packed[1]);
}

function unpackOld(
  [name, times, unlessAt, firedAt]: OldPackedMemory,
  facets: readonly string[],
  into: { readonly triggers: Parts<string, TriggerMemory>; readonly fired: FiredEntry[] },
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
