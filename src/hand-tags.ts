import { randomUUID } from 'node:crypto';
import type { Definitions } from './definitions.ts';
import type { EntryCodec } from './entry-cache.ts';
import { TesseraError } from './errors.ts';
import type { OutcomeSource } from './ingest/admit.ts';
import { facetKey } from './ingest/facet-key.ts';
import type { Intake } from './ingest/intake.ts';
import type { Claim, Event } from './model/event.ts';
import type { JsonObject } from './model/json.ts';
import { keys } from './model/keys.ts';
import type { Facet, Header } from './model/profile.ts';
import type { Clock } from './ports/clock.ts';
import type { StateReader } from './ports/state.ts';
import { readTags } from './profile/tags.ts';
import { parseReference } from './serve/profile-reference.ts';
import type { TagOrder, Tags } from './serve/segment-service.ts';
import type { IdentityReader, IdentityView, LinkedIdentifier } from './serve/services.ts';

export interface HandTagsOptions {
  readonly identity: IdentityReader;
  readonly intake: Intake;
  readonly outcomes: OutcomeSource;
  readonly state: StateReader;
  readonly codec: EntryCodec;
  readonly definitions: Definitions;
  readonly clock: Clock;
}

/**
 * Tags put on by hand. Each is an event of one identifier, with the tag where no client can put one: so it is a record of
 * the log with an author, finds its person by the same way as every event, lies in a facet of the identifier, and leaves
 * with it when the two are taken apart.
 */
export function createHandTags(options: HandTagsOptions): Tags {
  return {
    async change(orders, author) {
      const found = await Promise.all(orders.map(({ profile }) => lookUp(profile, options.identity)));
      const events = orders.map((order, i) => eventOf(order, { author, found: found[i], options }));
      const sent = events.filter((event) => event !== undefined);
      const outcomes = sent.length === 0 ? [] : await apply(sent, options);
      let next = 0;
      return events.map((event) => {
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

/** Whom a reference names, and by which identifier. */
interface Found {
  readonly view: IdentityView;
  readonly identifier: LinkedIdentifier | undefined;
}

export async function lookUp(text: string, identity: IdentityReader): Promise<Found | undefined> {
  const reference = parseReference(text);
  if (reference === undefined) return undefined;
  const masked = { reveal: false };
  if (reference.kind === 'id') {
    const view = await identity.byId(reference.id, masked);
    return view && { view, identifier: ownOf(view.identifiers) };
  }
  const { type, value } = reference;
  const view = await identity.byIdentifier(type, value, masked);
  const named = view?.identifiers.filter((each) => each.type === type && !each.shared && !each.blocked);
  if (view === undefined || named === undefined) return undefined;
  if (named.length === 1) return { view, identifier: named[0] };
  // Of several of the type the one that was named, which only its value in clear can tell.
  const open = await identity.byIdentifier(type, value, { reveal: true });
  const same = open?.identifiers.find((each) => each.type === type && each.value === value);
  return { view, identifier: same ?? named[0] };
}

/** A verified one before one that was only stated, the oldest first: it stays when others go. */
function ownOf(identifiers: readonly LinkedIdentifier[]): LinkedIdentifier | undefined {
  const usable = identifiers.filter(({ shared, blocked }) => !shared && !blocked);
  return usable.find(({ verified }) => verified) ?? usable[0];
}

interface Ordering {
  readonly author: string;
  readonly found: Found | undefined;
  readonly options: HandTagsOptions;
}

function eventOf(order: TagOrder, { author, found, options }: Ordering): Event | undefined {
  const identifier = found?.identifier;
  if (identifier === undefined) return undefined;
  const { tag: name, on, reason, expires } = order;
  const now = options.clock.now();
  const claim = claimOf(identifier);
  return {
    id: `tag-${randomUUID()}`,
    type: 'tag_changed',
    time: now,
    receivedAt: now,
    source: 'operator',
    channel: 'operator',
    claims: [claim],
    facet: facetKey([claim]),
    tag: { name, on, author, reason, ...(expires === undefined ? {} : { expires }) },
    properties: {},
  };
}

/** As it is known: a tag proves nothing about an identifier. */
export function claimOf({ identifier, verified }: LinkedIdentifier): Claim {
  const colon = identifier.lastIndexOf(':');
  return { type: identifier.slice(0, colon), hash: identifier.slice(colon + 1), verified };
}

async function apply(events: readonly Event[], { intake, outcomes }: HandTagsOptions) {
  const withdraw = outcomes.announce();
  try {
    return await outcomes.outcomesOf(await intake.append(events, []));
  } finally {
    withdraw();
  }
}

async function tagsOf(profile: string, options: HandTagsOptions): Promise<readonly JsonObject[]> {
  const { state, codec, definitions, clock } = options;
  const headKey = keys.header(profile);
  const [head] = await state.read([headKey]);
  if (head === undefined) return [];
  // The codec answers the type that belongs to the key's prefix.
  const header = codec.decode(headKey, head) as Header;
  const wanted = header.facets.map((id) => keys.facet(profile, id));
  const read = await state.read(wanted);
  const facets = read.flatMap((bytes, i) =>
    bytes ? [codec.decode(wanted[i] as string, bytes) as Facet] : [],
  );
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
