import type { ProfileLookup } from '../../src/conditions/condition.ts';
import type { Event } from '../../src/model/event.ts';
import type { JsonValue } from '../../src/model/json.ts';
import type { ProfileKind } from '../../src/model/profile.ts';
import { type EpochMs, MINUTE_MS } from '../../src/model/time.ts';
import type { CountPattern, Firing, TriggerDefinition } from '../../src/model/trigger.ts';
import { emptyHeader } from '../../src/profile/facets.ts';
import { callOff } from '../../src/triggers/call-off.ts';
import { compileTriggers } from '../../src/triggers/compile.ts';
import { decideAll } from '../../src/triggers/decide-all.ts';
import { soonestPending, takePending } from '../../src/triggers/due.ts';
import { reachOf } from '../../src/triggers/limits/reach.ts';
import { compileMessaging, completeMessaging } from '../../src/triggers/messaging.ts';
import { observe } from '../../src/triggers/observe.ts';
import { eventOf } from '../support/fold-world.ts';

export const T0 = 1_700_000_000_000;

/** Three views within half an hour, and no order. */
export const hesitation: TriggerDefinition & { readonly on: CountPattern } = {
  name: 'hesitation',
  purpose: 'marketing',
  on: { count: 3, of: { event: 'product_viewed' }, within: '30m', unless: { event: 'order_completed' } },
  action: { channel: 'sms', template: 'coupon', data: { coupon: 'X' } },
};

/** A cart that is left for half an hour. */
export const abandonedCart: TriggerDefinition = {
  name: 'abandoned_cart',
  purpose: 'marketing',
  on: {
    sequence: [
      { event: 'product_added', key: 'properties.cart_id' },
      { not: { event: 'order_completed' }, within: '30m' },
    ],
  },
  action: { channel: 'sms' },
};

export type Seen = Partial<Event> & { readonly appendedAt?: number };

/**
 * One profile and its triggers, on what patterns remember and limits decide; minutes are event time, and append time unless
 * `appendedAt` says otherwise. What is due by a record's append time comes before it.
 */
export class TriggerWorld {
  readonly header = emptyHeader('profile', T0, 'person');
  readonly consents = new Map<string, JsonValue>([['marketing.sms', true]]);
  readonly features = new Map<string, number>();
  kind: ProfileKind = 'customer';
  readonly #set;
  readonly #messaging = compileMessaging(completeMessaging({}));
  #seq = 0;

  constructor(...triggers: readonly TriggerDefinition[]) {
    this.#set = compileTriggers(triggers.map((definition) => ({ definition, version: definition.name })));
  }

  /** An event; answers what it decided, and what had become due before it. */
  at(minute: number, more: Seen = {}): readonly Firing[] {
    this.#seq++;
    const { appendedAt = minute, ...rest } = more;
    const now = T0 + appendedAt * MINUTE_MS;
    const event = eventOf(`e${this.#seq}`, ['a1'], { time: T0 + minute * MINUTE_MS, ...rest });
    const due = this.until(appendedAt);
    const relevant = this.#set.byType.get(event.type) ?? [];
    const { candidates, cancellations } = observe(relevant, { header: this.header, event, now });
    const called = callOff(cancellations, this.header, now);
    return [...due, ...called, ...this.#decide(candidates)];
  }

  /** Everything that is due by then, one moment after the other. */
  until(minute: number): readonly Firing[] {
    const now: EpochMs = T0 + minute * MINUTE_MS;
    const firings: Firing[] = [];
    for (
      let due = soonestPending(this.header);
      due !== undefined && due <= now;
      due = soonestPending(this.header)
    )
      firings.push(...this.#decide(takePending(this.header, this.#set, { due, at: due })));
    return firings;
  }

  /** Minutes at which something is pending. */
  get pending(): readonly number[] {
    return [...this.header.triggers.values()].flatMap(({ pending }) =>
      pending.map(({ due }) => (due - T0) / MINUTE_MS),
    );
  }

  #decide(candidates: ReturnType<typeof observe>['candidates'] | ReturnType<typeof takePending>) {
    const { header, kind } = this;
    const messaging = this.#messaging;
    const lookup: ProfileLookup = {
      feature: (name) => this.features.get(name),
      trait: () => undefined,
      tag: () => false,
      segment: () => false,
      loyalty: () => undefined,
      consent: (name) => this.consents.get(name),
    };
    const reach = reachOf(this.#set.all, messaging);
    return decideAll(candidates, { header, kind, lookup, messaging, reach });
  }

  /** The decisions of three views in a row, one minute apart. */
  three(minute: number): readonly Firing[] {
    return [this.at(minute - 2), this.at(minute - 1), this.at(minute)].flat();
  }
}
