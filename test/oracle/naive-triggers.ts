import { hash } from 'node:crypto';
import type { Event } from '../../src/model/event.ts';
import type { TriggerDefinition } from '../../src/model/trigger.ts';
import { NaivePerson, type NaiveWorld, type Waiting } from './naive-person.ts';
import { byWhen, causeOf, type NaiveDecision, naiveMs, onOf, type Seen } from './naive-trigger-forms.ts';
import { isTooLarge, type NaiveCandidate, naiveVerdict } from './naive-trigger-limits.ts';
import { fits, NaiveMoment, naiveMembers, valueAt } from './naive-trigger-moment.ts';
import {
  countWindow,
  keyOfCount,
  matches,
  NaiveSteps,
  newestChain,
  unlessAt,
} from './naive-trigger-patterns.ts';

/** What comes to a log and concerns one person or two, in its order, with its append time. */
export type NaiveRecord = { readonly now: number } & (
  | { readonly kind: 'event'; readonly profile: string; readonly event: Event }
  | { readonly kind: 'wake'; readonly profile: string }
  | { readonly kind: 'merge'; readonly from: string; readonly to: string }
  | { readonly kind: 'split'; readonly from: string; readonly to: string; readonly facets: readonly string[] }
);

/** Up to so late, what was due is decided as of when it was due. */
const TOLERANCE = 60_000;
const PENDING_MAX = 64;
const ANSWERED_MAX = 16;
const REVOCABLE = 30 * 86_400_000;

/** Why somebody is looked at. */
type Why = { readonly seen: Seen } | { readonly due: number; readonly facets: boolean };

/**
 * What triggers decide, said as plainly as possible: everything that was ever seen of a person is kept and gone through
 * again for every record. It shares no code with the engine.
 */
export class NaiveTriggers {
  readonly decisions: NaiveDecision[] = [];
  readonly #world: NaiveWorld;
  readonly #people = new Map<string, NaivePerson>();

  constructor(world: NaiveWorld) {
    this.#world = world;
  }

  person(id: string): NaivePerson {
    let person = this.#people.get(id) ?? new NaivePerson(id, this.#world);
    this.#people.set(id, person);
    while (person.forward !== undefined) person = person.forward;
    return person;
  }

  take(record: NaiveRecord): void {
    const { now } = record;
    switch (record.kind) {
      case 'event':
        this.#event(this.#caughtUp(this.#placeOf(record).id, now), record.event, now);
        return;
      case 'wake':
        // Whoever was merged away has no alarm any more.
        if (this.#people.get(record.profile)?.forward === undefined) this.#caughtUp(record.profile, now);
        return;
      case 'merge':
        this.#merge(this.#caughtUp(record.from, now), this.#caughtUp(record.to, now), now);
        return;
      case 'split':
        this.#split(record, this.#caughtUp(record.from, now), this.#caughtUp(record.to, now));
        return;
    }
  }

  /** Who has the facet of an event by now. */
  #placeOf({ profile, event }: { readonly profile: string; readonly event: Event }): NaivePerson {
    let person = this.person(profile);
    for (let next = person.left.get(event.facet); next !== undefined; next = person.left.get(event.facet))
      person = this.person(next);
    return person;
  }

  /** What was due comes first, in the order of its time. */
  #caughtUp(id: string, now: number): NaivePerson {
    const person = this.person(id);
    for (let due = person.nextDue(now); Math.floor(due) <= now; due = person.nextDue(now))
      this.#time(person, due, now);
    return person;
  }

  #time(person: NaivePerson, turn: number, now: number): void {
    const days = person.days(now).filter((day) => day.at === turn);
    const due = days[0]?.due ?? turn;
    const at = now - due <= TOLERANCE ? due : now;
    const candidates: NaiveCandidate[] = [];
    const ends = person.ends.includes(due);
    if (ends || person.lookAt === due) {
      const facets = person.lookAt === due;
      if (facets) person.lookAt = undefined;
      candidates.push(...this.#look(person, due, { due, facets }));
    }
    person.lookedAt = Math.max(person.lookedAt, due);
    for (const each of person.waiting.filter((waiting) => waiting.due === due)) {
      person.waiting = person.waiting.filter((other) => other !== each);
      const refusal = isTooLarge(each.completing.event) ? { refusal: 'too_large' } : {};
      candidates.push({ ...absenceOf(person, each), ...refusal });
    }
    for (const each of person.deferred.filter(({ until }) => until === due)) {
      person.deferred = person.deferred.filter((other) => other !== each);
      candidates.push({ ...each, due });
    }
    for (const { trigger, date, cause, event } of days) {
      person.daysDone.add(`${trigger.name}\0${date}`);
      const refusal = event !== undefined && isTooLarge(event) ? { refusal: 'too_large' } : {};
      candidates.push(candidateOf(trigger, { key: date, cause, due, ...(event && { event }), ...refusal }));
    }
    this.#decide(person, candidates, { at, asked: due });
  }

  #event(person: NaivePerson, event: Event, now: number): void {
    const seen: Seen = { event, facet: event.facet, appendedAt: now };
    const twice = person.seen.some((each) => each.facet === seen.facet && causeOf(each) === causeOf(seen));
    if (twice) return;
    person.seen.push(seen);
    for (const trigger of this.#world.triggers) this.#callOff(person, trigger, seen);
    const candidates = [...this.#look(person, now, { seen })];
    if (event.late !== true)
      for (const trigger of this.#world.triggers) candidates.push(...completed(person, trigger, seen));
    this.#decide(person, candidates, { at: now, asked: now });
  }

  /** Somebody is looked at anew: which segments they are in, which comparisons hold. */
  #look(person: NaivePerson, at: number, why: Why): readonly NaiveCandidate[] {
    const before = person.members;
    // Of a newcomer nothing is known before the first event, and some comparisons hold of that.
    const nothing = new NaiveMoment([], this.#world, { now: at, members: before });
    const crossedBefore = person.crossed ?? this.#holding(nothing);
    const looked = person.moment(at);
    person.lookedAt = Math.max(person.lookedAt, at);
    person.members = naiveMembers(looked, this.#world);
    const moment = looked.among(person.members);
    const crossed = this.#holding(moment);
    person.crossed = crossed;
    if ('seen' in why && why.seen.event.late === true) return [];
    const turned = this.#world.triggers.filter((trigger) => {
      const { segment = '', change } = onOf(trigger);
      if (change === undefined)
        return crossed.has(trigger.name) && !crossedBefore.has(trigger.name) && !isFacets(why);
      const is = person.members.has(segment);
      return is !== before.has(segment) && is === (change === 'entered');
    });
    return turned.map((trigger) => {
      const key = onOf(trigger).change ?? 'entered';
      if ('seen' in why) return candidateOf(trigger, { key, ...byEvent(why.seen) });
      return candidateOf(trigger, { key, cause: `@${why.due}\0${person.id}`, due: why.due });
    });
  }

  /** Triggers whose comparison holds. */
  #holding(moment: NaiveMoment): ReadonlySet<string> {
    const holding = this.#world.triggers.filter((trigger) => {
      const { feature, ...tests } = onOf(trigger);
      return feature !== undefined && fits(moment.feature(feature), tests);
    });
    return new Set(holding.map(({ name }) => name));
  }

  /** What the event forbids: waiting for it, sending what was deferred, having sent what has fired. */
  #callOff(person: NaivePerson, trigger: TriggerDefinition, { event, appendedAt: now }: Seen): void {
    const { unless } = onOf(trigger);
    const steps = new NaiveSteps(trigger);
    const { absence } = steps;
    const forbids = (key: string): boolean =>
      absence === undefined
        ? unless !== undefined && matches(unless, event)
        : steps.closes(absence, event, { key, seen: person.seen });
    const own = <Thing extends { trigger: TriggerDefinition; key: string }>(thing: Thing): boolean =>
      thing.trigger === trigger && forbids(thing.key);
    for (const each of person.waiting.filter(own)) {
      if (event.time < each.begun.event.time || event.time > each.due) continue;
      person.waiting = person.waiting.filter((other) => other !== each);
      person.useUpChain(trigger, each.key, each.begun.event.time);
    }
    // What lies under a key may come to be known after what closes it.
    for (const each of person.waiting.filter((waiting) => waiting.trigger === trigger)) {
      const puts = steps.all.some(({ item }) => item !== undefined);
      const key = steps.positive.map((place) => steps.keyOf(place, event)).find((own) => own === each.key);
      if (!puts || key === undefined || !isClosed(person, each)) continue;
      person.waiting = person.waiting.filter((other) => other !== each);
      person.useUpChain(trigger, each.key, each.begun.event.time);
    }
    for (const each of person.deferred.filter(own)) {
      if (event.time < (each.calledOffFrom ?? Number.NEGATIVE_INFINITY)) continue;
      person.deferred = person.deferred.filter((other) => other !== each);
      this.#say(person, each, { decision: 'suppressed', reason: 'cancelled', at: now });
    }
    for (const each of person.answered.filter(({ candidate }) => own(candidate))) {
      const { calledOffFrom = 0, revokedUntil = 0 } = each.candidate;
      if (event.time < calledOffFrom || event.time > revokedUntil || now - each.at > REVOCABLE) continue;
      person.answered = person.answered.filter((other) => other !== each);
      this.#say(person, each.candidate, { decision: 'revoked', reason: 'came_late', at: now });
    }
  }

  #decide(
    person: NaivePerson,
    candidates: readonly NaiveCandidate[],
    { at, asked }: { readonly at: number; readonly asked: number },
  ): void {
    const firedNow: (string | undefined)[] = [];
    const moment = person.moment(asked);
    for (const candidate of [...candidates].sort(byPrecedence)) {
      if (person.decided.has(candidate.id) && candidate.released !== true) continue;
      const { messaging } = this.#world;
      const { sent, deferred, id: profile } = person;
      const verdict = naiveVerdict(candidate, { profile, at, messaging, sent, deferred, firedNow, moment });
      if (verdict === undefined) continue;
      const { decision, channel, reason, until } = verdict;
      const { id, trigger } = candidate;
      if (candidate.released && until !== undefined) {
        // It was told once that it waits, and waits on.
        person.deferred.push({ ...candidate, released: true, until });
        continue;
      }
      candidate.useUp();
      // What was deferred has used up what it had to.
      if (until !== undefined)
        person.deferred.push({ ...candidate, released: true, until, useUp: () => undefined });
      if (decision === 'fired') firedNow.push(trigger.group);
      if (decision === 'fired' || decision === 'held_out')
        person.sent.push({ id, trigger, channel, at, held: decision === 'held_out' });
      if (decision === 'fired' && candidate.revokedUntil !== undefined) answer(person, candidate, at);
      this.#say(person, candidate, {
        ...{ decision, at },
        ...(reason === undefined ? {} : { reason }),
        ...(until === undefined ? {} : { until }),
      });
    }
  }

  #say(
    person: NaivePerson,
    { id, trigger }: Pick<NaiveCandidate, 'id' | 'trigger'>,
    said: Pick<NaiveDecision, 'decision' | 'reason' | 'at' | 'until'>,
  ): void {
    person.decided.set(id, said.decision);
    this.decisions.push({ id, trigger: trigger.name, profile_id: person.id, ...said });
  }

  #merge(from: NaivePerson, to: NaivePerson, now: number): void {
    if (from === to) return;
    to.seen.push(...from.seen);
    for (const mark of from.used) to.used.add(mark);
    for (const mark of from.daysDone) to.daysDone.add(mark);
    for (const [id, decision] of from.decided) to.decided.set(id, decision);
    to.sent = unique([...to.sent, ...from.sent], ({ id }) => id);
    to.answered = unique([...to.answered, ...from.answered], ({ candidate }) => candidate.id);
    to.deferred = unique([...to.deferred, ...from.deferred], ({ id }) => id);
    to.waiting = united(to, [...to.waiting, ...from.waiting]);
    to.lookAt = now;
    to.lookedAt = now;
    to.facetsAt = now;
    from.forward = to;
  }

  #split(
    { facets, now }: { readonly facets: readonly string[]; readonly now: number },
    from: NaivePerson,
    to: NaivePerson,
  ): void {
    const leaves = ({ facet }: Seen): boolean => facets.includes(facet);
    for (const facet of facets) from.left.set(facet, to.id);
    to.seen.push(...from.seen.filter(leaves));
    from.seen = from.seen.filter((each) => !leaves(each));
    to.waiting.push(...from.waiting.filter(({ begun }) => leaves(begun)));
    from.waiting = from.waiting.filter(({ completing }) => !leaves(completing));
    const goes = ({ event }: NaiveCandidate): boolean => event !== undefined && facets.includes(event.facet);
    to.deferred.push(...from.deferred.filter(goes));
    from.deferred = from.deferred.filter((each) => !goes(each));
    for (const mark of from.used) to.used.add(mark);
    for (const mark of from.daysDone) to.daysDone.add(mark);
    to.sent = unique([...to.sent, ...from.sent], ({ id }) => id);
    to.answered = unique([...to.answered, ...from.answered], ({ candidate }) => candidate.id);
    for (const each of [from, to]) {
      each.lookAt = now;
      each.lookedAt = now;
      each.facetsAt = now;
    }
  }
}

function isFacets(why: Why): boolean {
  return 'facets' in why && why.facets;
}

function byPrecedence(a: NaiveCandidate, b: NaiveCandidate): number {
  const text = ({ trigger, key, id }: NaiveCandidate): string => `${trigger.name}\0${key}\0${id}`;
  return (
    (b.trigger.priority ?? 0) - (a.trigger.priority ?? 0) || a.due - b.due || (text(a) < text(b) ? -1 : 1)
  );
}

function byEvent(seen: Seen): Pick<NaiveCandidate, 'cause' | 'event' | 'due'> & { event: Event } {
  return { cause: causeOf(seen), event: seen.event, due: seen.appendedAt };
}

function candidateOf(
  trigger: TriggerDefinition,
  more: Omit<NaiveCandidate, 'trigger' | 'id' | 'useUp'> & Partial<Pick<NaiveCandidate, 'useUp'>>,
): NaiveCandidate {
  const id = hash('sha256', `${trigger.name}\0${more.key}\0${more.cause}`, 'hex').slice(0, 32);
  return { trigger, id, useUp: () => undefined, ...more };
}

/** What the event that has just been seen completes of one trigger. */
function completed(person: NaivePerson, trigger: TriggerDefinition, seen: Seen): readonly NaiveCandidate[] {
  const on = onOf(trigger);
  if (on.count !== undefined) return counted(person, trigger, seen);
  if (on.sequence !== undefined) return followed(person, trigger, seen);
  if (on.event === undefined || !matches({ ...on, event: on.event }, seen.event)) return [];
  return [candidateOf(trigger, { key: '', ...byEvent(seen) })];
}

function counted(person: NaivePerson, trigger: TriggerDefinition, seen: Seen): readonly NaiveCandidate[] {
  const key = keyOfCount(trigger, seen.event);
  if (key === undefined) return [];
  const { opens, latest, matched } = countWindow(trigger, key, person.unused(trigger));
  const forbidden = unlessAt(trigger, person.seen);
  if (matched.length < (onOf(trigger).count ?? 1) || (forbidden > opens && forbidden <= latest)) return [];
  const useUp = (): void => person.useUpCount(trigger, key);
  return [candidateOf(trigger, { key, ...byEvent(seen), calledOffFrom: opens + 1, useUp })];
}

function followed(person: NaivePerson, trigger: TriggerDefinition, seen: Seen): readonly NaiveCandidate[] {
  const steps = new NaiveSteps(trigger);
  const keys = new Set(steps.positive.map((place) => steps.keyOf(place, seen.event)));
  return [...keys].flatMap((key) => {
    if (key === undefined) return [];
    const last = newestChain(steps, { key, arriving: seen }, person.unused(trigger))?.at(-1);
    if (last === undefined) return [];
    if (steps.absence !== undefined)
      return begin(person, steps, { trigger, key, begun: last, completing: seen });
    const useUp = (): void => person.useUpChain(trigger, key, last.event.time);
    return [candidateOf(trigger, { key, ...byEvent(seen), useUp })];
  });
}

/** From here on time runs, unless what must not come is known already. */
function begin(
  person: NaivePerson,
  steps: NaiveSteps,
  { trigger, key, begun, completing }: Omit<Waiting, 'due'>,
): readonly NaiveCandidate[] {
  const place = steps.absence ?? 0;
  const { within = '', until } = steps.all[place] ?? {};
  const named = until === undefined ? undefined : Date.parse(String(valueAt(begun.event, until)));
  const due = named === undefined ? begun.event.time + naiveMs(within) : Math.max(named, begun.event.time);
  const pending = person.waiting.find((each) => each.trigger === trigger && each.key === key);
  if (pending !== undefined && (onOf(trigger).restart === false || byWhen(pending.begun, begun) >= 0))
    return [];
  if (pending !== undefined) person.waiting = person.waiting.filter((each) => each !== pending);
  const now = completing.appendedAt;
  const waiting: Waiting = { trigger, key, begun, completing, due };
  if (isClosed(person, waiting)) {
    person.useUpChain(trigger, key, begun.event.time);
    return [];
  }
  if (due <= now) return [{ ...absenceOf(person, waiting), due: now }];
  person.waiting.push(waiting);
  const own = person.waiting.filter((each) => each.trigger === trigger);
  if (own.length <= PENDING_MAX) return [];
  const [oldest = waiting] = own.sort((a, b) => byWhen(a.begun, b.begun));
  person.waiting = person.waiting.filter((each) => each !== oldest);
  return [{ ...absenceOf(person, oldest), due: now, refusal: 'too_many_pending' }];
}

function isClosed(person: NaivePerson, { trigger, key, begun, due }: Waiting): boolean {
  const steps = new NaiveSteps(trigger);
  const place = steps.absence ?? 0;
  return person.seen.some(
    ({ event }) =>
      event.time >= begun.event.time &&
      event.time <= due &&
      steps.closes(place, event, { key, seen: person.seen }),
  );
}

function absenceOf(person: NaivePerson, { trigger, key, begun, completing, due }: Waiting): NaiveCandidate {
  const { time } = begun.event;
  return candidateOf(trigger, {
    ...{ key, due, calledOffFrom: time, revokedUntil: due },
    ...{ cause: causeOf(completing), event: completing.event },
    useUp: () => person.useUpChain(trigger, key, time),
  });
}

function answer(person: NaivePerson, candidate: NaiveCandidate, at: number): void {
  const own = person.answered.filter((each) => each.candidate.trigger === candidate.trigger);
  const dropped = own.length < ANSWERED_MAX ? undefined : own[0];
  person.answered = [...person.answered.filter((each) => each !== dropped), { candidate, at }];
}

function unique<Thing>(things: readonly Thing[], nameOf: (thing: Thing) => string): Thing[] {
  return [...new Map(things.map((each) => [nameOf(each), each])).values()];
}

/** Two people's timers as one person's: of one key the newest, or where nothing restarts the first. */
function united(person: NaivePerson, all: readonly Waiting[]): Waiting[] {
  const byKey = new Map<string, Waiting>();
  for (const each of [...all].sort((a, b) => byWhen(a.begun, b.begun))) {
    const name = `${each.trigger.name}\0${each.key}`;
    if (onOf(each.trigger).restart === false && byKey.has(name)) continue;
    byKey.set(name, each);
  }
  return [...byKey.values()].filter((each) => !isClosed(person, each));
}
