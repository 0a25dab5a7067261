import type { ProfileLookup } from '../../src/conditions/condition.ts';
import type { Event } from '../../src/model/event.ts';
import type { JsonValue } from '../../src/model/json.ts';
import type { MessagingDefinition, QuietHours } from '../../src/model/messaging.ts';
import type { Header, ProfileKind } from '../../src/model/profile.ts';
import type { EpochMs } from '../../src/model/time.ts';
import type { Firing, TriggerDefinition } from '../../src/model/trigger.ts';
import { emptyHeader } from '../../src/profile/facets.ts';
import { type Candidate, firingId } from '../../src/triggers/candidate.ts';
import { compileTriggers, type TriggerSet } from '../../src/triggers/compile.ts';
import { decideAll } from '../../src/triggers/decide-all.ts';
import { candidateOfDeferred, dropDeferred, nextRelease, releasesDue } from '../../src/triggers/deferred.ts';
import { reachOf } from '../../src/triggers/limits/reach.ts';
import { compileMessaging, completeMessaging } from '../../src/triggers/messaging.ts';
import { eventOf } from '../support/fold-world.ts';

/** Noon in UTC. */
export const NOON = Date.UTC(2026, 10, 21, 12);

export interface SceneOptions {
  readonly triggers: readonly TriggerDefinition[];
  readonly messaging?: Partial<MessagingDefinition>;
  readonly profile?: string;
}

/** A function, because linters take an object that is written with a `then` for a promise. */
export function quietHours(from: string, to: string, then: QuietHours['then']): QuietHours {
  return { from, to, then };
}

export function triggerNamed(name: string, more: Partial<TriggerDefinition> = {}): TriggerDefinition {
  return { name, purpose: 'marketing', on: { event: 'product_viewed' }, action: { channel: 'sms' }, ...more };
}

/** One profile and what may be decided about it: candidates come from the test, everything behind them is the engine's. */
export class DecisionScene {
  readonly header: Header;
  readonly traits = new Map<string, JsonValue>();
  readonly features = new Map<string, JsonValue>();
  readonly consents = new Map<string, JsonValue>([['marketing.sms', true]]);
  readonly tags = new Set<string>();
  readonly segments = new Set<string>();
  kind: ProfileKind = 'customer';
  set: TriggerSet;
  messaging;
  #cause = 0;

  constructor({ triggers, messaging = {}, profile = 'profile' }: SceneOptions) {
    this.header = emptyHeader(profile, 0, 'person');
    this.set = compileTriggers(triggers.map((definition) => ({ definition, version: 'v1' })));
    this.messaging = compileMessaging(completeMessaging(messaging));
  }

  get lookup(): ProfileLookup {
    return {
      feature: (name) => this.features.get(name),
      trait: (name) => this.traits.get(name),
      consent: (name) => this.consents.get(name),
      tag: (name) => this.tags.has(name),
      segment: (name) => this.segments.has(name),
      loyalty: () => undefined,
    };
  }

  candidate(name: string, at: EpochMs, more: Partial<Candidate> = {}): Candidate {
    const trigger = this.set.byName.get(name);
    if (trigger === undefined) throw new RangeError(`there is no trigger ${name}`);
    const cause = more.cause ?? `web\0e${++this.#cause}`;
    const key = more.key ?? '';
    const event: Event = eventOf(cause.split('\0')[1] ?? '', ['a1'], { time: at });
    return {
      trigger,
      key,
      cause,
      id: firingId(name, key, cause),
      at,
      event,
      trace: {},
      useUp: () => undefined,
      ...more,
    };
  }

  decide(candidates: readonly Candidate[]): readonly Firing[] {
    const { header, kind, lookup, messaging, set } = this;
    return decideAll(candidates, { header, kind, lookup, messaging, reach: reachOf(set.all, messaging) });
  }

  /** One candidate of each name, decided together. */
  at(at: EpochMs, ...names: readonly string[]): readonly Firing[] {
    return this.decide(names.map((name) => this.candidate(name, at)));
  }

  /** What is due by then is released, one moment after the other, as the engine does it. */
  release(now: EpochMs): readonly Firing[] {
    const firings: Firing[] = [];
    for (let at = nextRelease(this.header); at !== undefined && at <= now; at = nextRelease(this.header)) {
      for (const deferred of releasesDue(this.header, at)) {
        const candidate = candidateOfDeferred(deferred, this.set, at);
        firings.push(
          ...(candidate === undefined
            ? [dropDeferred(deferred, this.header, { reason: 'trigger_gone', at })]
            : this.decide([candidate])),
        );
      }
    }
    return firings;
  }
}

/** `fired`, or `suppressed cooldown`. */
export function shortOf({ decision, reason }: Pick<Firing, 'decision' | 'reason'>): string {
  return reason === undefined ? decision : `${decision} ${reason}`;
}
