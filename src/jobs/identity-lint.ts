import { setTimeout as sleep } from 'node:timers/promises';
import { Pace } from '../background/pace.ts';
import type { Definitions } from '../definitions/definitions.ts';
import { TesseraError } from '../errors.ts';
import { limits } from '../limits.ts';
import { baseType } from '../model/identifier-type.ts';
import type { Link, Person } from '../model/identity.ts';
import type { IdentifierTypePolicy } from '../model/identity-policy.ts';
import type { Clock } from '../ports/clock.ts';
import type { StateStore } from '../ports/state.ts';
import type { EntryCodec } from '../runner/entry-cache.ts';
import type { IdentifierQuality, Quality, QualityReport, Spread } from '../serve/quality-service.ts';

/**
 * Looks over all identifiers in the background: how many values of a type one profile holds, and how many people one
 * value was seen with. An identifier that is worth its name has about one person per value. Entries are read while the
 * engine goes on, so that a scan is no snapshot: what changes meanwhile may be counted as before or as after.
 */
export interface IdentityLintOptions {
  readonly store: StateStore;
  readonly partition: string;
  readonly codec: EntryCodec;
  readonly definitions: Definitions;
  readonly clock: Clock;
  /** A scan failed; the next one will try again. */
  readonly onError: (error: unknown) => void;
}

/** Types of which the policy knows nothing (any more) are counted together. */
const OTHER_TYPES = 'other';
/** A scan works half of the time while it is under way: with a rest of so many times that long it takes less than a hundredth of all. */
export const REST_TIMES = 60;
const NEVER: QualityReport = Object.freeze({ identifiers: [], as_of: null });

export class IdentityLint implements Quality {
  readonly #options: IdentityLintOptions;
  #latest = NEVER;
  /** Version of the state that was last looked over. */
  #version: number | undefined;
  #scanning: Promise<void> | undefined;
  #aborting = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #started = false;

  constructor(options: IdentityLintOptions) {
    this.#options = options;
  }

  /** What the last scan found. */
  get latest(): QualityReport {
    return this.#latest;
  }

  /** Scans now and then: the more there is to look at, the less often, so that the share of the work stays small. Idempotent. */
  start(): void {
    if (this.#started) return;
    this.#started = true;
    void this.#scanAndRest();
  }

  /** Ends the scan under way and waits for it. Idempotent. */
  async stop(): Promise<void> {
    this.#started = false;
    clearTimeout(this.#timer);
    this.#aborting.abort();
    await this.#scanning;
  }

  async report(fresh: boolean): Promise<QualityReport> {
    if (fresh || this.#latest.as_of === null) {
      const patience = new AbortController();
      const waiting = sleep(limits.lintWaitMs, undefined, { ref: false, signal: patience.signal });
      // The timer ends by the signal once it is no longer needed.
      await Promise.race([this.#scan(), waiting.catch(() => undefined)]);
      patience.abort();
    }
    return this.#latest;
  }

  async #scanAndRest(): Promise<void> {
    const began = performance.now();
    await this.#scan();
    if (!this.#started) return;
    const rest = Math.max(limits.lintEveryMs, REST_TIMES * (performance.now() - began));
    this.#timer = setTimeout(() => void this.#scanAndRest(), rest).unref();
  }

  /** One at a time: who asks while a scan is under way waits for that one. */
  #scan(): Promise<void> {
    this.#scanning ??= this.#scanOnce().finally(() => {
      this.#scanning = undefined;
    });
    return this.#scanning;
  }

  async #scanOnce(): Promise<void> {
    const { store, partition, definitions, clock, onError } = this.#options;
    try {
      const version = (await store.checkpoint(partition))?.version ?? 0;
      const at = clock.now();
      if (version === this.#version) {
        this.#latest = { ...this.#latest, as_of: at };
        return;
      }
      const counting = new Counting(definitions.entry.identity.definition.types);
      const pace = new Pace(clock, this.#aborting.signal);
      // The codec answers the type that belongs to the key's prefix.
      await this.#each('i/', pace, (link) => counting.takeLink(link as Link));
      await this.#each('g/', pace, (person) => counting.takePerson(person as Person));
      this.#latest = { identifiers: counting.report(), as_of: at };
      this.#version = version;
    } catch (error) {
      if (!(error instanceof TesseraError && error.code === 'stopping')) onError(error);
    }
  }

  async #each(prefix: string, pace: Pace, take: (entry: object) => void): Promise<void> {
    const { store, partition, codec } = this.#options;
    for (let after = ''; ; ) {
      pace.check();
      const page = await store.scan(partition, prefix, after, limits.pageMax);
      for (const [key, bytes] of page) {
        take(codec.decode(key, bytes));
        after = key;
        if (pace.isDue()) await pace.rest();
      }
      if (page.length < limits.pageMax) return;
    }
  }
}

interface TypeCount {
  readonly strong: boolean;
  values: number;
  profiles: number;
  shared: number;
  blocked: number;
  readonly valuesPerProfile: Map<number, number>;
  readonly profilesPerValue: Map<number, number>;
}

/** By type, so that the number of counts is that of the policy's types, whatever clients send. */
class Counting {
  readonly #types: Map<string, TypeCount>;

  constructor(types: readonly Pick<IdentifierTypePolicy, 'type' | 'strong'>[]) {
    const all = [...types, { type: OTHER_TYPES, strong: false }];
    this.#types = new Map(all.map(({ type, strong }) => [type, emptyCount(strong)]));
  }

  takeLink(link: Link): void {
    const count = this.#of(link.type);
    count.values++;
    // A device that stands in a store is kept as blocked, too: from the first sight on it is nobody's.
    if (link.blocked === true && count.strong) count.blocked++;
    else if (link.sharedAs !== undefined) count.shared++;
    add(count.profilesPerValue, peopleOf(link));
  }

  takePerson({ links }: Person): void {
    const held = new Map<TypeCount, number>();
    for (const { key } of links) add(held, this.#of(key.slice(0, key.lastIndexOf(':'))));
    for (const [count, values] of held) {
      count.profiles++;
      add(count.valuesPerProfile, values);
    }
  }

  report(): readonly IdentifierQuality[] {
    const report: IdentifierQuality[] = [];
    for (const [type, count] of this.#types) {
      if (count.values === 0 && type === OTHER_TYPES) continue;
      const { values, profiles, shared, blocked } = count;
      const profilesPerValue = spreadOf(count.profilesPerValue);
      report.push({
        type,
        values,
        profiles,
        values_per_profile: spreadOf(count.valuesPerProfile),
        profiles_per_value: profilesPerValue,
        shared,
        blocked,
        verdict: verdictOf(values, profilesPerValue),
      });
    }
    return report;
  }

  #of(type: string): TypeCount {
    const known = this.#types.get(baseType(type)) ?? this.#types.get(OTHER_TYPES);
    return known ?? emptyCount(false);
  }
}

function emptyCount(strong: boolean): TypeCount {
  return {
    strong,
    values: 0,
    profiles: 0,
    shared: 0,
    blocked: 0,
    valuesPerProfile: new Map(),
    profilesPerValue: new Map(),
  };
}

function add<K>(counts: Map<K, number>, key: K): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/**
 * Its holder, whoever it was seen with, and from whom it was taken because it was shared; the anonymous profile of a
 * shared one is nobody. An identifier comes with somebody, so there is at least one.
 */
function peopleOf({ owner, sharedAs, seenWith, past }: Link): number {
  if (seenWith.length === 0 && sharedAs === undefined) return 1;
  const people = new Set(seenWith);
  if (owner !== '' && owner !== sharedAs) people.add(owner);
  for (const { profile, reason } of past) if (reason === 'shared') people.add(profile);
  return Math.max(1, people.size);
}

function spreadOf(counts: ReadonlyMap<number, number>): Spread {
  const sorted = [...counts].sort(([a], [b]) => a - b);
  const total = sorted.reduce((sum, [, count]) => sum + count, 0);
  return { p50: rankOf(sorted, total, 0.5), p99: rankOf(sorted, total, 0.99), max: sorted.at(-1)?.[0] ?? 0 };
}

/** Nearest rank: the smallest value that so great a share of all does not exceed. */
function rankOf(sorted: readonly (readonly [number, number])[], total: number, share: number): number {
  let seen = 0;
  for (const [value, count] of sorted) {
    seen += count;
    if (seen >= Math.ceil(total * share)) return value;
  }
  return 0;
}

/** Few values that everybody shares are found and stop linking by themselves; it is the type that is judged here. */
const FINE_MAX = 5;
const WATCH_MAX = 9;

/** About one person per value is ideal, 2 to 5 are fine, and with tens the type tells people apart no more. */
function verdictOf(values: number, { p99 }: Spread): IdentifierQuality['verdict'] {
  if (values === 0) return 'unused';
  if (p99 <= 1) return 'ideal';
  if (p99 <= FINE_MAX) return 'fine';
  return p99 <= WATCH_MAX ? 'watch' : 'reject';
}
