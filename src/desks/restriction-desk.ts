import { randomUUID } from 'node:crypto';
import { assert, TesseraError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Event, TagChange } from '../model/event.ts';
import { RESTRICTED } from '../model/restriction.ts';
import { restrictionIn, tiesToLift } from '../profile/restriction.ts';
import type { Restrictions, RestrictionView } from '../serve/restriction-service.ts';
import type { LinkedIdentifier } from '../serve/services.ts';
import {
  applyEvents,
  type Found,
  loadProfile,
  lookUp,
  type OperatorDesk,
  operatorEvent,
} from './operator-events.ts';

/**
 * Restricts and lifts. The word is said of each verified identifier of the person, so that everybody who is taken apart from
 * them later stays restricted. Lifting names the words that it takes back, and is said once.
 */
export function createRestrictionDesk(options: OperatorDesk): Restrictions {
  return {
    read: async (profile) => await viewOf((await found(profile, options)).view.profile_id, options),
    async restrict(profile, reason, author) {
      const who = await found(profile, options);
      const change = { name: RESTRICTED, on: true, author, reason };
      return await say(change, tiedTo(who), options);
    },
    async lift(profile, reason, author) {
      const who = await found(profile, options);
      const facets = (await loadProfile(who.view.profile_id, options))?.facets ?? [];
      const lifts = tiesToLift(facets);
      if (lifts.length === 0) return await viewOf(who.view.profile_id, options);
      const change = { name: RESTRICTED, on: false, author, reason, lifts };
      return await say(change, tiedTo(who).slice(0, 1), options);
    },
  };
}

async function found(profile: string, { identity }: OperatorDesk): Promise<Found> {
  const who = await lookUp(profile, identity);
  if (who === undefined) throw new TesseraError('profile_not_found');
  return who;
}

/** The one that was named comes first. */
function tiedTo({ identifier, view }: Found): readonly LinkedIdentifier[] {
  if (identifier === undefined) throw new TesseraError('identifier_not_found');
  const others = view.identifiers.filter(
    (each) => each.verified && !each.shared && !each.blocked && each.identifier !== identifier.identifier,
  );
  return [identifier, ...others].slice(0, limits.restrictionIdentifiersMax);
}

async function say(
  tag: TagChange,
  identifiers: readonly LinkedIdentifier[],
  options: OperatorDesk,
): Promise<RestrictionView> {
  const now = options.clock.now();
  const events = identifiers.map(
    (identifier): Event => ({
      ...operatorEvent(identifier, now),
      id: `restriction-${randomUUID()}`,
      type: 'tag_changed',
      tag,
    }),
  );
  const outcomes = await applyEvents(events, options);
  const refused = outcomes.find(({ status }) => status !== 'applied');
  if (refused !== undefined)
    throw new TesseraError('internal', 'the restriction could not be written for all identifiers; ask again');
  const [first] = outcomes;
  assert(first !== undefined, 'each event has an outcome');
  return await viewOf(first.profileId, options);
}

async function viewOf(profile: string, options: OperatorDesk): Promise<RestrictionView> {
  const word = restrictionIn((await loadProfile(profile, options))?.facets ?? []);
  if (word === undefined) return { profile_id: profile, restricted: false };
  const { time, reason, author } = word;
  return { profile_id: profile, restricted: true, since: time, reason, author };
}
