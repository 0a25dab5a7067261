import type { Definitions } from '../definitions/definitions.ts';
import { FeatureReader } from '../features/read.ts';
import { identifierPath } from '../ingest/admit.ts';
import { pointer } from '../ingest/rejection.ts';
import { limits } from '../limits.ts';
import { loyaltyStanding, readLedger } from '../loyalty/standing.ts';
import type { Link, Person } from '../model/identity.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../model/json.ts';
import { keys, UNATTRIBUTED } from '../model/keys.ts';
import { maskIdentifier, maskPersonal, type PersonalKind } from '../model/mask.ts';
import type { Facet, Header } from '../model/profile.ts';
import type { EpochMs } from '../model/time.ts';
import { membershipsOf } from '../pipeline/profile-memberships.ts';
import type { MaybePromise } from '../ports/log.ts';
import type { StateReader } from '../ports/state.ts';
import { readCoupons } from '../profile/coupons.ts';
import { emptyHeader } from '../profile/facets.ts';
import { readKind } from '../profile/kind.ts';
import { type ReadRegister, readConsents, readRegisters } from '../profile/registers.ts';
import { usableTrait, withheldTraits } from '../profile/usable-traits.ts';
import type { EntryCodec } from '../runner/entry-cache.ts';
import type { NoteField } from '../serve/disclosure.ts';
import type { ProfilePage, ProfileReader, ProfileView, ReadOptions } from '../serve/services.ts';

/**
 * Reads profiles from the committed state: a request that waited for its event sees it here. Values are
 * computed when read, over the union of the profile's facets; personal ones are opened only for a reader who
 * may see them, and masked otherwise.
 */
export interface ProfileReaderOptions {
  readonly state: StateReader;
  readonly codec: EntryCodec;
  readonly definitions: Definitions;
  readonly now: () => EpochMs;
  /** Blind index of an identifier as a reader types it; undefined where it is not valid. */
  readonly indexOf: (type: string, value: string) => { type: string; hash: string } | undefined;
  /** Opens a sealed value; undefined once its key was destroyed. */
  readonly open: (facet: string, path: string, sealed: string) => MaybePromise<string | undefined>;
}

export function createProfileReader(options: ProfileReaderOptions): ProfileReader {
  const reader = new EntryReader(options);
  const byId = async (id: string, read: ReadOptions): Promise<ProfileView | undefined> => {
    const header = await followForwards(reader, id);
    return header && (await viewOf(header, read, { reader, options }));
  };
  return {
    byId,
    async byIdentifier(type, value, read) {
      const index = options.indexOf(type, value);
      const link = index && (await reader.get<Link>(keys.link(index.type, index.hash)));
      // Nobody holds an identifier that was signed out or is blocked.
      return link && link.owner !== '' ? await byId(link.owner, read) : undefined;
    },
    list: (after, limit, read) => listProfiles({ after, limit, read }, { reader, options }),
    async unattributed(read) {
      const header = await reader.get<Header>(keys.header(UNATTRIBUTED));
      return await viewOf(header ?? emptyHeader(UNATTRIBUTED, 0, 'pseudo'), read, { reader, options });
    },
  };
}

interface Reading {
  readonly reader: EntryReader;
  readonly options: ProfileReaderOptions;
}

class EntryReader {
  readonly #options: ProfileReaderOptions;

  constructor(options: ProfileReaderOptions) {
    this.#options = options;
  }

  async get<T extends object>(key: string): Promise<T | undefined> {
    const [value] = await this.all<T>([key]);
    return value;
  }

  async all<T extends object>(wanted: readonly string[]): Promise<readonly (T | undefined)[]> {
    const { state, codec } = this.#options;
    const found = await state.read(wanted);
    // The codec answers the type that belongs to the key's prefix.
    return found.map((bytes, i) => bytes && (codec.decode(wanted[i] as string, bytes) as T));
  }
}

async function followForwards(reader: EntryReader, id: string): Promise<Header | undefined> {
  let header = await reader.get<Header>(keys.header(id));
  for (let hop = 0; header?.forward !== undefined && hop < limits.forwardHopsMax; hop++) {
    header = await reader.get<Header>(keys.header(header.forward));
  }
  return header?.erased === undefined ? header : undefined;
}

async function viewOf(header: Header, read: ReadOptions, { reader, options }: Reading): Promise<ProfileView> {
  const facets = (await reader.all<Facet>(header.facets.map((id) => keys.facet(header.id, id)))).filter(
    (facet) => facet !== undefined,
  );
  const person = await reader.get<Person>(keys.person(header.id));
  const links = (await reader.all<Link>((person?.links ?? []).map(({ key }) => `i/${key}`))).filter(
    (link) => link !== undefined,
  );
  // After a sign-out a facet goes on empty: nothing was seen of it here yet.
  const seen = facets.filter(({ events }) => events > 0);
  const withheld = withheldTraits(facets, options.definitions.privacy);
  const shown = showing(read, header.id);
  return {
    profile_id: header.id,
    kind: header.kind === 'pseudo' ? 'pseudo' : readKind(facets, options.definitions.identity.isListed),
    identifiers: await identifiersOf(links, shown, options),
    traits: await traitsOf(usable(readRegisters(facets, 'traits'), withheld), shown, options),
    features: featuresOf(facets, read, options),
    ...membershipsOf(
      { facets, members: header.segments?.keys() ?? [] },
      options.definitions.segments,
      options.now(),
    ),
    consents: consentsOf(readConsents(facets)),
    ...(withheld.size === 0 ? {} : { withheld: Object.fromEntries([...withheld].sort(byName)) }),
    loyalty: loyaltyOf(facets, header, options),
    ...couponsOf(facets, options),
    first_seen: seen.length === 0 ? null : Math.min(...seen.map((facet) => facet.first)),
    last_seen: seen.length === 0 ? null : Math.max(...seen.map((facet) => facet.last)),
  };
}

function usable(
  registers: readonly ReadRegister[],
  withheld: ReadonlyMap<string, unknown>,
): readonly ReadRegister[] {
  return withheld.size === 0 ? registers : registers.filter(({ name }) => !withheld.has(name));
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}

/** Null for who has no points, while there is no program, and for nobody in particular. */
function loyaltyOf(
  facets: readonly Facet[],
  { kind }: Header,
  { definitions, now }: ProfileReaderOptions,
): JsonObject | null {
  const { loyalty: program } = definitions;
  if (program === undefined || kind === 'pseudo') return null;
  const at = now();
  const ledgers = facets.map(({ ledger }) => ledger);
  return loyaltyStanding(readLedger(ledgers, program, at), program, at);
}

function couponsOf(
  facets: readonly Facet[],
  { definitions, now }: ProfileReaderOptions,
): Pick<ProfileView, 'coupons'> {
  const { pools } = definitions.outgoing;
  const coupons = readCoupons(facets, {
    now: now(),
    onRefund: (pool) => pools.get(pool)?.definition.on_refund ?? 'return',
  });
  return coupons.length === 0 ? {} : { coupons };
}

/** All of them, or those that the reader asks for: each takes about 20 µs. */
function featuresOf(
  facets: readonly Facet[],
  { features }: ReadOptions,
  { definitions, now }: ProfileReaderOptions,
): ProfileView['features'] {
  const reader = new FeatureReader(definitions.features, {
    facets,
    now: now(),
    trait: (name) => usableTrait(facets, name, definitions.privacy),
  });
  return features === undefined ? reader.all() : reader.some(features);
}

/** How the values of one profile are shown. */
export interface Showing {
  readonly reveal: boolean;
  /** Called for each field that is shown in clear. */
  readonly note: NoteField;
}

export function showing({ reveal, disclosed }: ReadOptions, profile: string): Showing {
  return { reveal, note: disclosed?.of(profile) ?? (() => undefined) };
}

async function identifiersOf(
  links: readonly Link[],
  { reveal, note }: Showing,
  { open }: ProfileReaderOptions,
): Promise<Record<string, string[]>> {
  const shown: Record<string, string[]> = {};
  for (const { type, sealed, sealedBy } of links) {
    // The event that introduced it went into quarantine: known by its hash only.
    if (sealed === '') continue;
    const value = await open(sealedBy, identifierPath(type), sealed);
    if (value === undefined) continue;
    const values = shown[type] ?? [];
    shown[type] = values;
    if (reveal) note(`identifiers.${type}`);
    values.push(reveal ? value : maskIdentifier(type, value));
  }
  return shown;
}

/** Traits as a reader may see them. */
export async function traitsOf(
  registers: readonly ReadRegister[],
  { reveal, note }: Showing,
  { open }: Pick<ProfileReaderOptions, 'open'>,
): Promise<JsonObject> {
  const traits: Record<string, JsonValue> = {};
  for (const { name, value, facet } of registers) {
    const opened = await openDeep(value, pointer('/traits', name), {
      open,
      facet,
      reveal,
      note: () => note(`traits.${name}`),
    });
    if (opened !== undefined) traits[name] = opened;
  }
  return traits;
}

interface Opening {
  readonly open: ProfileReaderOptions['open'];
  readonly facet: string;
  readonly reveal: boolean;
  readonly note: () => void;
}

/** Opens or masks every sealed value inside; undefined where its key was destroyed. */
async function openDeep(value: JsonValue, path: string, opening: Opening): Promise<JsonValue | undefined> {
  if (Array.isArray(value)) {
    const list: readonly JsonValue[] = value;
    const opened = await Promise.all(list.map((entry, i) => openDeep(entry, `${path}/${i}`, opening)));
    return opened.filter((entry) => entry !== undefined);
  }
  if (!isJsonObject(value)) return value;
  if (typeof value.$sealed === 'string') {
    const text = await opening.open(opening.facet, path, value.$sealed);
    if (text === undefined) return undefined;
    if (!opening.reveal) return maskPersonal(value.kind as PersonalKind, text);
    opening.note();
    return text;
  }
  const opened: Record<string, JsonValue> = {};
  for (const key of Object.keys(value)) {
    const inner = value[key];
    const shown = inner === undefined ? undefined : await openDeep(inner, pointer(path, key), opening);
    if (shown !== undefined) opened[key] = shown;
  }
  return opened;
}

/**
 * `marketing.sms` and its kind go back into the nested shape in which they came; `*` is what was said of the purpose
 * as a whole, where some of its channels have an answer of their own.
 */
export function consentsOf(registers: readonly Pick<ReadRegister, 'name' | 'value'>[]): JsonObject {
  const consents: Record<string, JsonValue> = {};
  for (const { name, value } of registers) {
    const dot = name.indexOf('.');
    if (dot < 0) {
      consents[name] = value;
      continue;
    }
    const purpose = name.slice(0, dot);
    const channels = consents[purpose];
    const others = isJsonObject(channels) ? channels : channels === undefined ? {} : { '*': channels };
    consents[purpose] = { ...others, [name.slice(dot + 1)]: value };
  }
  return consents;
}

async function listProfiles(
  { after, limit, read }: { after: string; limit: number; read: ReadOptions },
  { reader, options }: Reading,
): Promise<ProfilePage> {
  const profiles: ProfileView[] = [];
  let cursor = after === '' ? '' : keys.header(after);
  for (;;) {
    const page = await options.state.scan('h/', cursor, limit);
    for (const [key, bytes] of page) {
      cursor = key;
      const header = options.codec.decode(key, bytes) as Header;
      if (header.forward !== undefined || header.kind === 'pseudo') continue;
      profiles.push(await viewOf(header, read, { reader, options }));
      if (profiles.length === limit) return { profiles, next: header.id };
    }
    if (page.length < limit) return { profiles };
  }
}
