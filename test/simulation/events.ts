import { combinationKey, facetKey } from '../../src/ingest/facet-key.ts';
import type { Claim, Event, IdentityDirective } from '../../src/model/event.ts';
import type { FeatureDefinition } from '../../src/model/feature.ts';
import { EMPTY_POLICY, type IdentityPolicy } from '../../src/model/identity-policy.ts';
import type { LoyaltyProgram } from '../../src/model/loyalty.ts';
import { MESSAGING_BEFORE_ANY } from '../../src/model/messaging.ts';
import type { DefinitionsRecord } from '../../src/model/record.ts';
import type { SegmentDefinition } from '../../src/model/segment.ts';
import type { TriggerDefinition } from '../../src/model/trigger.ts';
import { quietHours } from '../triggers/decision-scene.ts';

/** What happens in the simulated world: its people's identifiers, their events, and what is defined. */
const type = (name: string, limit: number, strong: boolean) =>
  ({ type: name, limit, period: 'ever', strong, normalize: 'exact' }) as const;

const identity: IdentityPolicy = {
  ...EMPTY_POLICY,
  types: [
    type('user_id', 1, true),
    type('phone', 5, true),
    type('device_id', 20, false),
    type('anonymous_id', 100, false),
  ],
};

const on = ['product_viewed'] as const;
const OF = 'properties.points';

/** In force all the time: whatever else changes, these count every event. */
const lasting: readonly FeatureDefinition[] = [
  { name: 'views', on, aggregate: 'count', window: 'lifetime' },
  { name: 'points', on, aggregate: 'sum', of: OF, window: 'lifetime' },
  { name: 'items', on, aggregate: 'distinct', of: 'properties.item_id', window: 'lifetime' },
  { name: 'views_1d', on, aggregate: 'count', window: '1d' },
];

/** One that is entered by events alone, and one that time alone leaves. */
export const SEGMENTS: readonly SegmentDefinition[] = [
  { name: 'regular', kind: 'segment', when: { feature: 'views', gte: 3 } },
  { name: 'lately', kind: 'segment', when: { feature: 'views_1d', gte: 1 } },
];

/** These come, go and change. */
const passing: readonly (readonly FeatureDefinition[])[] = [
  [],
  [{ name: 'best', on, aggregate: 'maximum', of: OF, window: 'lifetime' }],
  [{ name: 'best', on, aggregate: 'minimum', of: OF, window: 'lifetime' }],
  [
    { name: 'first', on, aggregate: 'first', of: OF, window: 'lifetime' },
    { name: 'best', on, aggregate: 'maximum', of: OF, window: 'lifetime' },
  ],
];

/** Every view of a verified person is a gift, so that facets hold a fact for each. */
const PROGRAM: LoyaltyProgram = {
  name: 'default',
  currency: 'CNY',
  zone: 'UTC',
  earn: { birthday: { points: 1, on: 'product_viewed' }, reported: true },
  hold: { for: '0d', from: 'order', delivery_within: '30d' },
  warn: '1d',
  claim: { within: '30d' },
};

const rich = { event: 'product_viewed', where: { 'properties.points': { gte: 500 } } } as const;
const poor = { event: 'product_viewed', where: { 'properties.points': { lt: 500 } } } as const;

/** One decides at once; the others wait: for something not to come, for a morning, for a segment that time leaves. */
const triggers: readonly TriggerDefinition[] = [
  {
    name: 'eager',
    purpose: 'service',
    on: { count: 2, of: { event: 'product_viewed' }, within: '1h' },
    limit: { cooldown: '2h' },
    action: { channel: 'sms' },
  },
  {
    name: 'patient',
    purpose: 'service',
    on: {
      sequence: [
        { ...rich, key: 'properties.item_id' },
        { not: { ...poor, key: 'properties.item_id' }, within: '2h' },
      ],
    },
    limit: { caps: [{ trigger: true, count: 2, every: '1d' }] },
    action: { channel: 'sms' },
  },
  {
    name: 'polite',
    purpose: 'marketing',
    on: poor,
    limit: { quiet_hours: quietHours('00:00', '23:00', 'defer') },
    action: { channel: 'email' },
  },
  {
    name: 'gone',
    purpose: 'service',
    on: { segment: 'lately', change: 'left' },
    action: { channel: 'sms' },
  },
];

export const DEFINITION_SETS = passing.length;

export function definitionsRecord(set: number, hasTriggers: boolean): DefinitionsRecord {
  const features = [...lasting, ...(passing[set % passing.length] ?? [])];
  return {
    kind: 'definitions',
    author: 'sim',
    features,
    triggers: hasTriggers ? triggers : [],
    segments: SEGMENTS,
    identity,
    loyalty: PROGRAM,
    messaging: { ...MESSAGING_BEFORE_ANY, snapshots: 'daily' },
  };
}

/** `a1` as identity writes it: `anonymous_id:a1`. */
export function keyOf(name: string): string {
  return `${typeOf(name)}:${name}`;
}

function typeOf(name: string): string {
  return TYPES[name[0] ?? ''] ?? 'anonymous_id';
}

const TYPES: Readonly<Record<string, string>> = {
  d: 'device_id',
  a: 'anonymous_id',
  p: 'phone',
  u: 'user_id',
};
const STRENGTH = 'adpu';

interface Happening {
  readonly id: string;
  readonly names: readonly string[];
  readonly at: number;
  readonly points: number;
  readonly directive?: IdentityDirective['type'];
}

/** Two senders, so that their books differ. */
export function sourceOf(id: string): string {
  return Number(id.slice(1)) % 3 === 0 ? 'till' : 'sim';
}

/** `a1,u2` → an event of that combination, weakest claim first. */
export function makeEvent({ id, names, at, points, directive }: Happening): Event {
  const rank = (name: string): number => STRENGTH.indexOf(name[0] ?? '');
  const sorted = [...names].sort((x, y) => rank(x) - rank(y) || (x < y ? -1 : 1));
  const claims: Claim[] = sorted.map((name) => ({
    type: typeOf(name),
    hash: name,
    verified: rank(name) > STRENGTH.indexOf('d'),
  }));
  const asks: Pick<Event, 'identity'> =
    directive === 'signed_in' || directive === 'signed_out' ? { identity: { type: directive } } : {};
  return {
    id,
    type: 'product_viewed',
    time: at,
    receivedAt: at,
    source: sourceOf(id),
    channel: 'web',
    claims,
    facet: facetKey(claims),
    ...(claims.length > 2 ? { combination: combinationKey(claims) } : {}),
    properties: { item_id: `i${points % 5}`, points },
    consent: {
      marketing: { email: points % 4 > 0 },
      ...(points % 3 === 0 && { notices: { privacy: 1 + (points % 5) }, text_version: `v${points % 2}` }),
    },
    ...asks,
  };
}
