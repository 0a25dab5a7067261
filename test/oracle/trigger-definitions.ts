import type { FeatureDefinition } from '../../src/model/feature.ts';
import type { MessagingDefinition, QuietHours } from '../../src/model/messaging.ts';
import type { SegmentDefinition } from '../../src/model/segment.ts';
import type { TriggerAction, TriggerDefinition } from '../../src/model/trigger.ts';

/*
 * Triggers of every kind, so that together they come to every decision for every reason. What time alone turns is apart: it
 * has its own moment only where wakes are not late.
 */

const views: Pick<FeatureDefinition, 'on' | 'aggregate'> = { on: ['product_viewed'], aggregate: 'count' };

export const timedFeatures: readonly FeatureDefinition[] = [
  { name: 'views_2h', ...views, window: '2h' },
  { name: 'views_1d', ...views, window: '1d' },
];

export const lastingFeatures: readonly FeatureDefinition[] = [
  { name: 'views', ...views, window: 'lifetime' },
  { name: 'subscriptions', on: ['subscribed'], aggregate: 'count', window: 'lifetime' },
  { name: 'paid', on: ['order_paid'], aggregate: 'sum', of: 'properties.amount', window: 'lifetime' },
];

export const lastingSegments: readonly SegmentDefinition[] = [
  {
    name: 'regular',
    kind: 'segment',
    when: { all: [{ feature: 'views', gte: 8 }, { not: { trait: 'shy', equals: true } }] },
  },
  { name: 'payer', kind: 'tag', when: { any: [{ feature: 'paid', gte: 300 }, { tag: 'rich' }] } },
  { name: 'marketing_paused', kind: 'segment', when: { trait: 'silent', equals: true } },
];

export const timedSegments: readonly SegmentDefinition[] = [
  { name: 'busy', kind: 'segment', when: { feature: 'views_2h', gte: 4 } },
];

function quiet(from: string, to: string, what: QuietHours['then']): QuietHours {
  // biome-ignore lint/suspicious/noThenProperty: the word is that of the definition, and nobody awaits it.
  return { from, to, then: what };
}

export const messaging: MessagingDefinition = {
  name: 'default',
  zone: 'Asia/Shanghai',
  caps: [
    { overall: true, count: 7, every: '1d' },
    { channel: 'sms', count: 2, every: '1d' },
    { group: 'promo', count: 3, every: '2d', rolling: true },
  ],
  quiet_hours: quiet('22:00', '08:00', 'defer'),
  channels: {
    wechat: { order: 1, quota: { feature: 'subscriptions' } },
    app_push: { order: 2 },
    sms: { order: 3 },
    email: { order: 4 },
  },
  service_channel: 'sms',
  groups: {
    promo: { at_once: 1, guards: [{ name: 'owes_nothing', unless: { trait: 'debtor', equals: true } }] },
    carts: { at_once: 2 },
  },
};

type Rest = Omit<Partial<TriggerDefinition>, 'name' | 'on' | 'action'>;

function trigger(
  name: string,
  channel: TriggerAction['channel'],
  { on, ...rest }: Rest & Pick<TriggerDefinition, 'on'>,
): TriggerDefinition {
  return { name, purpose: 'marketing', on, action: { channel }, ...rest };
}

const service = { purpose: 'service' } as const;

const events: readonly TriggerDefinition[] = [
  trigger('searched', 'sms', {
    on: { event: 'searched', where: { 'properties.query': { equals: 'sale' } } },
    ...{ group: 'promo', priority: 5, limit: { cooldown: '3h' } },
  }),
  trigger('searched_too', 'email', {
    on: { event: 'searched' },
    group: 'promo',
    limit: { quiet_hours: false },
  }),
  trigger('searched_again', 'preferred', {
    on: { event: 'searched' },
    ...{ group: 'promo', priority: -1, limit: { caps: [{ trigger: true, count: 2, every: '1d' }] } },
  }),
  trigger('noted', 'none', { on: { event: 'store_entered' }, limit: { quiet_hours: false } }),
  trigger('subscribed', 'wechat', {
    on: { event: 'store_entered' },
    limit: { holdout: 0.2, quiet_hours: quiet('11:00', '15:30', 'drop') },
  }),
  trigger('more_than_now', 'email', {
    on: { event: ['order_paid', 'store_entered'] },
    when: { feature: 'paid', gt: { event: 'properties.amount' } },
    limit: { cooldown: '2h' },
  }),
  trigger('rich_enough', 'app_push', {
    on: { event: 'order_paid' },
    when: { all: [{ feature: 'paid', gte: 100 }, { 'properties.amount': { gte: 50 } }] },
    limit: { holdout: 0.3, cooldown: '1h', guards: [{ name: 'payer', unless: { tag: 'payer' } }] },
  }),
];

const counts: readonly TriggerDefinition[] = [
  trigger('hesitation', 'preferred', {
    on: {
      count: 3,
      of: { event: 'product_viewed', where: { 'properties.size': { in: ['xl', 'xxl'] } } },
      ...{ within: '30m', unless: { event: 'order_completed' } },
    },
    ...{ when: { feature: 'views', gte: 3 }, priority: 2, group: 'promo' },
    limit: { caps: [{ group: 'promo', count: 2, every: '1d' }] },
  }),
  trigger('same_item', 'app_push', {
    on: {
      ...{ count: 2, of: { event: 'product_viewed' }, within: '2h', by: 'properties.item_id' },
      unless: { event: 'order_completed' },
    },
    limit: { caps: [{ trigger: true, count: 3, every: '6h' }] },
  }),
];

const sequences: readonly TriggerDefinition[] = [
  trigger('viewed_then_added', 'email', {
    on: {
      sequence: [
        { event: 'product_viewed', key: 'properties.item_id' },
        { not: { event: 'product_removed' } },
        { event: 'product_added', within: '1h' },
      ],
    },
    ...{ group: 'carts', limit: { quiet_hours: false } },
  }),
  trigger('three_steps', 'none', {
    on: {
      sequence: [
        { event: 'searched' },
        { event: 'product_viewed', within: '20m' },
        { event: 'product_viewed', within: '20m' },
      ],
    },
  }),
];

const absences: readonly TriggerDefinition[] = [
  trigger('cart_left', 'preferred', {
    on: {
      sequence: [
        { event: 'product_added', key: 'properties.cart_id' },
        { not: { event: 'order_completed' }, within: '30m' },
      ],
    },
    ...{ group: 'carts', priority: 1 },
  }),
  trigger('cart_left_first', 'none', {
    on: {
      sequence: [
        { event: 'product_added', key: 'properties.cart_id' },
        { not: { event: 'order_completed', any_key: true }, within: '2h' },
      ],
      restart: false,
    },
    limit: { quiet_hours: false },
  }),
  trigger('cart_left_whole', 'app_push', {
    on: {
      sequence: [
        { event: 'product_added', key: 'properties.cart_id', item: 'properties.item_id' },
        {
          not: [
            { event: 'order_completed' },
            { event: ['order_completed', 'order_paid'], item: 'properties.products[].item_id' },
          ],
          within: '45m',
        },
      ],
    },
  }),
  trigger('overdue', 'none', {
    on: {
      sequence: [
        { event: ['ticket_opened', 'ticket_updated'], key: 'properties.ticket_id' },
        { not: { event: 'ticket_closed' }, until: 'properties.due_at' },
      ],
    },
    ...service,
  }),
  trigger('unpaid', 'sms', {
    on: {
      sequence: [
        { event: 'order_placed', key: 'properties.order_id' },
        { not: [{ event: 'order_paid' }, { event: 'order_cancelled' }], within: '15m' },
      ],
    },
    ...service,
    limit: { caps: [{ trigger: true, count: 2, every: '1d' }] },
  }),
  trigger('looked_and_left', 'email', {
    on: {
      sequence: [
        { event: 'searched' },
        { event: 'product_viewed', within: '1h' },
        { not: { event: 'order_completed' }, within: '3h' },
      ],
    },
    when: { not: { tag: 'rich' } },
  }),
];

const changes: readonly TriggerDefinition[] = [
  trigger('tenth_view', 'email', { on: { feature: 'views', gte: 10 }, limit: { quiet_hours: false } }),
  trigger('paid_between', 'none', { on: { feature: 'paid', between: [100, 250] } }),
  trigger('regular_now', 'preferred', { on: { segment: 'regular', change: 'entered' } }),
  trigger('regular_no_more', 'none', { on: { segment: 'regular', change: 'left' } }),
  trigger('payer_now', 'sms', { on: { segment: 'payer', change: 'entered' }, ...service }),
];

const days: readonly TriggerDefinition[] = [
  trigger('birthday', 'preferred', { on: { calendar: { birthday: true, days_before: 1 } }, priority: 9 }),
  trigger('wedding', 'none', {
    on: { calendar: { date: { trait: 'wedding' }, days_after: 1 }, at: '07:30' },
  }),
  trigger('two_days_after', 'email', {
    on: { calendar: { since: { event: 'order_completed' }, days: 2 }, at: '12:00' },
    when: { 'properties.cart_id': { exists: true } },
  }),
];

/** Whatever brings what is due, and however late. */
export const lastingTriggers: readonly TriggerDefinition[] = [
  ...events,
  ...counts,
  ...sequences,
  ...absences,
  ...changes,
  ...days,
];

export const timedTriggers: readonly TriggerDefinition[] = [
  trigger('quiet_again', 'none', { on: { feature: 'views_2h', lte: 0 } }),
  trigger('many_today', 'email', { on: { feature: 'views_1d', gt: 12 }, when: { segment: 'busy' } }),
  trigger('busy_now', 'none', { on: { segment: 'busy', change: 'entered' } }),
  trigger('busy_no_more', 'app_push', {
    on: { segment: 'busy', change: 'left' },
    limit: { quiet_hours: false },
  }),
];
