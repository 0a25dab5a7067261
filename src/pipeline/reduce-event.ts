import type { FeatureSet } from '../features/compile.ts';
import { addEvent } from '../features/update.ts';
import type { CompiledProgram } from '../loyalty/program.ts';
import { readFact } from '../loyalty/read-fact.ts';
import { type Event, OPERATOR_SOURCE } from '../model/event.ts';
import { emptyLedger, putFact } from '../model/ledger-facts.ts';
import type { Facet } from '../model/profile.ts';
import type { EpochMs } from '../model/time.ts';
import { applyCoupon } from '../profile/coupons.ts';
import { applyItems } from '../profile/items.ts';
import { applyKind, type IsListed } from '../profile/kind.ts';
import { applyRegisters, type RankOf } from '../profile/registers.ts';
import { applyTag } from '../profile/tags.ts';

/** What the reduction of an event depends on beside its facet. */
export interface ReducerDefinitions {
  readonly features: FeatureSet;
  readonly identity: { readonly traitRank: RankOf; readonly isListed: IsListed };
  /** Absent while no loyalty program is in force. */
  readonly loyalty?: CompiledProgram | undefined;
}

/**
 * All that an event does to its facet, once it is known to be no repeat: live and out of history alike, so that the two
 * cannot differ. `now` is the append time of the event's record.
 */
export function reduceEvent(
  definitions: ReducerDefinitions,
  { facet, event }: { readonly facet: Facet; readonly event: Event },
  now: EpochMs,
): void {
  // What somebody does by hand is nothing that the person did.
  if (event.tag !== undefined) {
    applyTag(facet, event);
    return;
  }
  if (definitions.loyalty !== undefined) applyToLedger(definitions.loyalty, { facet, event }, now);
  if (event.adjustment !== undefined || event.referral !== undefined) return;
  // What an operator enters of somebody's consents is nothing that they did either, but it is about them.
  if (event.type === 'consent_changed' && event.source === OPERATOR_SOURCE) {
    applyRegisters(facet, event, definitions.identity.traitRank);
    return;
  }
  if (event.drawn !== true) noteActivity(facet, event);
  applyRegisters(facet, event, definitions.identity.traitRank);
  applyKind(facet, event);
  applyCoupon(facet, event);
  applyItems(facet, event);
  addEvent(definitions.features, facet, event, now);
}

function noteActivity(facet: Facet, { time }: Event): void {
  facet.events++;
  if (time < facet.first) facet.first = time;
  if (time > facet.last) facet.last = time;
}

/** Order decides nothing here: whether a burn is accepted has been decided before. */
function applyToLedger(
  program: CompiledProgram,
  { facet, event }: { readonly facet: Facet; readonly event: Event },
  now: EpochMs,
): void {
  const fact = readFact(program, event, now);
  if (fact === undefined) return;
  facet.ledger ??= emptyLedger();
  putFact(facet.ledger.facts, fact);
}
