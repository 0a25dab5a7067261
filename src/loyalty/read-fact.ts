import type { Event, PointsAdjustment, ReferralNote } from '../model/event.ts';
import type { JsonValue } from '../model/json.ts';
import type { LedgerFact, LedgerKind } from '../model/loyalty.ts';
import { type EpochMs, parseDuration } from '../model/time.ts';
import type { CompiledProgram } from './program.ts';
import { readPurchase } from './purchase.ts';
import { INVITED_KEY } from './referral.ts';

const SEPARATOR = '\0';
/** Points of one fact stay exact integers in every sum. */
const POINTS_MAX = 1_000_000_000;
/** What a till sells is handed over with the receipt. */
const TILL = 'pos';

const BURN = 'points_redeemed';

const DELIVERIES: ReadonlySet<string> = new Set(['order_delivered', 'order_picked_up']);

/** Types that a program reads whatever it says. */
const ALWAYS: ReadonlySet<string> = new Set([
  'order_completed',
  'order_refunded',
  'order_cancelled',
  'points_earned',
  BURN,
  'redemption_cancelled',
  'order_claimed',
]);

/** Whether an event can mean anything to the ledger: then all facets of its profile are needed. */
export function concernsLedger({ definition }: CompiledProgram, event: Event): boolean {
  const { type, order, adjustment, referral } = event;
  // A till must not be told that points were spent which nobody has.
  if (event.claims.length === 0) return type === BURN;
  if (adjustment !== undefined || referral !== undefined) return true;
  if (order !== undefined) return order.ledger;
  const { welcome, birthday } = definition.earn;
  return ALWAYS.has(type) || DELIVERIES.has(type) || type === welcome?.on || type === birthday?.on;
}

/** Orders of a default namespace and those of events that name none are told apart by their number alone. */
export function orderKey(namespace: string, id: string): string {
  return `${namespace}${SEPARATOR}${id}`;
}

/** A fact with nothing in it but what every fact has. */
export function plainFact(
  program: CompiledProgram,
  event: Event,
  { kind, key, now }: { readonly kind: LedgerKind; readonly key: string; readonly now: EpochMs },
): LedgerFact {
  return {
    key,
    kind,
    time: Math.min(event.time, now),
    tie: `${event.source}${SEPARATOR}${event.id}`,
    since: now,
    version: program.version,
    order: '',
    by: '',
    points: 0,
    micro: 0,
    spend: 0,
    lines: [],
    holdMs: 0,
    deliveryMs: undefined,
    expiresAt: undefined,
    rounding: 'down',
    author: '',
  };
}

/**
 * What an event says about points, read under the program in force; undefined where it says nothing. Only events that
 * name their person by a verified identifier count: whoever can type a phone number must not be able to move points.
 * `now` is the append time of the event's record.
 */
export function readFact(program: CompiledProgram, event: Event, now: EpochMs): LedgerFact | undefined {
  const { adjustment, referral } = event;
  if (adjustment !== undefined) return readAdjustment(program, event, { adjustment, now });
  if (referral !== undefined) return readReferral(program, event, { referral, now });
  if (!isVerified(event)) return undefined;
  if (event.order !== undefined) return readOrder(program, event, now);
  if (DELIVERIES.has(event.type)) return readDelivery(program, event, now);
  switch (event.type) {
    case 'points_earned':
      return readReported(program, event, now);
    case BURN:
      return burnOf(program, event, now);
    case 'redemption_cancelled':
      return readRestore(program, event, now);
    case 'order_claimed':
      return readClaim(program, event, now);
    default:
      return readGift(program, event, now);
  }
}

/** Whether the sender has proved who the event is about. */
export function isVerified({ claims }: Event): boolean {
  return claims.some(({ verified }) => verified);
}

function readOrder(program: CompiledProgram, event: Event, now: EpochMs): LedgerFact | undefined {
  const { order } = event;
  if (order === undefined || !order.ledger) return undefined;
  const id = orderKey(order.namespace, order.order_id);
  switch (order.transition) {
    case 'cancelled':
      return { ...plainFact(program, event, { kind: 'cancel', key: `c${SEPARATOR}${id}`, now }), order: id };
    case 'refunded': {
      const key = `r${SEPARATOR}${id}${SEPARATOR}${order.refund_id}`;
      const fact = plainFact(program, event, { kind: 'refund', key, now });
      return { ...fact, order: id, ...readPurchase(program, event).returned };
    }
    case 'completed':
      return earnedBy(program, event, { id, by: 'order', now });
  }
}

function earnedBy(
  program: CompiledProgram,
  event: Event,
  { id, by, now }: { readonly id: string; readonly by: string; readonly now: EpochMs },
): LedgerFact | undefined {
  const { definition } = program;
  if (event.currency !== definition.currency) return undefined;
  const { by: tiersBy = 'points' } = definition.tiers ?? {};
  const { purchase, referral } = definition.earn;
  // An order that earns nothing may still lift a tier, or be what an inviter waits for.
  if (purchase === undefined && referral === undefined && tiersBy === 'points') return undefined;
  const fact = plainFact(program, event, { kind: 'earn', key: `o${SEPARATOR}${id}`, now });
  const delivered = definition.hold.from === 'delivery' && event.channel !== TILL;
  return {
    ...fact,
    order: id,
    by,
    ...readPurchase(program, event).earned,
    holdMs: program.holdMs,
    deliveryMs: delivered ? program.deliveryMs : undefined,
    expiresAt: program.expiresAt(fact.time),
    rounding: definition.earn.purchase?.rounding ?? 'down',
  };
}

function orderOf({ properties }: Event): string {
  const id = textOf(properties.order_id);
  return id === '' ? '' : orderKey(textOf(properties.order_namespace), id);
}

function readDelivery(program: CompiledProgram, event: Event, now: EpochMs): LedgerFact | undefined {
  const order = orderOf(event);
  if (order === '' || program.definition.hold.from !== 'delivery') return undefined;
  return { ...plainFact(program, event, { kind: 'delivered', key: `d${SEPARATOR}${order}`, now }), order };
}

/** A lot of points that are there at once. */
function lot(
  program: CompiledProgram,
  event: Event,
  { key, now, points, by }: { key: string; now: EpochMs; points: number; by: string },
): LedgerFact {
  const fact = plainFact(program, event, { kind: 'earn', key, now });
  return { ...fact, points, by, expiresAt: program.expiresAt(fact.time) };
}

function ownKey(letter: string, { source, id }: Event): string {
  return [letter, source, id].join(SEPARATOR);
}

function readReported(program: CompiledProgram, event: Event, now: EpochMs): LedgerFact | undefined {
  const { earn } = program.definition;
  const points = pointsOf(event.properties.points);
  const order = orderOf(event);
  // What another system reports of an order that earns here as well would count twice.
  if (!earn.reported || points <= 0 || (order !== '' && earn.purchase !== undefined)) return undefined;
  const until = momentOf(event.properties.expires_at);
  const fact = lot(program, event, { key: ownKey('p', event), now, points, by: 'reported' });
  return { ...fact, order, ...(until === undefined ? {} : { expiresAt: until }) };
}

/** What a burn asks for, whether it may or not. */
export function burnOf(program: CompiledProgram, event: Event, now: EpochMs): LedgerFact | undefined {
  const points = pointsOf(event.properties.points);
  if (points <= 0) return undefined;
  const fact = plainFact(program, event, { kind: 'burn', key: ownKey('b', event), now });
  // It takes effect where it was decided.
  return { ...fact, time: now, points, order: orderOf(event), by: textOf(event.properties.reason) };
}

function readAdjustment(
  program: CompiledProgram,
  event: Event,
  { adjustment, now }: { readonly adjustment: PointsAdjustment; readonly now: EpochMs },
): LedgerFact {
  const { points, author, reason: by, expires } = adjustment;
  const key = ownKey('a', event);
  if (points < 0)
    return { ...plainFact(program, event, { kind: 'debit', key, now }), points: -points, by, author };
  const fact = { ...lot(program, event, { key, now, points, by }), author };
  return expires === undefined ? fact : { ...fact, expiresAt: expires };
}

function readRestore(program: CompiledProgram, event: Event, now: EpochMs): LedgerFact | undefined {
  const burn = textOf(event.properties.redemption_id);
  if (burn === '') return undefined;
  const fact = plainFact(program, event, { kind: 'restore', key: `x${SEPARATOR}${burn}`, now });
  return { ...fact, order: burn, by: textOf(event.properties.reason) };
}

/** A receipt that named nobody: identity has seen to it that it is claimed once. */
function readClaim(program: CompiledProgram, event: Event, now: EpochMs): LedgerFact | undefined {
  const sold = momentOf(event.properties.sold_at);
  if (event.identity?.type !== 'claim' || sold === undefined) return undefined;
  if (event.time - sold > program.claimMs || sold > event.time) return undefined;
  const fact = earnedBy(program, event, { id: event.identity.order, by: 'claim', now });
  return fact === undefined || fact.spend === 0 ? undefined : fact;
}

/** Identity has seen to it that the two are two, and that an invitee is credited once. */
function readReferral(
  program: CompiledProgram,
  event: Event,
  { referral: { step, invitee }, now }: { readonly referral: ReferralNote; readonly now: EpochMs },
): LedgerFact | undefined {
  const { referral } = program.definition.earn;
  if (referral === undefined) return undefined;
  if (step === 'accepted')
    return { ...plainFact(program, event, { kind: 'invited', key: INVITED_KEY, now }), order: invitee };
  const key = `f${SEPARATOR}${invitee}`;
  return lot(program, event, { key, now, points: referral.points, by: 'referral' });
}

function readGift(program: CompiledProgram, event: Event, now: EpochMs): LedgerFact | undefined {
  const { welcome, birthday } = program.definition.earn;
  const isWelcome = welcome?.on === event.type;
  const rule = isWelcome ? welcome : birthday?.on === event.type ? birthday : undefined;
  if (rule === undefined) return undefined;
  const by = isWelcome ? 'welcome' : 'birthday';
  // One welcome over all facets; of birthdays the replay takes those that are a year apart.
  const key = isWelcome ? 'w' : ownKey('y', event);
  const fact = lot(program, event, { key, now, points: rule.points, by });
  const lasts = rule.expires === undefined ? undefined : parseDuration(rule.expires);
  return lasts === undefined ? fact : { ...fact, expiresAt: fact.time + lasts };
}

function pointsOf(value: JsonValue | undefined): number {
  return typeof value === 'number' && Number.isInteger(value) && Math.abs(value) <= POINTS_MAX ? value : 0;
}

function textOf(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}

function momentOf(value: JsonValue | undefined): EpochMs | undefined {
  const at = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(at) ? undefined : at;
}
