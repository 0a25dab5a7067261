import { randomUUID } from 'node:crypto';
import { TesseraError } from '../errors.ts';
import type { CompiledProgram } from '../loyalty/program.ts';
import { statementOf } from '../loyalty/standing.ts';
import type { Event } from '../model/event.ts';
import type { JsonObject } from '../model/json.ts';
import type { Clock } from '../ports/clock.ts';
import type { Points, PointsOrder } from '../serve/points-service.ts';
import type { LinkedIdentifier } from '../serve/services.ts';
import { applyEvents, loadProfile, lookUp, type OperatorDesk, operatorEvent } from './operator-events.ts';

/**
 * Points as people look at them and correct them. A correction is an event of one identifier, with the points where no
 * client can put them: a record of the log with an author, which goes with its identifier when people are taken apart.
 */
export function createPointsDesk(options: OperatorDesk): Points {
  return {
    async adjust(order, author) {
      programOf(options);
      const identifier = (await lookUp(order.profile, options.identity))?.identifier;
      if (identifier === undefined) throw new TesseraError('profile_not_found');
      const event = eventOf(order, { author, identifier, clock: options.clock });
      const [outcome] = await applyEvents([event], options);
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

function programOf({ definitions }: OperatorDesk): CompiledProgram {
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
  return {
    ...operatorEvent(identifier, clock.now()),
    id: `adjustment-${id}`,
    type: 'points_adjusted',
    adjustment: { points, author, reason, ...(expires === undefined ? {} : { expires }) },
  };
}

async function statement(profile: string, limit: number, options: OperatorDesk): Promise<JsonObject> {
  const found = await loadProfile(profile, options);
  if (found === undefined) throw new TesseraError('profile_not_found');
  const ledgers = found.facets.map(({ ledger }) => ledger);
  const shown = statementOf(ledgers, programOf(options), { now: options.clock.now(), limit });
  return { profile_id: profile, ...shown };
}
