import type { ProfileLookup } from '../../src/conditions/condition.ts';
import type { Event } from '../../src/model/event.ts';
import type { JsonValue } from '../../src/model/json.ts';
import type { ProfileKind } from '../../src/model/profile.ts';
import { MINUTE_MS } from '../../src/model/time.ts';
import type { Firing, TriggerDefinition } from '../../src/model/trigger.ts';
import { emptyHeader } from '../../src/profile/facets.ts';
import { compileTriggers } from '../../src/triggers/compile.ts';
import { decide } from '../../src/triggers/decide.ts';
import { eventOf, MapView, recordingContext } from '../support/fold-world.ts';

export const T0 = 1_700_000_000_000;

/** Three views within half an hour, and no order. */
export const hesitation: TriggerDefinition = {
  name: 'hesitation',
  purpose: 'marketing',
  on: { count: 3, of: { event: 'product_viewed' }, within: '30m', unless: { event: 'order_completed' } },
  action: { channel: 'sms', template: 'coupon', data: { coupon: 'X' } },
};

/** One profile and its triggers; minutes are event time, and append time unless `appendedAt` says otherwise. */
export class TriggerWorld {
  readonly header = emptyHeader('profile', T0, 'person');
  readonly consents = new Map<string, JsonValue>([['marketing.sms', true]]);
  readonly features = new Map<string, number>();
  kind: ProfileKind = 'customer';
  readonly #set;
  #seq = 0;

  constructor(...triggers: readonly TriggerDefinition[]) {
    this.#set = compileTriggers(triggers.map((definition) => ({ definition, version: definition.name })));
  }

  at(minute: number, more: Partial<Event> & { readonly appendedAt?: number } = {}): readonly Firing[] {
    this.#seq++;
    const { appendedAt = minute, ...rest } = more;
    const event = eventOf(`e${this.#seq}`, ['a1'], { time: T0 + minute * MINUTE_MS, ...rest });
    const lookup: ProfileLookup = {
      feature: (name) => this.features.get(name),
      trait: () => undefined,
      tag: () => false,
      segment: () => false,
      loyalty: () => undefined,
      consent: (name) => this.consents.get(name),
    };
    const context = recordingContext(new MapView(), { seq: this.#seq, now: T0 + appendedAt * MINUTE_MS });
    return decide(this.#set, { header: this.header, event, kind: this.kind, lookup, context });
  }

  /** The decisions of three views in a row, one minute apart. */
  three(minute: number): readonly Firing[] {
    return [this.at(minute - 2), this.at(minute - 1), this.at(minute)].flat();
  }
}
