import { describe, expect, it } from 'vitest';
import type { Event } from '../../src/model/event.ts';
import type { MessagingDefinition } from '../../src/model/messaging.ts';
import type { TriggerDefinition } from '../../src/model/trigger.ts';
import type { NaiveWorld } from './naive-person.ts';
import { NaiveTriggers } from './naive-triggers.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Noon in UTC. */
const T0 = Date.UTC(2026, 2, 2, 12);

const messaging: MessagingDefinition = {
  ...{ name: 'default', zone: 'UTC', caps: [], service_channel: 'sms', groups: {} },
  channels: { sms: { order: 1 }, email: { order: 2 } },
};

const view = { event: 'product_viewed' };
const order = { event: 'order_completed' };
const left: TriggerDefinition['on'] = {
  sequence: [
    { event: 'product_added', key: 'properties.cart_id' },
    { not: order, within: '30m' },
  ],
};

function trigger(on: TriggerDefinition['on'], more: Partial<TriggerDefinition> = {}): TriggerDefinition {
  return { name: 't', purpose: 'service', on, action: { channel: 'sms' }, ...more };
}

/** Minutes after noon, told by hand. */
class Story {
  readonly #oracle: NaiveTriggers;
  #count = 0;

  constructor(triggers: readonly TriggerDefinition[], more: Partial<NaiveWorld> = {}) {
    this.#oracle = new NaiveTriggers({ features: [], segments: [], messaging, triggers, ...more });
  }

  at(minute: number, type: string, more: Partial<Event> & { cart?: string; arrives?: number } = {}): this {
    const { cart, arrives = minute, ...rest } = more;
    const event: Event = {
      ...{ id: `e${++this.#count}`, type, time: T0 + minute * MINUTE, receivedAt: T0 + arrives * MINUTE },
      ...{ source: 'test', channel: 'web', claims: [], facet: 'f' },
      properties: cart === undefined ? {} : { cart_id: cart },
      ...rest,
    };
    this.#oracle.take({ kind: 'event', now: event.receivedAt, profile: 'p', event });
    return this;
  }

  wake(minute: number): this {
    this.#oracle.take({ kind: 'wake', now: T0 + minute * MINUTE, profile: 'p' });
    return this;
  }

  /** Decisions with minutes. */
  get told(): readonly string[] {
    return this.#oracle.decisions.map(({ decision, reason, at }) =>
      [decision, reason, (at - T0) / MINUTE].filter((part) => part !== undefined).join(' '),
    );
  }
}

describe('the naive triggers', () => {
  it('count within a window, and begin anew after a decision', () => {
    const three = trigger({ count: 3, of: view, within: '10m', unless: order });
    const story = new Story([three]);
    for (const minute of [0, 5, 10, 11, 12, 13]) story.at(minute, 'product_viewed');
    expect(story.told).toEqual(['fired 11']);
    story.at(14, 'product_viewed');
    expect(story.told).toEqual(['fired 11', 'fired 14']);
    expect(
      new Story([three])
        .at(0, 'order_completed')
        .at(1, 'product_viewed')
        .at(2, 'product_viewed')
        .at(3, 'product_viewed').told,
    ).toEqual([]);
  });

  it('let late events count and never complete', () => {
    const story = new Story([trigger({ count: 2, of: view, within: '2d' })]);
    story.at(0, 'product_viewed').at(-DAY / MINUTE, 'product_viewed', { late: true, arrives: 1 });
    expect(story.told).toEqual([]);
    expect(story.at(2, 'product_viewed').told).toEqual(['fired 2']);
  });

  it('wait for what does not come, cart by cart, from the newest beginning', () => {
    const story = new Story([trigger(left)]);
    story.at(0, 'product_added', { cart: 'a' }).at(5, 'product_added', { cart: 'b' });
    story.at(10, 'product_added', { cart: 'a' }).at(20, 'order_completed', { cart: 'b' });
    expect(story.wake(39.9).told).toEqual([]);
    expect(story.wake(40.5).told).toEqual(['fired 40']);
    expect(story.at(60, 'order_completed', { cart: 'a' }).told).toEqual(['fired 40']);
  });

  it('take back what a late event would have prevented', () => {
    const story = new Story([trigger(left)]).at(0, 'product_added', { cart: 'a' }).wake(30);
    story.at(29, 'order_completed', { cart: 'a', arrives: 100, late: true });
    expect(story.told).toEqual(['fired 30', 'revoked came_late 100']);
  });

  it('decide what is due as of its time, unless it is found much later', () => {
    const soon = new Story([trigger(left)]).at(0, 'product_added', { cart: 'a' }).at(31, 'product_viewed');
    expect(soon.told).toEqual(['fired 30']);
    const later = new Story([trigger(left)]).at(0, 'product_added', { cart: 'a' }).at(90, 'product_viewed');
    expect(later.told).toEqual(['fired 90']);
  });

  it('know the order of steps by time and not by arrival', () => {
    const on = { sequence: [{ event: 'searched' }, { not: order }, { ...view, within: '20m' }] };
    const story = new Story([trigger(on)]).at(10, 'product_viewed').at(0, 'searched', { arrives: 11 });
    expect(story.told).toEqual(['fired 11']);
    const ordered = new Story([trigger(on)]).at(5, 'order_completed').at(10, 'product_viewed');
    expect(ordered.at(0, 'searched', { arrives: 11 }).told).toEqual([]);
  });

  it('defer in quiet hours and ask everything again', () => {
    // biome-ignore lint/suspicious/noThenProperty: the word is that of the definition, and nobody awaits it.
    const night = { from: '22:00', to: '08:00', then: 'defer' as const };
    const asks = trigger({ count: 1, of: view, within: '1h', unless: order }, { purpose: 'marketing' });
    const story = (): Story => {
      const told = new Story([asks], { messaging: { ...messaging, quiet_hours: night } });
      return told.at(0, 'consent_given', { consent: { marketing: { sms: true } } });
    };
    const eleven = 11 * 60;
    const eight = 20 * 60;
    expect(story().at(eleven, 'product_viewed').wake(eight).told).toEqual([
      `deferred quiet_hours ${eleven}`,
      `fired ${eight}`,
    ]);
    expect(
      story()
        .at(eleven, 'product_viewed')
        .at(eleven + 9, 'order_completed')
        .wake(eight).told,
    ).toEqual([`deferred quiet_hours ${eleven}`, `suppressed cancelled ${eleven + 9}`]);
    const refused = story().at(eleven, 'product_viewed');
    refused.at(eleven + 1, 'consent_given', { consent: { marketing: { sms: false } } });
    expect(refused.wake(eight).told).toEqual([
      `deferred quiet_hours ${eleven}`,
      `suppressed no_consent ${eight}`,
    ]);
  });

  it('count calendar days on the clock of the customer', () => {
    const once = trigger(view, { limit: { caps: [{ trigger: true, count: 1, every: '1d' }] } });
    const story = new Story([once]).at(0, 'profile_updated', { traits: { timezone: 'Asia/Shanghai' } });
    // Midnight in Shanghai is 16:00 in UTC.
    for (const minute of [200, 239, 240, 241]) story.at(minute, 'product_viewed');
    expect(story.told).toEqual([
      'fired 200',
      'suppressed cap:trigger 239',
      'fired 240',
      'suppressed cap:trigger 241',
    ]);
  });

  it('keep birthdays at ten, once, and not when it is long past', () => {
    const birthday = trigger({ calendar: { birthday: true } });
    const story = new Story([birthday]).at(0, 'profile_updated', { traits: { birthday: '1990-03-03' } });
    const ten = 22 * 60;
    story
      .wake(ten)
      .at(ten + 9, 'profile_updated', { traits: { birthday: '1990-03-03' } })
      .wake(ten + 900);
    expect(story.told).toEqual([`fired ${ten}`]);
    const past = new Story([birthday]).at(0, 'profile_updated', { traits: { birthday: '03-01' } });
    expect(past.wake(DAY / MINUTE).told).toEqual([]);
  });

  it('see a comparison turn once, and not by a late event', () => {
    const views = { name: 'views', on: ['product_viewed'], aggregate: 'count' as const, window: '1h' };
    const features = [{ number: 0, definition: views, createdAt: 0, origin: true }];
    const busy = trigger({ feature: 'views', gte: 2 }, { name: 'busy' });
    const idle = trigger({ feature: 'views', lt: 1 }, { name: 'idle' });
    const story = new Story([busy, idle], { features });
    story.at(0, 'product_viewed').at(1, 'product_viewed').at(2, 'product_viewed');
    // A slice of a minute leaves an hour after its end.
    expect(story.wake(62.5).told).toEqual(['fired 1']);
    expect(story.wake(63.5).told).toEqual(['fired 1', 'fired 63']);
    story.at(63.6, 'product_viewed', { late: true }).at(63.7, 'product_viewed', { late: true });
    expect(story.told).toHaveLength(2);
  });

  it('fire the one that comes first where a group has room for one', () => {
    const low = trigger(view, { name: 'a', group: 'g' });
    const high = trigger(view, { name: 'b', group: 'g', priority: 1 });
    const story = new Story([low, high], { messaging: { ...messaging, groups: { g: { at_once: 1 } } } });
    expect(story.at(0, 'product_viewed').told).toEqual(['fired 0', 'suppressed priority 0']);
  });
});
