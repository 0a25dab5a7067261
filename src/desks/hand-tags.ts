import { randomUUID } from 'node:crypto';
import { TesseraError } from '../errors.ts';
import type { Event } from '../model/event.ts';
import type { JsonObject } from '../model/json.ts';
import { readTags } from '../profile/tags.ts';
import type { TagOrder, Tags } from '../serve/segment-service.ts';
import {
  applyEvents,
  type Found,
  loadProfile,
  lookUp,
  type OperatorDesk,
  operatorEvent,
} from './operator-events.ts';

/**
 * Tags put on by hand. Each is an event of one identifier, with the tag where no client can put one: so it is a record of
 * the log with an author, finds its person by the same way as every event, lies in a facet of the identifier, and leaves
 * with it when the two are taken apart.
 */
export function createHandTags(options: OperatorDesk): Tags {
  return {
    async change(orders, author) {
      const found = await Promise.all(orders.map(({ profile }) => lookUp(profile, options.identity)));
      const now = options.clock.now();
      const late = orders.map(({ on, expires = now + 1 }) => on && expires <= now);
      const events = orders.map((order, i) =>
        late[i] ? undefined : eventOf(order, { author, found: found[i], options }),
      );
      const sent = events.filter((event) => event !== undefined);
      const outcomes = sent.length === 0 ? [] : await applyEvents(sent, options);
      let next = 0;
      return events.map((event, i) => {
        if (late[i]) return { code: 'tag_expired' };
        const outcome = event === undefined ? undefined : outcomes[next++];
        if (outcome === undefined) return { code: 'profile_not_found' };
        return outcome.status === 'applied'
          ? { profile_id: outcome.profileId }
          : { code: outcome.code ?? 'internal' };
      });
    },
    async list(profile) {
      const view = (await lookUp(profile, options.identity))?.view;
      if (view === undefined) throw new TesseraError('profile_not_found');
      return { profile_id: view.profile_id, tags: await tagsOf(view.profile_id, options) };
    },
  };
}

interface Ordering {
  readonly author: string;
  readonly found: Found | undefined;
  readonly options: OperatorDesk;
}

function eventOf(order: TagOrder, { author, found, options }: Ordering): Event | undefined {
  const identifier = found?.identifier;
  if (identifier === undefined) return undefined;
  const { tag: name, on, reason, expires } = order;
  return {
    ...operatorEvent(identifier, options.clock.now()),
    id: `tag-${randomUUID()}`,
    type: 'tag_changed',
    tag: { name, on, author, reason, ...(expires === undefined ? {} : { expires }) },
  };
}

async function tagsOf(profile: string, options: OperatorDesk): Promise<readonly JsonObject[]> {
  const { definitions, clock } = options;
  const found = await loadProfile(profile, options);
  if (found === undefined) return [];
  const { header, facets } = found;
  const byHand = readTags(facets, clock.now()).map(({ name, author, reason, time, expires }) => ({
    tag: name,
    by: 'hand',
    author,
    reason,
    since: time,
    expires: expires ?? null,
  }));
  const byRule = [...(header.segments ?? [])]
    .filter(([name]) => definitions.segments.byName.get(name)?.definition.kind === 'tag')
    .map(([name, { since }]) => ({ tag: name, by: 'rule', since }));
  return [...byHand, ...byRule];
}
