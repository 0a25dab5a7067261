import type { Definitions } from '../../definitions/definitions.ts';
import { keys } from '../../model/keys.ts';
import type { Header } from '../../model/profile.ts';
import type { StateView } from '../../model/view.ts';
import { emptyHeader } from '../../profile/facets.ts';
import { addDeferred, decisionsOf, rememberFired, removeDeferred } from '../../triggers/decision-memory.ts';
import type { PastDecision } from './past-people.ts';
import type { OtherTriggers, ReplayMoment } from './replay-page.ts';

/*
 * What other triggers decided is taken from history and put into the memory that limits look at, each at its moment. Of what
 * was decided at the same moment as the trigger in question comes first what has precedence over it, as live, and the rest
 * after it.
 */
export interface OtherDecisionsOptions {
  readonly definitions: Definitions;
  readonly others: OtherTriggers;
  readonly view: StateView;
}

export class OtherDecisions {
  readonly #options: OtherDecisionsOptions;
  readonly #byProfile = new Map<string, PastDecision[]>();
  readonly #known = new Set<string>();

  constructor(decisions: readonly PastDecision[], options: OtherDecisionsOptions) {
    this.#options = options;
    for (const decision of decisions) {
      this.#known.add(decision.id);
      const list = this.#byProfile.get(decision.profile);
      if (list === undefined) this.#byProfile.set(decision.profile, [decision]);
      else list.push(decision);
    }
  }

  /** Whether the id is one of another trigger's. */
  isKnown(id: string): boolean {
    return this.#known.has(id);
  }

  /** Decides with what came before remembered; what comes after is remembered then. */
  around(moment: ReplayMoment, decide: () => void): void {
    const waiting = this.#byProfile.get(moment.profile);
    if (waiting === undefined || waiting.length === 0) {
      decide();
      return;
    }
    const header = this.#headerOf(moment);
    let before = 0;
    let atOnce = 0;
    for (const decision of waiting) {
      const order = this.#orderOf(decision, moment);
      if (order === 'after') break;
      before++;
      this.#remember(header, decision);
      if (order === 'with' && decision.decision === 'fired' && this.#isOfGroup(decision)) atOnce++;
    }
    waiting.splice(0, before);
    this.#withFired(atOnce, decide);
  }

  /** A first event may have set off several triggers. */
  #headerOf({ profile, at }: ReplayMoment): Header {
    const { view } = this.#options;
    const key = keys.header(profile);
    const header = view.get<Header>(key) ?? emptyHeader(profile, at, 'person');
    view.put(key, header);
    return header;
  }

  /** `with` is at the same moment, and first. */
  #orderOf(decision: PastDecision, moment: ReplayMoment): 'before' | 'with' | 'after' {
    const { at, place } = moment;
    if (decision.at !== at) return decision.at < at ? 'before' : 'after';
    if (place === undefined) {
      if (decision.due === undefined) return 'after';
      return this.#precedes(decision) ? 'with' : 'after';
    }
    // Rows of one record are numbered as they came: what was due, then the event, then what it has set off.
    const order =
      decision.seq - place.seq || decision.index - place.index || decision.ordinal - place.ordinal;
    if (order < 0) return 'before';
    const same = decision.seq === place.seq && decision.index === place.index;
    return same && moment.isEvent && this.#precedes(decision) ? 'with' : 'after';
  }

  #precedes({ trigger }: PastDecision): boolean {
    const [own] = this.#options.definitions.triggers.all;
    if (own === undefined) return true;
    const priority = this.#options.others.get(trigger)?.priority ?? 0;
    return priority === own.priority ? trigger < own.name : priority > own.priority;
  }

  #isOfGroup({ trigger }: PastDecision): boolean {
    const [own] = this.#options.definitions.triggers.all;
    const group = this.#options.others.get(trigger)?.group ?? '';
    return group !== '' && group === own?.definition.group;
  }

  #remember(header: Header, { id, trigger, decision, channel, at, key, until }: PastDecision): void {
    const memory = decisionsOf(header);
    removeDeferred(memory, id);
    if (decision === 'deferred' && until !== undefined) {
      addDeferred(memory, { id, trigger, key, cause: '', at, until, matched: {} });
      return;
    }
    if (decision !== 'fired') return;
    const { group = '', service = false } = this.#options.others.get(trigger) ?? {};
    const entry = { id, trigger, group, channel, at, service, heldOut: false };
    rememberFired(memory, entry, this.#options.definitions.reach);
  }

  /** A group has less room where others of it have fired at the same moment. */
  #withFired(count: number, decide: () => void): void {
    const { definitions } = this.#options;
    const [own] = definitions.triggers.all;
    const name = own?.definition.group ?? '';
    const group = definitions.messaging.groups.get(name);
    if (count === 0 || group === undefined) {
      decide();
      return;
    }
    const { messaging } = definitions;
    const groups = new Map(messaging.groups).set(name, { ...group, atOnce: group.atOnce - count });
    definitions.messaging = { ...messaging, groups };
    decide();
    definitions.messaging = messaging;
  }
}
