import type { Event } from '../../src/model/event.ts';
import type { EventPattern, TriggerDefinition } from '../../src/model/trigger.ts';
import { byWhen, causeOf, type NaiveStep, naiveMs, onOf, type Seen } from './naive-trigger-forms.ts';
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
  return event.type === type && (where === undefined || NOBODY.holds(where, event));
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
    this.#path = this.all.map(({ key, not }) => key ?? not?.key).find((path) => path !== undefined);
  }

  /** The key under which the event is this step; undefined where it is not. */
  keyOf(place: number, event: Event): string | undefined {
    const { event: type, where, key, not } = this.all[place] ?? {};
    const pattern = not ?? { event: type ?? '', ...(where === undefined ? {} : { where }) };
    if (!matches(pattern, event)) return undefined;
    if (not?.any_key === true) return ANY_KEY;
    return keyAt(event, key ?? not?.key ?? this.#path);
  }

  closes(place: number, event: Event, key: string): boolean {
    const own = this.keyOf(place, event);
    return own !== undefined && (own === ANY_KEY || own === key);
  }
}

/** No text of an event is this one. */
const ANY_KEY = '\0any';

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
        steps.closes(place, other.event, key) &&
        !isUsed(place, other) &&
        other.event.time > each.event.time &&
        other.event.time < next.event.time,
    );
    if (between) return false;
  }
  return true;
}
