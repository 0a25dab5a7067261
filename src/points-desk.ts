import { randomUUID } from 'node:crypto';
import type { Definitions } from './definitions.ts';
import type { EntryCodec } from './entry-cache.ts';
import { TesseraError } from './errors.ts';
import { claimOf, lookUp } from './hand-tags.ts';
import type { OutcomeSource } from './ingest/admit.ts';
import { facetKey } from './ingest/facet-key.ts';
import type { Intake } from './ingest/intake.ts';
import type { CompiledProgram } from './loyalty/program.ts';
import { statementOf } from './loyalty/standing.ts';
import type { Outcome } from './model/effect.ts';
import type { Event } from './model/event.ts';
import type { JsonObject } from './model/json.ts';
import { keys } from './model/keys.ts';
import type { Facet, Header } from './model/profile.ts';
import type { Clock } from './ports/clock.ts';
import type { StateReader } from './ports/state.ts';
import type { Points, PointsOrder } from './serve/points-service.ts';
import type { IdentityReader, LinkedIdentifier } from './serve/services.ts';

export interface PointsDeskOptions {
  readonly identity: IdentityReader;
  readonly intake: Intake;
  readonly outcomes: OutcomeSource;
  readonly state: StateReader;
  readonly codec: EntryCodec;
  readonly definitions: Definitions;
  readonly clock: Clock;
}

/**
 * Points as people look at them and correct them. A correction is an event of one identifier, with the points where no
 * client can put them: a record of the log with an author, which goes with its identifier when people are taken apart.
 */
export function createPointsDesk(options: PointsDeskOptions): Points {
  return {
    async adjust(order, author) {
      programOf(options);
      const identifier = (await lookUp(order.profile, options.identity))?.identifier;
      if (identifier === undefined) throw new TesseraError('profile_not_found');
      const outcome = await apply(eventOf(order, { author, identifier, clock: options.clock }), options);
      if (outcome?.status !== 'applied' && outcome?.status !== 'duplicate')
        throw new TesseraError('internal', 'the adjustment could not be applied; it is in quarantine');
      const { lots: _lots, entries: _entries, ...now } = await statement(outcome.profileId, 1, options);
      return { ...now, already: outcome.status === 'duplicate' };
    },
    async statement(profile, limit) {
      programOf(options);
      const view = (await lookUp(profile, options.identity))?.view;
      if (view === undefined) throw new TesseraError('profile_not_found');
      return await statement(view.profile_id, limit, options);
    },
  };
}

function programOf({ definitions }: PointsDeskOptions): CompiledProgram {
  const { loyalty } = definitions;
  if (loyalty === undefined) throw new TesseraError('not_found', 'No loyalty program is in force.');
  return loyalty;
}

interface Adjusting {
  readonly author: string;
  readonly identifier: LinkedIdentifier;
  readonly clock: Clock;
}

function eventOf(order: PointsOrder, { author, identifier, clock }: Adjusting): Event {
  const { points, reason, expires, id = randomUUID() } = order;
  const now = clock.now();
  const claim = claimOf(identifier);
  return {
    id: `adjustment-${id}`,
    type: 'points_adjusted',
    time: now,
    receivedAt: now,
    source: 'operator',
    channel: 'operator',
    claims: [claim],
    facet: facetKey([claim]),
    adjustment: { points, author, reason, ...(expires === undefined ? {} : { expires }) },
    properties: {},
  };
}

async function apply(event: Event, { intake, outcomes }: PointsDeskOptions): Promise<Outcome | undefined> {
  const withdraw = outcomes.announce();
  try {
    const [outcome] = await outcomes.outcomesOf(await intake.append([event], []));
    return outcome;
  } finally {
    withdraw();
  }
}

async function statement(profile: string, limit: number, options: PointsDeskOptions): Promise<JsonObject> {
  const { state, codec, clock } = options;
  const headKey = keys.header(profile);
  const [head] = await state.read([headKey]);
  if (head === undefined) throw new TesseraError('profile_not_found');
  // The codec answers the type that belongs to the key's prefix.
  const header = codec.decode(headKey, head) as Header;
  const wanted = header.facets.map((id) => keys.facet(profile, id));
  const read = await state.read(wanted);
  const ledgers = read.map((bytes, i) => bytes && (codec.decode(wanted[i] as string, bytes) as Facet).ledger);
  const shown = statementOf(ledgers, programOf(options), { now: clock.now(), limit });
  return { profile_id: profile, ...shown };
}
