import type { Definitions } from '../definitions/definitions.ts';
import type { OutcomeSource } from '../ingest/admit.ts';
import { facetKey } from '../ingest/facet-key.ts';
import type { Intake } from '../ingest/intake.ts';
import type { Outcome } from '../model/effect.ts';
import { type Claim, type Event, OPERATOR_SOURCE } from '../model/event.ts';
import { keys } from '../model/keys.ts';
import type { Facet, Header } from '../model/profile.ts';
import type { EpochMs } from '../model/time.ts';
import type { Clock } from '../ports/clock.ts';
import type { StateReader } from '../ports/state.ts';
import type { EntryCodec } from '../runner/entry-cache.ts';
import { parseReference } from '../serve/profile-reference.ts';
import type { IdentityReader, IdentityView, LinkedIdentifier } from '../serve/services.ts';

/*
 * What an operator says of a person is an event of one of the person's identifiers: so it is a record of the log with an author,
 * finds its person as every event does, lies in a facet of the identifier, and leaves with it when people are taken apart.
 */
export interface OperatorDesk {
  readonly identity: IdentityReader;
  readonly intake: Intake;
  readonly outcomes: OutcomeSource;
  readonly state: StateReader;
  readonly codec: EntryCodec;
  readonly definitions: Definitions;
  readonly clock: Clock;
}

/** Whom a reference names, and by which identifier. */
export interface Found {
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

/** All of the event but its id, its type and what it is about. */
export function operatorEvent(identifier: LinkedIdentifier, now: EpochMs): Omit<Event, 'id' | 'type'> {
  const claim = claimOf(identifier);
  return {
    time: now,
    receivedAt: now,
    source: OPERATOR_SOURCE,
    channel: 'operator',
    claims: [claim],
    facet: facetKey([claim]),
    properties: {},
  };
}

/** As it is known: what an operator says proves nothing about an identifier. */
function claimOf({ identifier, verified }: LinkedIdentifier): Claim {
  const colon = identifier.lastIndexOf(':');
  return { type: identifier.slice(0, colon), hash: identifier.slice(colon + 1), verified };
}

/** Appends them and waits until they are applied. */
export async function applyEvents(
  events: readonly Event[],
  { intake, outcomes }: OperatorDesk,
): Promise<readonly Outcome[]> {
  const withdraw = outcomes.announce();
  try {
    return await outcomes.outcomesOf(await intake.append(events, []));
  } finally {
    withdraw();
  }
}

/** The committed profile with all of its facets; undefined where there is none. */
export async function loadProfile(
  profile: string,
  { state, codec }: Pick<OperatorDesk, 'state' | 'codec'>,
): Promise<{ readonly header: Header; readonly facets: readonly Facet[] } | undefined> {
  const headKey = keys.header(profile);
  const [head] = await state.read([headKey]);
  if (head === undefined) return undefined;
  // The codec answers the type that belongs to the key's prefix.
  const header = codec.decode(headKey, head) as Header;
  const wanted = header.facets.map((id) => keys.facet(profile, id));
  const read = await state.read(wanted);
  const facets = read.flatMap((bytes, i) =>
    bytes ? [codec.decode(wanted[i] as string, bytes) as Facet] : [],
  );
  return { header, facets };
}
