import { catalogNeeds } from '../catalog/apply-change.ts';
import { changeOfEvent } from '../catalog/change-of-event.ts';
import type { Definitions } from '../definitions/definitions.ts';
import { assert } from '../errors.ts';
import { decodeFacet, encodeFacet } from '../features/encode.ts';
import { fillFacet } from '../features/fill-facet.ts';
import { foldFeatures } from '../features/fold-facets.ts';
import { createDirectiveMemory } from '../identity/directives.ts';
import { createIdentityStage } from '../identity/stage.ts';
import { limits } from '../limits.ts';
import { foldDeliver, foldDelivery } from '../messages/deliveries.ts';
import type { Outcome } from '../model/effect.ts';
import { ENGINE_SOURCE, type Event } from '../model/event.ts';
import { historyFacetId } from '../model/facet-id.ts';
import { type FoldContext, rawOf } from '../model/fold.ts';
import { eventRow, facetRow } from '../model/history-rows.ts';
import { keys, UNATTRIBUTED } from '../model/keys.ts';
import type { Facet, Header } from '../model/profile.ts';
import type { BackfillRecord, DrawnMessage, EventMessage, LogRecord, MessageBody } from '../model/record.ts';
import { servedRow } from '../model/served-answer.ts';
import type { EpochMs } from '../model/time.ts';
import type { StateView } from '../model/view.ts';
import { absorb } from '../profile/absorb.ts';
import { isSizeDue, makeRoom } from '../profile/bound-size.ts';
import { admitId, dedupId, isKnownId } from '../profile/dedup.ts';
import { emptyFacet, emptyHeader } from '../profile/facets.ts';
import { type FillFeatures, takeStates } from '../profile/fill.ts';
import { type FacetFeatures, foldOldest, isCrowded } from '../profile/fold-facets.ts';
import { freeze, type MovedMemory } from '../profile/moves.ts';
import { partMemory, renameFacet, takeMemory, uniteMemory } from '../triggers/carry-memory.ts';
import { changeIn, foldCatalog, foldMoment, takeMoment } from './catalog-stage.ts';
import { foldForget } from './forget-mentions.ts';
import { foldErase, giveBack, isOfErased } from './forget-profile.ts';
import { keepAttempts, keepQuarantined, quarantineFull } from './keep-quarantined.ts';
import { lessonOfProfile } from './lesson-of-profile.ts';
import { catchUp, facetsOf, lookAndDecide, lookAnew, sendDecisions, wake } from './look-at-profile.ts';
import { peopleNeeds } from './people-needs.ts';
import {
  concernsPoints,
  isReceiptValid,
  pointsAfterEvent,
  pointsBefore,
  refusalOf,
} from './profile-loyalty.ts';
import { openSnapshot } from './profile-snapshots.ts';
import { reduceEvent } from './reduce-event.ts';
import { issuedCoupon } from './send-firings.ts';
import { consentsBefore, tellConsents } from './tell-consents.ts';
import { completeDrawing, completeItems } from './waiting-firings.ts';

/**
 * The story of one record through both stages, as pure calls: no I/O, no clock. The runner brings the records,
 * the loaded state and the log's time; what comes back is changed state, messages, effects and an outcome.
 */
export interface Stage {
  /** Takes what is in force from the state, when a runner opens its partition; `definitions` is loaded. */
  open(view: StateView): void;
  /** Entries that folding this record will read and that are not in memory; asked until it answers none. */
  needs(record: LogRecord, view: StateView, now: EpochMs): string[];
  /** The outcome, once this record's event has found its profile; undefined while it still travels. */
  fold(record: LogRecord, context: FoldContext): Outcome | undefined;
}

export interface PipelineOptions {
  readonly space: string;
  /** Key of the deduplication hashes. */
  readonly dedupKey: string;
  readonly definitions: Definitions;
}

export interface Pipeline {
  readonly identity: Stage;
  readonly people: Stage;
  /** Both stages over one log and one state: the embedded form. */
  readonly fused: Stage;
}

export function createPipeline(options: PipelineOptions): Pipeline {
  const fusedIdentity = identityStage(options, true);
  const people = peopleStage(options);
  const stageOf = (record: LogRecord): Stage => (belongsToIdentity(record) ? fusedIdentity : people);
  return {
    identity: identityStage(options, false),
    people,
    fused: {
      open: people.open,
      needs: (record, view, now) => stageOf(record).needs(record, view, now),
      fold: (record, context) => stageOf(record).fold(record, context),
    },
  };
}

const TO_IDENTITY: ReadonlySet<MessageBody['type']> = new Set([
  'confirm',
  'seen',
  'draw',
  'referral_due',
  'catalog',
  'forgotten',
  'returned',
]);

function belongsToIdentity(record: LogRecord): boolean {
  if (record.kind === 'message') return TO_IDENTITY.has(record.body.type);
  if (record.kind === 'backfill') return record.step.type === 'states';
  return record.kind === 'event' || record.kind === 'command' || record.kind === 'catalog';
}

function identityStage({ space, dedupKey, definitions }: PipelineOptions, fused: boolean): Stage {
  const directives = createDirectiveMemory(({ source, id }) => dedupId(dedupKey, source, id));
  const stage = createIdentityStage({
    policy: () => definitions.identity,
    space,
    directives,
    canCredit: (event, now) => isReceiptValid(event, definitions, now),
  });
  return {
    open: (view) => definitions.adopt(view),
    needs(record, view, now) {
      if (record.kind === 'definitions') return [];
      const change = changeIn(record);
      return change === undefined ? stage.needs(record, view, now) : catalogNeeds(change, view);
    },
    fold(record, context) {
      const change = changeIn(record);
      if (change !== undefined) {
        const outcome = foldCatalog(change, context, { definitions, fused });
        return record.kind === 'catalog' ? outcome : undefined;
      }
      if (record.kind === 'definitions') definitions.take(record, context);
      else if (isTurn(record)) definitions.takeBackfill(record, context);
      else return stage.fold(record, context);
      context.toAllPeople({ type: 'in_force', record });
      return undefined;
    },
  };
}

/** Whether the record changes what is in force, which both stages take at its place. */
function isTurn(record: LogRecord): record is BackfillRecord {
  return record.kind === 'backfill' && record.step.type !== 'states';
}

function peopleStage(options: PipelineOptions): Stage {
  const { definitions } = options;
  const features: People['features'] = {
    encode: (facet) => encodeFacet(definitions.features, facet),
    decode: (data) => decodeFacet(definitions.features, data),
    fold: (into, from, now) => foldFeatures(definitions.features, into, from, now),
    fill: (facet, past) => fillFacet(definitions.features, facet, past),
    memory: {
      take: takeMemory,
      part: partMemory,
      rename: renameFacet,
      unite: (header, carried) => uniteMemory(header, carried, definitions.triggers),
    },
  };
  return {
    open: (view) => definitions.adopt(view),
    needs: (record, view, now) => peopleNeeds(record, { view, now, definitions }),
    fold(record, context) {
      switch (record.kind) {
        case 'routed':
          return applyTo(record, context, { options, features });
        case 'message':
          return foldMessage(record.body, context, { options, features });
        case 'quarantine':
          return keepQuarantined(record, context);
        case 'quarantine_attempts':
          keepAttempts(record, context);
          return undefined;
        case 'wake':
          wake(record, context, definitions);
          return undefined;
        case 'delivery':
          foldDelivery(record, context, definitions.outgoing);
          return undefined;
        case 'items':
          completeItems(record, context, definitions);
          return undefined;
        case 'served':
          for (const answer of record.answers) context.history(servedRow(answer, context.cause()));
          return undefined;
        case 'moment':
          foldMoment(record, context);
          return undefined;
        case 'forget':
          foldForget(record, context);
          return undefined;
        case 'definitions':
          definitions.take(record, context);
          return undefined;
        case 'backfill':
          if (isTurn(record)) definitions.takeBackfill(record, context);
          return undefined;
        case 'event':
        case 'command':
        case 'catalog':
        case 'erased':
          return undefined;
      }
    },
  };
}

interface People {
  readonly options: PipelineOptions;
  readonly features: FacetFeatures & FillFeatures & { readonly memory: MovedMemory };
}

function foldMessage(body: MessageBody, context: FoldContext, people: People): Outcome | undefined {
  switch (body.type) {
    case 'event': {
      const outcome = applyTo(body, context, people);
      // Nobody has sent it, and nobody waits for it.
      return body.event.source === ENGINE_SOURCE ? undefined : outcome;
    }
    case 'move':
      catchUpAt(body.from, context, people);
      freeze(body, context, people.features);
      lookAnew(body.from, context, people.options.definitions);
      return undefined;
    case 'transfer':
      catchUpAt(body.to, context, people);
      for (const facetId of absorb(body, context, people.features)) {
        context.history(
          facetRow({
            facetId,
            profileId: body.to,
            change: 'moved',
            move: body.move,
            at: context.now,
            cause: context.cause(),
          }),
        );
      }
      lookAnew(body.to, context, people.options.definitions);
      return undefined;
    case 'states':
      takeStates(body, context, people.features);
      return undefined;
    case 'in_force': {
      const { definitions } = people.options;
      if (body.record.kind === 'definitions') definitions.take(body.record, context, { journal: false });
      else definitions.takeBackfill(body.record, context);
      return undefined;
    }
    case 'drawn':
      takeDrawn(body, context, people);
      return undefined;
    case 'moment':
      takeMoment(body, context);
      return undefined;
    case 'deliver':
      foldDeliver(body, context, people.options.definitions.outgoing);
      return undefined;
    case 'erase':
      foldErase(body, context);
      return undefined;
    case 'confirm':
    case 'seen':
    case 'draw':
    case 'referral_due':
    case 'catalog':
    case 'forgotten':
    case 'returned':
    case 'erased':
      return undefined;
  }
}

function takeDrawn(body: DrawnMessage, context: FoldContext, people: People): void {
  completeDrawing(body, context, people.options.definitions);
  const event = issuedCoupon(body, context.now);
  if (event !== undefined) applyTo({ profile: body.profile, event }, context, people);
}

/** Before facets come or go, what was due is done with those that were there. */
function catchUpAt(profile: string, context: FoldContext, { options }: People): void {
  catchUp(context.view.get<Header>(keys.header(profile)), context, options.definitions);
}

/** One event reaches a profile: forwarded, a duplicate, or applied. */
function applyTo(
  { profile, event, hops = 0, returns = 0 }: Pick<EventMessage, 'profile' | 'event' | 'hops' | 'returns'>,
  context: FoldContext,
  { options, features }: People,
): Outcome | undefined {
  const { view, now } = context;
  const header = view.get<Header>(keys.header(profile));
  const moved = header?.tombstones?.get(event.facet);
  // As a tombstone does, what is left of one comes before the way that everything else went.
  if (moved === undefined && isOfErased(header, { event, returns })) {
    assert(hops < limits.forwardHopsMax, 'identity knows what was erased');
    giveBack({ event, hops, returns }, context);
    return undefined;
  }
  const next = moved ?? header?.forward;
  if (next !== undefined) {
    // Places never point at each other; should they ever, the event is kept in quarantine and the stage goes on.
    assert(hops < limits.forwardHopsMax, 'an event finds the place of its facet');
    const returned = returns === 0 ? {} : { returns };
    context.toProfile(next, { type: 'event', profile: next, event, hops: hops + 1, ...returned });
    return undefined;
  }
  catchUp(header, context, options.definitions);
  if (header !== undefined && isCrowded(header, event.facet)) {
    const folded = foldOldest(header, context, features.fold);
    if (!folded && header.facets.length >= limits.facetsPerProfileHardMax) {
      return quarantineFull('facets_full', { profile, event }, context);
    }
  }
  const known = view.get<Facet>(keys.facet(profile, event.facet));
  if (header !== undefined && isSizeDue(header, { facet: known, event })) {
    if (!makeRoom(header, context, features))
      return quarantineFull('profile_full', { profile, event }, context);
  }
  const facet = view.get<Facet>(keys.facet(profile, event.facet)) ?? emptyFacet(event.facet);
  const sent = { profile, facet, id: dedupId(options.dedupKey, event.source, event.id) };
  if (concernsPoints(event, options.definitions) && !isKnownId(sent, view, now)) {
    const refusal = refusePoints({ profile, header, facet, event }, context, options);
    if (refusal !== undefined) return refusal;
  }
  const admission = admitId(sent, view, now);
  if (admission === 'duplicate') return { status: 'duplicate', profileId: profile, firings: [] };
  if (admission === 'full') return quarantineFull('dedup_full', { profile, event }, context);
  return applyNew({ header: headerFor(header, profile, event, context), facet, event }, context, options);
}

function headerFor(header: Header | undefined, profile: string, event: Event, context: FoldContext): Header {
  const kind = profile === UNATTRIBUTED ? 'pseudo' : 'person';
  const found = header ?? emptyHeader(profile, context.now, kind);
  // Identity has seen the event that founds a profile.
  if (header === undefined) found.seenAt = event.time;
  const seen = found.kind === 'person' && event.source !== ENGINE_SOURCE;
  const news = seen && event.time - found.seenAt >= limits.seenEveryMs;
  if (news) {
    found.seenAt = event.time;
    context.toIdentity({ type: 'seen', profile, at: event.time });
  }
  const fresh = !found.facets.includes(event.facet);
  if (fresh) found.facets.push(event.facet);
  if (fresh || news) context.view.put(keys.header(profile), found);
  return found;
}

function applyNew(
  found: { header: Header; facet: Facet; event: Event },
  context: FoldContext,
  options: PipelineOptions,
): Outcome {
  const { view, now } = context;
  const { header, facet, event } = found;
  const points = pointsBefore(
    { header, facet, event, facets: () => facetsOf(header, view) },
    options.definitions,
    now,
  );
  const consents = consentsBefore(event, facet);
  reduceEvent(options.definitions, found, now);
  view.put(keys.facet(header.id, facet.id), facet);
  openSnapshot(header, context, options.definitions);
  if (points !== undefined) pointsAfterEvent(points, { event, facet }, context);
  if (consents !== undefined) tellConsents({ header, facet, event, known: consents }, context);

  const { definitions } = options;
  const decisions =
    header.kind === 'pseudo' ? undefined : lookAndDecide({ header, event }, context, definitions);
  context.history(
    eventRow({
      event,
      rawText: rawOf(event, context),
      cause: context.cause(),
      facetId: historyFacetId(facet),
      profileId: header.id,
      appendedAt: now,
      lesson: lessonOfProfile(event, { header, facets: () => facetsOf(header, view) }, definitions),
    }),
  );
  const change = changeOfEvent(event);
  if (change !== undefined) context.toIdentity({ type: 'catalog', change });
  const firings = sendDecisions(decisions, header, { context, definitions });
  return { status: 'applied', profileId: header.id, firings };
}

/** A burn of points that are not there is refused, and a ledger that is full takes nothing more; undefined otherwise. */
function refusePoints(
  sent: { profile: string; header: Header | undefined; facet: Facet; event: Event },
  context: FoldContext,
  { definitions }: PipelineOptions,
): Outcome | undefined {
  const { profile: profileId, header, event } = sent;
  const facets = header === undefined ? [] : facetsOf(header, context.view);
  const refusal = refusalOf({ ...sent, profileId, facets }, definitions, context);
  if (refusal === 'ledger_full') return quarantineFull(refusal, { profile: profileId, event }, context);
  return refusal && { status: 'refused', code: refusal, profileId, firings: [] };
}
