import type { Event } from '../../src/model/event.ts';
import type { EventPattern, TriggerDefinition } from '../../src/model/trigger.ts';
import {
  byWhen,
  causeOf,
  type NaiveStep,
  naiveMs,
  naiveNots,
  onOf,
  type Seen,
} from './naive-trigger-forms.ts';
import { NaiveMoment, valueAt } from './naive-trigger-moment.ts';

/**
 * What patterns mean, over all that was seen of a person and not used up. Chains are found by trying all of them, the
 * newest first.
 */
export interface Unused {
  readonly seen: readonly Seen[];
  /** Whether a decision has used up this event as this step. */
  readonly isUsed: (step: number, seen: Seen) => boolean;
}

const NOBODY = new NaiveMoment([], { features: [], segments: [] }, { now: 0, members: new Set() });

export function matches({ event: type, where }: EventPattern, event: Event): boolean {
  const types = [type].flat();
  return types.includes(event.type) && (where === undefined || NOBODY.holds(where, event));
}

/** All texts at a path, through lists. */
function textsAt(event: Event, path: string): readonly string[] {
  const values = path
    .split('.')
    .reduce<readonly unknown[]>(
      (all, step) =>
        all.flatMap((each) => (each as Record<string, unknown> | undefined)?.[step.replace('[]', '')] ?? []),
      [event],
    );
  return values.map(String);
}

/** The text of a key; undefined where the event has none. */
function keyAt(event: Event, path: string | undefined): string | undefined {
  if (path === undefined) return '';
  const value = valueAt(event, path);
  return value === undefined || value === null ? undefined : String(value);
}

export function keyOfCount(trigger: TriggerDefinition, event: Event): string | undefined {
  const { of, by } = onOf(trigger);
  return of !== undefined && matches(of, event) ? keyAt(event, by) : undefined;
}

/** The same key's matches within the window that ends with the newest of them. */
export function countWindow(
  trigger: TriggerDefinition,
  key: string,
  { seen, isUsed }: Unused,
): { readonly opens: number; readonly latest: number; readonly matched: readonly Seen[] } {
  const { within = '' } = onOf(trigger);
  const same = seen.filter((each) => keyOfCount(trigger, each.event) === key && !isUsed(0, each));
  const latest = Math.max(...same.map(({ event }) => event.time));
  const opens = latest - naiveMs(within);
  return { opens, latest, matched: same.filter(({ event }) => event.time > opens) };
}

/** When the newest event that forbids the count happened. */
export function unlessAt(trigger: TriggerDefinition, seen: readonly Seen[]): number {
  const { unless } = onOf(trigger);
  const times = seen.filter(({ event }) => unless !== undefined && matches(unless, event));
  return Math.max(...times.map(({ event }) => event.time));
}

/** The steps of a sequence, those that must come and those that must not. */
export class NaiveSteps {
  readonly all: readonly NaiveStep[];
  /** Places of the steps that must come. */
  readonly positive: readonly number[];
  /** The last step, where it is an absence. */
  readonly absence: number | undefined;
  readonly #path: string | undefined;

  constructor(trigger: TriggerDefinition) {
    this.all = onOf(trigger).sequence ?? [];
    this.positive = this.all.flatMap(({ not }, place) => (not === undefined ? [place] : []));
    const last = this.all.length - 1;
    this.absence = this.all[last]?.not === undefined ? undefined : last;
    const keys = this.all.flatMap((step) => [step.key, ...naiveNots(step).map((not) => not.key)]);
    this.#path = keys.find((path) => path !== undefined);
  }

  /** The key under which the event is this step; undefined where it is not. */
  keyOf(place: number, event: Event): string | undefined {
    const { event: type, where, key, until, not } = this.all[place] ?? {};
    if (type === undefined || not !== undefined) return undefined;
    if (!matches({ event: type, ...(where === undefined ? {} : { where }) }, event)) return undefined;
    const { until: named = until } = this.all[place + 1] ?? {};
    // Who names no moment to wait for begins nothing.
    if (named !== undefined && valueAt(event, named) === undefined) return undefined;
    return keyAt(event, key ?? this.#path);
  }

  /** Whether the event is one that may not come, under this key; `seen` says what lies under it. */
  closes(
    place: number,
    event: Event,
    { key, seen }: { readonly key: string; readonly seen: readonly Seen[] },
  ): boolean {
    return naiveNots(this.all[place] ?? {}).some((not) => {
      if (!matches(not, event)) return false;
      if (not.any_key === true) return true;
      if (not.item === undefined) return keyAt(event, not.key ?? this.#path) === key;
      return textsAt(event, not.item).some((item) => this.#holds(key, item, seen));
    });
  }

  #holds(key: string, item: string, seen: readonly Seen[]): boolean {
    return this.positive.some((place) =>
      seen.some(({ event }) => {
        const path = this.all[place]?.item;
        return path !== undefined && this.keyOf(place, event) === key && textsAt(event, path).includes(item);
      }),
    );
  }
}

/** The chain of the key that this event takes part in: of several the one that ends last, and so on backwards. */
export function newestChain(
  steps: NaiveSteps,
  { key, arriving }: { readonly key: string; readonly arriving: Seen },
  unused: Unused,
): readonly Seen[] | undefined {
  const candidates = steps.positive.map((place) =>
    unused.seen
      .filter((each) => steps.keyOf(place, each.event) === key && !unused.isUsed(place, each))
      .sort((a, b) => byWhen(b, a)),
  );
  const extend = (chain: readonly Seen[]): readonly Seen[] | undefined => {
    const index = steps.positive.length - chain.length - 1;
    if (index < 0) return chain.some((each) => causeOf(each) === causeOf(arriving)) ? chain : undefined;
    for (const each of candidates[index] ?? []) {
      const next = chain[0];
      if (next !== undefined && !mayFollow(steps, { index, each, next, key }, unused)) continue;
      const found = extend([each, ...chain]);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return extend([]);
}

interface Link {
  /** Of the earlier one among the steps that must come. */
  readonly index: number;
  readonly each: Seen;
  readonly next: Seen;
  readonly key: string;
}

function mayFollow(steps: NaiveSteps, { index, each, next, key }: Link, { seen, isUsed }: Unused): boolean {
  if (byWhen(each, next) >= 0) return false;
  const [from = 0, to = 0] = [steps.positive[index], steps.positive[index + 1]];
  const { within } = steps.all[to] ?? {};
  if (within !== undefined && next.event.time - each.event.time > naiveMs(within)) return false;
  for (let place = from + 1; place < to; place++) {
    const between = seen.some(
      (other) =>
        steps.closes(place, other.event, { key, seen }) &&
        !isUsed(place, other) &&
        other.event.time > each.event.time &&
        other.event.time < next.event.time,
    );
    if (between) return false;
  }
  return true;
}
