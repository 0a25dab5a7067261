import { limits } from '../limits.ts';
import type { Person } from '../model/identity.ts';
import type { EpochMs } from '../model/time.ts';
import { isKnown, typeOf } from './people.ts';
import type { CompiledPolicy, CompiledType } from './policy.ts';

/**
 * Would these people and identifiers together break a limit? People never share a link, so their counts add up.
 * A person who is above a limit already (an older policy, an approved merge) may stay, but not grow in that type.
 */
export interface Union {
  readonly people: readonly Person[];
  /** `type:hash` of identifiers that none of them holds yet. */
  readonly added: readonly string[];
  /** Those of theirs that are about to leave. */
  readonly without?: readonly string[];
}

export type Misfit = 'limit' | 'apart' | 'suspicious';

export function misfit(
  { people, added, without = [] }: Union,
  { policy, now }: { policy: CompiledPolicy; now: EpochMs },
): Misfit | undefined {
  if (people.length > 1 && areApart(people)) return 'apart';
  let size = added.length - without.length;
  let merges = -1;
  for (const person of people) {
    size += person.links.length;
    merges += person.merged.length + 1;
  }
  if (size > limits.identifiersPerProfileMax || merges > limits.mergesPerProfileMax) return 'limit';
  const known = people.length > 1 && people.filter((person) => isKnown(person, policy)).length > 1;
  let suspicious = false;
  for (const [type, { sum, most }] of countTypes({ people, added, without }, policy, now)) {
    if (sum === most) continue;
    if (sum > type.limit) return 'limit';
    if (known && type.strong && sum > policy.reviewValuesPerType) suspicious = true;
  }
  return suspicious ? 'suspicious' : undefined;
}

interface TypeCount {
  /** Values in all. */
  sum: number;
  /** Values of the one who has most: where that is all of them, nobody gains any. */
  most: number;
}

function countTypes(
  { people, added, without }: Union,
  policy: CompiledPolicy,
  now: EpochMs,
): Map<CompiledType, TypeCount> {
  const counts = new Map<CompiledType, TypeCount>();
  for (const person of people) {
    const own = new Map<CompiledType, number>();
    for (const { key, since, alias } of person.links) {
      const type = policy.of(typeOf(key));
      if (alias || isPast(since, now, type) || without?.includes(key)) continue;
      own.set(type, (own.get(type) ?? 0) + 1);
    }
    for (const [type, n] of own) {
      const count = counts.get(type);
      if (count === undefined) counts.set(type, { sum: n, most: n });
      else {
        count.sum += n;
        count.most = Math.max(count.most, n);
      }
    }
  }
  for (const key of added) {
    const type = policy.of(typeOf(key));
    const count = counts.get(type);
    // A value that is new to everybody always makes the sum exceed what any one of them has.
    if (count === undefined) counts.set(type, { sum: 1, most: 0 });
    else count.sum++;
  }
  return counts;
}

/** Too long ago to be counted; without a moment everything counts. */
function isPast(since: EpochMs, now: EpochMs, { periodMs }: CompiledType): boolean {
  return now !== Infinity && since <= now - periodMs;
}

/** An operator has said of two of them that they are not one person. */
export function areApart(people: readonly Person[]): boolean {
  for (const one of people) {
    if (one.apart.length === 0) continue;
    for (const other of people) {
      if (other === one) continue;
      for (const id of one.apart) if (id === other.id || other.merged.includes(id)) return true;
    }
  }
  return false;
}

/**
 * Do they contradict each other? Evidence by a device alone, or by statements, brings together at most this many values
 * of a strong type; whoever has more already may keep them, but gains none.
 */
export function isCompatible({ people, added }: Union, perType: number, policy: CompiledPolicy): boolean {
  const counts = countTypes({ people, added }, policy, Infinity);
  for (const [type, { sum, most }] of counts) if (type.strong && sum > most && sum > perType) return false;
  return true;
}
