import type { Definitions } from '../../definitions/definitions.ts';
import type { CustomerAtHand } from '../../desks/recommend/customer-at-hand.ts';
import { FeatureReader } from '../../features/read.ts';
import { identifierPath } from '../../ingest/admit.ts';
import { pointer } from '../../ingest/rejection.ts';
import { loyaltyStanding, readLedger } from '../../loyalty/standing.ts';
import type { FeatureValue } from '../../model/feature.ts';
import type { Link, Person } from '../../model/identity.ts';
import type { JsonObject } from '../../model/json.ts';
import { keys } from '../../model/keys.ts';
import type { Facet } from '../../model/profile.ts';
import type { EpochMs } from '../../model/time.ts';
import { membershipsOf } from '../../pipeline/profile-memberships.ts';
import type { StateReader } from '../../ports/state.ts';
import { readCoupons } from '../../profile/coupons.ts';
import { readKind } from '../../profile/kind.ts';
import {
  comparableRegister,
  type ReadRegister,
  readConsents,
  readRegister,
  readRegisters,
} from '../../profile/registers.ts';
import { restrictionIn } from '../../profile/restriction.ts';
import type { EntryCodec } from '../../runner/entry-cache.ts';
import { iso } from './export-event.ts';
import { type OpenSealed, openValues } from './open-values.ts';

export interface PresentOptions {
  readonly state: Pick<StateReader, 'read'>;
  readonly codec: EntryCodec;
  readonly definitions: Definitions;
  readonly open: OpenSealed;
  readonly now: EpochMs;
}

/** An identifier of the person with its value in clear, where it can still be opened. */
export interface OwnIdentifier {
  readonly link: Link;
  readonly value?: string;
}

/** The identifiers that the person holds now, in the order in which they became theirs. */
export async function ownIdentifiers(
  profile: string,
  { state, codec, open }: PresentOptions,
): Promise<readonly OwnIdentifier[]> {
  const read = async <T extends object>(wanted: readonly string[]): Promise<readonly T[]> => {
    const found = await state.read(wanted);
    // The codec answers the type that belongs to the key's prefix.
    return found.flatMap((bytes, i) => (bytes ? [codec.decode(wanted[i] as string, bytes) as T] : []));
  };
  const [person] = await read<Person>([keys.person(profile)]);
  const links = await read<Link>((person?.links ?? []).map(({ key }) => `i/${key}`));
  return await Promise.all(
    links.map(async (link) => {
      const { type, sealed, sealedBy } = link;
      const value = sealed === '' ? undefined : await open(sealedBy, identifierPath(type), sealed);
      return { link, ...(value === undefined ? {} : { value }) };
    }),
  );
}

/** What committed state holds of a person, in their terms. */
export async function presentSections(
  { header, facets }: CustomerAtHand,
  identifiers: readonly OwnIdentifier[],
  options: PresentOptions,
): Promise<JsonObject> {
  const { definitions, now } = options;
  const seen = facets.filter(({ events }) => events > 0);
  const restriction = restrictionIn(facets);
  return {
    kind: readKind(facets, definitions.identity.isListed),
    first_seen: seen.length === 0 ? null : iso(Math.min(...seen.map(({ first }) => first))),
    last_seen: seen.length === 0 ? null : iso(Math.max(...seen.map(({ last }) => last))),
    restricted:
      restriction === undefined ? null : { since: iso(restriction.time), reason: restriction.reason },
    identifiers: identifiers.map(shownIdentifier),
    traits: await traits(facets, options),
    consents: readConsents(facets).map((register) => ({
      consent: register.name,
      given: register.value,
      ...origin(register),
      verified: register.stated !== true,
    })),
    features: features(facets, options),
    segments: [...(header.segments ?? [])].flatMap(([name, { since }]) => {
      const definition = definitions.segments.byName.get(name)?.definition;
      return definition === undefined || name.startsWith('~')
        ? []
        : [{ name, means: definition.description ?? '', since: iso(since) }];
    }),
    tags: membershipsOf({ facets, members: header.segments?.keys() ?? [] }, definitions.segments, now).tags,
    loyalty: loyalty(facets, options),
    coupons: readCoupons(facets, {
      now,
      onRefund: (pool) => definitions.outgoing.pools.get(pool)?.definition.on_refund ?? 'return',
    }),
  };
}

function shownIdentifier({ link, value }: OwnIdentifier): JsonObject {
  const { type, verified, since, evidence, sharedAs } = link;
  return {
    type,
    value: value ?? null,
    verified,
    since: iso(since),
    ...(sharedAs === undefined ? {} : { shared_with_others: true }),
    sources: evidence.map(({ source, event, rule, at }) => ({ source, event_id: event, rule, at: iso(at) })),
  };
}

/** Who said it: the source of the event, and its id. */
function origin({ tie, time }: { readonly tie: string; readonly time: EpochMs }): JsonObject {
  const [source = '', event = ''] = tie.split('\0');
  return { source, event_id: event, at: iso(time) };
}

async function traits(facets: readonly Facet[], { open }: PresentOptions): Promise<readonly JsonObject[]> {
  const shown = await Promise.all(
    readRegisters(facets, 'traits').map(async (register: ReadRegister) => {
      const { name, value, facet } = register;
      const opened = await openValues(value, { facet, path: pointer('/traits', name) }, open);
      return opened === undefined ? [] : [{ name, value: opened, ...origin(register) }];
    }),
  );
  return shown.flat();
}

function features(facets: readonly Facet[], { definitions, now }: PresentOptions): readonly JsonObject[] {
  const reader = new FeatureReader(definitions.features, {
    facets,
    now,
    trait: (name) => comparableRegister(readRegister(facets, 'traits', name)),
  });
  const meanings = new Map(
    definitions.entry.features.map(({ definition: { name, description = '' } }) => [name, description]),
  );
  return Object.entries(reader.all()).map(([name, value]) => ({
    name,
    means: meanings.get(name) ?? '',
    ...shownFeature(value),
  }));
}

function shownFeature({ value, partial, approximate, currency }: FeatureValue): JsonObject {
  return {
    value,
    ...(partial ? { partial } : {}),
    ...(approximate === undefined ? {} : { approximate }),
    ...(currency === undefined ? {} : { currency }),
  };
}

/** Null while there is no program. */
function loyalty(facets: readonly Facet[], { definitions, now }: PresentOptions): JsonObject | null {
  const { loyalty: program } = definitions;
  if (program === undefined) return null;
  const ledger = readLedger(
    facets.map(({ ledger: own }) => own),
    program,
    now,
  );
  return loyaltyStanding(ledger, program, now);
}
