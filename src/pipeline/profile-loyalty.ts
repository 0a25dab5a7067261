import { hash } from 'node:crypto';
import { limits } from '../limits.ts';
import { changesBetween } from '../loyalty/changes.ts';
import { acceptsBurn } from '../loyalty/decide-burn.ts';
import type { CompiledProgram } from '../loyalty/program.ts';
import { burnOf, concernsLedger, isVerified, readFact } from '../loyalty/read-fact.ts';
import { dueReferral, INVITATION_TOLD, INVITED_KEY } from '../loyalty/referral.ts';
import { settleLedger } from '../loyalty/settle.ts';
import { readLedger } from '../loyalty/standing.ts';
import type { TierState } from '../loyalty/tiers.ts';
import type { Event } from '../model/event.ts';
import { historyFacetId } from '../model/facet-id.ts';
import type { FoldContext } from '../model/fold.ts';
import { keys } from '../model/keys.ts';
import { addSettled, emptyLedger, unitedFacts } from '../model/ledger-facts.ts';
import type { Ledger, LedgerFact, LoyaltyChange, ProfileLoyaltyChange } from '../model/loyalty.ts';
import { pointsRow, timedPointsRow } from '../model/points-rows.ts';
import type { Facet, Header } from '../model/profile.ts';
import type { EpochMs } from '../model/time.ts';
import { alarmBy } from '../profile/alarm.ts';

/**
 * Keeps a profile's ledger beside the reduction of its events: whether a burn is accepted, what time changed, what has
 * settled. All facets of the profile must be loaded.
 */
export interface LoyalProfile {
  readonly header: Header;
  readonly facets: readonly Facet[];
  readonly program: CompiledProgram;
}

interface LoyaltyInForce {
  readonly loyalty?: CompiledProgram | undefined;
}

/** Whether an event may move points: then all facets of its profile are needed. */
export function concernsPoints(event: Event, { loyalty }: LoyaltyInForce): boolean {
  return loyalty !== undefined && concernsLedger(loyalty, event);
}

/** Whether a claimed receipt says enough, soon enough, to be credited; without a program there is nothing to credit. */
export function isReceiptValid(event: Event, { loyalty }: LoyaltyInForce, now: EpochMs): boolean {
  return loyalty === undefined || readFact(loyalty, event, now) !== undefined;
}

/** Why an event cannot be taken: its points are not there, or the ledger has no room. What is refused changes nothing. */
export function refusalOf(
  sent: {
    readonly profileId: string;
    readonly header: Header | undefined;
    readonly facets: readonly Facet[];
    readonly facet: Facet;
    readonly event: Event;
  },
  { loyalty: program }: LoyaltyInForce,
  context: FoldContext,
): 'points_insufficient' | 'points_unverified' | 'receipt_invalid' | 'ledger_full' | undefined {
  const { profileId, header, facets, facet, event } = sent;
  if (program === undefined) return undefined;
  // The program may have changed since identity asked.
  if (event.identity?.type === 'claim' && !isReceiptValid(event, { loyalty: program }, context.now))
    return 'receipt_invalid';
  const burn = event.type === 'points_redeemed' ? burnOf(program, event, context.now) : undefined;
  const verified = isVerified(event);
  if (burn !== undefined && !(verified && acceptsBurn(ledgersOf(facets), burn, program))) {
    const named = { profileId, facetId: event.facet, at: context.now, cause: context.cause() };
    context.history(pointsRow(burn, { ...named, kind: 'refused' }));
    return verified ? 'points_insufficient' : 'points_unverified';
  }
  if (header === undefined || makeLedgerRoom({ header, facets, program }, facet, context)) return undefined;
  return 'ledger_full';
}

/** A profile about to take an event that may move points. */
export interface PointsBefore extends LoyalProfile {
  /** What the tier was; undefined where the event cannot lift it. */
  readonly tier: TierState | undefined;
}

const COUNTED: ReadonlySet<string> = new Set(['order_claimed', 'points_earned']);

/** What the ledger is before an event is reduced; undefined where the event moves no points. */
export function pointsBefore(
  coming: {
    readonly header: Header;
    readonly facet: Facet;
    readonly event: Event;
    readonly facets: () => readonly Facet[];
  },
  inForce: LoyaltyInForce,
  now: EpochMs,
): PointsBefore | undefined {
  const { header, facet, event } = coming;
  const { loyalty: program } = inForce;
  if (program === undefined || header.kind === 'pseudo' || !concernsLedger(program, event)) return undefined;
  const others = coming.facets();
  const facets = others.includes(facet) ? others : [...others, facet];
  // Only what counts towards tiers can lift one; what lowers one is time, which is told when it has come.
  const counts = event.order?.transition === 'completed' || COUNTED.has(event.type);
  const tier = program.tiers && counts ? readLedger(ledgersOf(facets), program, now).tier : undefined;
  return { header, facets, program, tier };
}

/** After an event was reduced into its facet: its row, what it did to the tier, and when time changes something next. */
export function pointsAfterEvent(
  profile: PointsBefore,
  { event, facet }: { readonly event: Event; readonly facet: Facet },
  context: FoldContext,
): void {
  const { header, facets, program, tier: from } = profile;
  const { now } = context;
  const fact = readFact(program, event, now);
  if (fact === undefined) return;
  const named = { profileId: header.id, facetId: historyFacetId(facet), at: fact.time };
  if (fact.kind !== 'invited')
    context.history(pointsRow(fact, { ...named, kind: fact.kind, cause: context.cause() }));
  const { tier: to, nextAt } = readLedger(ledgersOf(facets), program, now);
  if (from !== undefined && to !== undefined && from.name !== to.name) {
    const up = to.changes.findLast((change) => change.to === to.name)?.up ?? false;
    tell([{ change: 'tier', at: now, from: from.name, to: to.name, up }], profile, context);
  }
  if (header.pointsAt === undefined) noteTold(header, context);
  alarmBy(header, nextAt, context);
  tellOfReferral(profile, context);
}

/** When a profile wakes: what time has changed since it was last told, and when it changes something next. Answers whether anything was told. */
export function pointsOnWake(
  { header, facets }: Omit<LoyalProfile, 'program'>,
  { loyalty: program }: LoyaltyInForce,
  context: FoldContext,
): boolean {
  const ledgers = ledgersOf(facets);
  if (program === undefined || !ledgers.some((ledger) => ledger !== undefined)) return false;
  const { now } = context;
  const after = header.pointsAt ?? now;
  const changes =
    after < now ? changesBetween(unitedFacts(ledgers).values(), program, { after, until: now }) : [];
  tell(changes, { header, program }, context);
  noteTold(header, context);
  alarmBy(header, readLedger(ledgers, program, now).nextAt, context);
  tellOfReferral({ header, facets, program }, context);
  return changes.length > 0;
}

/** Identity is told once that whoever invited this profile has earned points, or the profile wakes when they have. */
function tellOfReferral({ header, facets, program }: LoyalProfile, context: FoldContext): void {
  const { view, now } = context;
  const due = dueReferral(ledgersOf(facets), program, now);
  if (due === undefined) return;
  if (due.at > now) {
    alarmBy(header, due.at, context);
    return;
  }
  context.toIdentity({ type: 'referral_due', invitee: due.invitee });
  for (const facet of facets) {
    const fact = facet.ledger?.facts.get(INVITED_KEY);
    if (fact === undefined) continue;
    facet.ledger?.facts.set(INVITED_KEY, { ...fact, by: INVITATION_TOLD });
    view.put(keys.facet(header.id, facet.id), facet);
  }
}

function ledgersOf(facets: readonly Facet[]): readonly (Ledger | undefined)[] {
  return facets.map(({ ledger }) => ledger);
}

function noteTold(header: Header, { view, now }: FoldContext): void {
  header.pointsAt = now;
  view.put(keys.header(header.id), header);
}

function tell(
  changes: readonly LoyaltyChange[],
  { header, program }: Omit<LoyalProfile, 'facets'>,
  context: FoldContext,
): void {
  for (const each of changes) {
    const cause = context.cause();
    const { partition, seq, index, ordinal } = cause;
    const place = `loyalty\0${program.version}\0${partition}\0${seq}\0${index}\0${ordinal}`;
    const id = hash('sha256', place, 'hex').slice(0, 32);
    const change: ProfileLoyaltyChange = { ...each, id, profile_id: header.id };
    context.history(timedPointsRow(change, { version: program.version, cause }));
    context.effect({ kind: 'loyalty', change });
  }
}

/** Whether the facet holds so many facts that what has settled should leave. */
function isLedgerDue({ ledger }: Facet): boolean {
  const facts = ledger?.facts.size ?? 0;
  return facts >= limits.ledgerSettleFacts && facts % limits.ledgerSettleEvery === 0;
}

/** False where the facet has no room for another fact. */
function makeLedgerRoom(profile: LoyalProfile, facet: Facet, context: FoldContext): boolean {
  if (isLedgerDue(facet)) settle(profile, facet, context);
  return (facet.ledger?.facts.size ?? 0) < limits.ledgerFactsPerFacetMax;
}

function settle({ header, facets, program }: LoyalProfile, facet: Facet, context: FoldContext): void {
  const { view, now } = context;
  const facts = unitedFacts(ledgersOf(facets));
  const settlement = settleLedger(facts, program, now);
  if (settlement === undefined) return;
  for (const each of facets) {
    const { ledger } = each;
    if (ledger === undefined) continue;
    for (const [key, fact] of ledger.facts) {
      const points = settlement.reduced.get(key);
      if (settlement.removed.has(key)) ledger.facts.delete(key);
      else if (points !== undefined) ledger.facts.set(key, { ...fact, points });
    }
    view.put(keys.facet(header.id, each.id), each);
  }
  facet.ledger ??= emptyLedger();
  facet.ledger.settled = addSettled(facet.ledger.settled, settlement.settled);
  if (settlement.mark !== undefined) {
    const mark = markOf(facet, { ...settlement.mark, time: now, version: program.version });
    facet.ledger.facts.set(mark.key, mark);
  }
}

/** A facet has one: the newest says what the ones before it said. */
function markOf(
  { id }: Facet,
  mark: Pick<LedgerFact, 'by' | 'since' | 'expiresAt' | 'time' | 'version'>,
): LedgerFact {
  return {
    key: `t\0${id}`,
    kind: 'tier',
    tie: '',
    order: '',
    points: 0,
    micro: 0,
    spend: 0,
    lines: [],
    holdMs: 0,
    deliveryMs: undefined,
    rounding: 'down',
    author: '',
    ...mark,
  };
}
