import { unitedFacts } from '../model/ledger-facts.ts';
import type { Ledger, LedgerFact } from '../model/loyalty.ts';
import type { EpochMs } from '../model/time.ts';
import { type OrderReports, reportsByOrder } from './order-reports.ts';
import type { CompiledProgram } from './program.ts';

/**
 * When somebody who was invited has earned the inviter's points: once the first of their orders that stands has come to
 * the end of its return window, which is the referral's `hold`, from delivery where the program's holds run from there.
 * What was sent back whole or called off within its window was no order. Only the invitee's own ledger is asked, so
 * nobody can report an order that was never made.
 */
export interface DueReferral {
  /** The end of the window. It may lie ahead: then a return can still come. */
  readonly at: EpochMs;
  /** The identifier by which they were invited, `type:hash`. */
  readonly invitee: string;
}

/** One invitation counts for a profile, however many there are in it after a merge. */
export const INVITED_KEY = 'i';
/** What `by` of an invitation says once identity has been told. */
export const INVITATION_TOLD = 'told';

/** Undefined while no order stands, and where there is nothing to earn. */
export function dueReferral(
  ledgers: readonly (Ledger | undefined)[],
  program: CompiledProgram,
  now: EpochMs,
): DueReferral | undefined {
  if (program.definition.earn.referral === undefined || !ledgers.some(isInvited)) return undefined;
  const united = unitedFacts(ledgers);
  const invitation = united.get(INVITED_KEY);
  if (invitation === undefined || ledgers.some(wasTold) || ledgers.some(isOld)) return undefined;
  const facts = [...united.values()].filter(({ time }) => time <= now).sort((a, b) => a.time - b.time);
  const reports = reportsByOrder(facts);
  const orders = facts.filter(isOrder).map((order) => ({ order, at: windowEnd(order, reports, program) }));
  const [first] = orders;
  // Whoever had bought, and kept it, before anybody spoke of an invitation was a customer already.
  if (first !== undefined && first.at < invitation.time) return undefined;
  const standing = orders.filter(({ order, at }) => stands(order, at, reports));
  const at = standing.reduce((soonest, each) => Math.min(soonest, each.at), Number.POSITIVE_INFINITY);
  return Number.isFinite(at) ? { at, invitee: invitation.order } : undefined;
}

function isInvited(ledger: Ledger | undefined): boolean {
  return ledger?.facts.has(INVITED_KEY) === true;
}

function wasTold(ledger: Ledger | undefined): boolean {
  return ledger?.facts.get(INVITED_KEY)?.by === INVITATION_TOLD;
}

/** Points that have settled were earned more than a year ago. */
function isOld(ledger: Ledger | undefined): boolean {
  return ledger !== undefined && ledger.settled.earned > 0;
}

function isOrder({ kind, by, spend }: LedgerFact): boolean {
  return kind === 'earn' && (by === 'order' || by === 'claim') && spend > 0;
}

function windowEnd(order: LedgerFact, reports: OrderReports, { referralHoldMs }: CompiledProgram): EpochMs {
  return reports.availableAt({ ...order, holdMs: referralHoldMs });
}

function stands(order: LedgerFact, until: EpochMs, reports: OrderReports): boolean {
  const returns = reports.returnsOf(order).filter(({ time }) => time <= until);
  const back = returns.reduce((sum, { spend }) => sum + spend, 0);
  return back < order.spend && !returns.some(({ kind }) => kind === 'cancel');
}
