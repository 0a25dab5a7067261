import type { Event } from '../../src/model/event.ts';
import type { MessagingDefinition } from '../../src/model/messaging.ts';
import type { TriggerDefinition } from '../../src/model/trigger.ts';
import { naiveDays } from './naive-trigger-calendar.ts';
import { causeOf, type NaiveDecision, onOf, type Seen } from './naive-trigger-forms.ts';
import type { NaiveCandidate, NaiveSent } from './naive-trigger-limits.ts';
import { type NaiveInForce, NaiveMoment, tagEnds, windowEnds } from './naive-trigger-moment.ts';
import { keyOfCount, NaiveSteps, type Unused } from './naive-trigger-patterns.ts';

export interface NaiveWorld extends NaiveInForce {
  readonly triggers: readonly TriggerDefinition[];
  readonly messaging: MessagingDefinition;
}

/** Something has begun, and time runs until what must not come. */
export interface Waiting {
  readonly trigger: TriggerDefinition;
  readonly key: string;
  /** The last of what had to come. */
  readonly begun: Seen;
  /** What completed it, whichever came last to the log. */
  readonly completing: Seen;
  readonly due: number;
}

export interface Deferred extends NaiveCandidate {
  readonly until: number;
}

/** An absence that has fired. */
export interface Answered {
  readonly candidate: NaiveCandidate;
  readonly at: number;
}

/** A day that is due at a moment. */
export interface DueDay {
  readonly trigger: TriggerDefinition;
  readonly date: string;
  /** When its turn comes. */
  readonly at: number;
  readonly due: number;
  readonly cause: string;
  readonly event?: Event;
}

/** What something follows from. */
interface Of {
  readonly seen: readonly Seen[];
  readonly length: number;
}

const DAY = 86_400_000;

/** Less than a millisecond after a look. */
function afterLook(due: number, look: number): number {
  return look + 0.5 - (look - due) / (4 * DAY);
}

/** Everything about one person, kept for ever. */
export class NaivePerson {
  readonly id: string;
  forward: NaivePerson | undefined;
  /** Where facets went that have left. */
  readonly left = new Map<string, string>();
  seen: Seen[] = [];
  /** `trigger \0 step \0 cause`. */
  readonly used = new Set<string>();
  waiting: Waiting[] = [];
  deferred: Deferred[] = [];
  sent: NaiveSent[] = [];
  answered: Answered[] = [];
  /** Feature triggers whose comparison held when somebody looked. */
  crossed: ReadonlySet<string> | undefined;
  members: ReadonlySet<string> = new Set();
  /** `trigger \0 date`. */
  readonly daysDone = new Set<string>();
  readonly decided = new Map<string, NaiveDecision['decision']>();
  /** When facets came or went without anybody having looked since. */
  lookAt: number | undefined;
  /** When facets came or went last: what follows from that was not known before. */
  facetsAt = Number.NEGATIVE_INFINITY;
  /** The last moment at which time's own changes were looked for. */
  lookedAt = Number.NEGATIVE_INFINITY;
  readonly #world: NaiveWorld;
  /** What follows from what was seen, only so that the oracle stays usable. */
  readonly #kept: {
    days?: Of & { readonly until: number; readonly days: readonly DueDay[] };
    ends?: Of & { readonly ends: readonly number[] };
  } = {};

  constructor(id: string, world: NaiveWorld) {
    this.id = id;
    this.#world = world;
  }

  moment(now: number): NaiveMoment {
    return new NaiveMoment(this.seen, this.#world, { now, members: this.members });
  }

  unused(trigger: TriggerDefinition): Unused {
    const isUsed = (step: number, seen: Seen): boolean =>
      this.used.has(`${trigger.name}\0${step}\0${causeOf(seen)}`);
    return { seen: this.seen, isUsed };
  }

  useUpCount(trigger: TriggerDefinition, key: string): void {
    for (const each of this.seen)
      if (keyOfCount(trigger, each.event) === key) this.used.add(`${trigger.name}\0${0}\0${causeOf(each)}`);
  }

  useUpChain(trigger: TriggerDefinition, key: string, upTo: number): void {
    const steps = new NaiveSteps(trigger);
    for (const each of this.seen) {
      if (each.event.time > upTo) continue;
      for (const place of steps.all.keys())
        if (steps.keyOf(place, each.event) === key)
          this.used.add(`${trigger.name}\0${place}\0${causeOf(each)}`);
    }
  }

  /** Days that have not been told, none of which was over for a day when it became known. */
  days(now: number): readonly DueDay[] {
    return this.#allDays(now).filter(({ trigger, date }) => !this.daysDone.has(`${trigger.name}\0${date}`));
  }

  #isSame({ seen, length }: Of): boolean {
    return seen === this.seen && length === this.seen.length;
  }

  #allDays(now: number): readonly DueDay[] {
    const known = this.#kept.days;
    if (known !== undefined && this.#isSame(known) && now < known.until) return known.days;
    const moment = this.moment(now);
    const zone = moment.zone(this.#world.messaging.zone);
    const movedAt = moment.said('timezone')?.knownAt ?? 0;
    const days = this.#world.triggers
      .filter((trigger) => onOf(trigger).calendar !== undefined)
      .flatMap((trigger) =>
        naiveDays(trigger, this.seen, { moment, zone })
          .filter(({ at, knownAt }) => at >= Math.max(knownAt, movedAt, this.facetsAt) - DAY)
          .map(({ knownAt, ...day }) => ({
            ...{ trigger, ...day },
            due: day.at,
            // What only facets that came or went have made known comes after the look at them, in the order of its time.
            at:
              day.at < this.facetsAt && knownAt <= this.facetsAt ? afterLook(day.at, this.facetsAt) : day.at,
          })),
      );
    this.#kept.days = { seen: this.seen, length: this.seen.length, until: now + 100 * DAY, days };
    return days;
  }

  /** The soonest of everything that time does. */
  nextDue(now: number): number {
    return Math.min(
      ...this.waiting.map(({ due }) => due),
      ...this.deferred.map(({ until }) => until),
      ...this.days(now).map(({ at }) => at),
      ...this.ends.filter((end) => end > this.lookedAt),
      this.lookAt ?? Number.POSITIVE_INFINITY,
    );
  }

  /** When time may change a feature or a tag. */
  get ends(): readonly number[] {
    const known = this.#kept.ends;
    if (known !== undefined && this.#isSame(known)) return known.ends;
    const ends = [...windowEnds(this.seen, this.#world), ...tagEnds(this.seen)];
    this.#kept.ends = { seen: this.seen, length: this.seen.length, ends };
    return ends;
  }
}
