import type { NumberedDefinition } from '../../src/model/definitions.ts';
import type { Event } from '../../src/model/event.ts';
import type { SegmentDefinition } from '../../src/model/segment.ts';
import { naiveFeatures } from './naive-features.ts';
import { isZone } from './naive-local-time.ts';
import { byWhen, causeOf, naiveMs, type Seen } from './naive-trigger-forms.ts';

/** What is in force beside triggers. Features are counts and sums; segments ask what `holds` knows. */
export interface NaiveInForce {
  readonly features: readonly NumberedDefinition[];
  readonly segments: readonly SegmentDefinition[];
}

type Written = Readonly<Record<string, unknown>>;

const TRUST: Readonly<Record<string, number>> = { list: 2, event: 1, rule: 0 };

/** A person at a moment, out of everything that was seen of them. */
export class NaiveMoment {
  readonly #seen: readonly Seen[];
  readonly #inForce: NaiveInForce;
  readonly now: number;
  /** Names of the segments that the person is in. */
  readonly members: ReadonlySet<string>;
  /** Computed once, whichever segments are asked about. */
  readonly #features: { of?: Readonly<Record<string, { readonly value: unknown }>> };

  constructor(
    seen: readonly Seen[],
    inForce: NaiveInForce,
    at: { now: number; members: ReadonlySet<string>; same?: NaiveMoment },
  ) {
    this.#seen = seen;
    this.#inForce = inForce;
    this.now = at.now;
    this.members = at.members;
    this.#features = at.same === undefined ? {} : at.same.#features;
  }

  /** The same moment for somebody who is in these segments. */
  among(members: ReadonlySet<string>): NaiveMoment {
    return new NaiveMoment(this.#seen, this.#inForce, { now: this.now, members, same: this });
  }

  feature(name: string): unknown {
    this.#features.of ??= naiveFeatures(this.#inForce.features, this.#seen, {
      now: this.now,
      currency: 'CNY',
    });
    return this.#features.of[name]?.value;
  }

  /** The newest word on a trait, with who said it. */
  said(
    name: string,
  ): { readonly value: unknown; readonly cause: string; readonly knownAt: number } | undefined {
    const last = this.#seen
      .filter(({ event }) => event.traits?.[name] !== undefined)
      .sort(byWhen)
      .at(-1);
    return last && { value: last.event.traits?.[name], cause: causeOf(last), knownAt: last.appendedAt };
  }

  trait(name: string): unknown {
    return this.said(name)?.value;
  }

  consent(name: string): unknown {
    const words = this.#seen.flatMap((seen) => {
      const value = name
        .split('.')
        .reduce<unknown>((at, step) => (at as Written | undefined)?.[step], seen.event.consent);
      return value === undefined ? [] : [{ seen, value }];
    });
    return words.sort((a, b) => byWhen(a.seen, b.seen)).at(-1)?.value;
  }

  tag(name: string): boolean {
    const words = this.#seen.filter(({ event }) => event.tag?.name === name).sort(byWhen);
    const last = words.at(-1)?.event.tag;
    const byRule = this.#inForce.segments.some((each) => each.kind === 'tag' && each.name === name);
    const byHand = last?.on === true && (last.expires === undefined || last.expires > this.now);
    return byHand || (byRule && this.members.has(name));
  }

  get kind(): string {
    const claims = this.#seen.filter(({ event }) => event.kind !== undefined);
    const trust = ({ event }: Seen): number => TRUST[event.kind?.by ?? 'rule'] ?? 0;
    const best = claims.sort((a, b) => trust(a) - trust(b) || byWhen(a, b)).at(-1);
    return best?.event.kind?.kind ?? 'customer';
  }

  zone(otherwise: string): string {
    const own = this.trait('timezone');
    return isZone(own) ? own : otherwise;
  }

  holds(condition: unknown, event: Event | undefined): boolean {
    const written = condition as Written;
    for (const kind of ['feature', 'trait', 'consent', 'tag', 'segment'] as const) {
      if (!Object.hasOwn(written, kind)) continue;
      const { [kind]: name, ...tests } = written;
      const known = Object.entries(tests).map(([test, operand]) => [test, operandOf(operand, event)]);
      // Nothing fits what the event does not say.
      if (known.some(([, operand]) => operand === undefined)) return false;
      return this.#term(kind, String(name), Object.fromEntries(known));
    }
    return Object.entries(written).every(([key, operand]) => {
      if (key === 'all') return (operand as unknown[]).every((part) => this.holds(part, event));
      if (key === 'any') return (operand as unknown[]).some((part) => this.holds(part, event));
      if (key === 'not') return !this.holds(operand, event);
      return fits(valueAt(event, key), operand as Written);
    });
  }

  #term(kind: 'feature' | 'trait' | 'consent' | 'tag' | 'segment', name: string, tests: Written): boolean {
    if (kind === 'tag') return this.tag(name) === (tests.equals ?? tests.exists ?? true);
    if (kind === 'segment') return this.members.has(name) === (tests.equals ?? tests.exists ?? true);
    return fits(this[kind](name), tests);
  }
}

/** What stands in the definition, or what the event says. */
function operandOf(operand: unknown, event: Event | undefined): unknown {
  const path = (operand as Written | null)?.event;
  return typeof path === 'string' ? valueAt(event, path) : operand;
}

export function valueAt(event: Event | undefined, path: string): unknown {
  return path.split('.').reduce<unknown>((at, step) => (at as Written | undefined)?.[step], event);
}

export function fits(value: unknown, tests: Written): boolean {
  return Object.entries(tests).every(([name, operand]) => {
    switch (name) {
      case 'equals':
        return value === operand;
      case 'in':
        return (operand as unknown[]).includes(value);
      case 'exists':
        return (value !== undefined && value !== null) === operand;
      case 'gt':
        return typeof value === 'number' && value > Number(operand);
      case 'gte':
        return typeof value === 'number' && value >= Number(operand);
      case 'lt':
        return typeof value === 'number' && value < Number(operand);
      case 'lte':
        return typeof value === 'number' && value <= Number(operand);
      case 'between': {
        const [low, high] = operand as [number, number];
        return typeof value === 'number' && value >= low && value <= high;
      }
      default:
        throw new Error(`${name} is not among what the oracle knows`);
    }
  });
}

/** Moments after `now` at which a window lets something go: slices of a sixtieth of it leave as a whole. */
export function windowEnds(seen: readonly Seen[], { features }: NaiveInForce): readonly number[] {
  return features.flatMap(({ definition: { on, window } }) => {
    if (!/^\d/.test(window)) return [];
    const length = naiveMs(window);
    const slice = Math.ceil(length / 60);
    return seen
      .filter(({ event }) => on.includes(event.type))
      .map(({ event }) => Math.floor(event.time / slice) * slice + slice + length);
  });
}

/** When tags that were put on by hand expire. */
export function tagEnds(seen: readonly Seen[]): readonly number[] {
  return seen.flatMap(({ event }) => event.tag?.expires ?? []);
}

/** In which segments somebody is: looked at again and again until nothing changes. */
export function naiveMembers(moment: NaiveMoment, inForce: NaiveInForce): ReadonlySet<string> {
  let members: ReadonlySet<string> = new Set();
  for (let round = 0; round <= inForce.segments.length; round++) {
    const now = moment.among(members);
    const next = inForce.segments.filter(({ when }) => now.holds(when, undefined)).map(({ name }) => name);
    if (next.length === members.size && next.every((name) => members.has(name))) break;
    members = new Set(next);
  }
  return members;
}
