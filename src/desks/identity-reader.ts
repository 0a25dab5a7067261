import { identifierPath } from '../ingest/admit.ts';
import { limits } from '../limits.ts';
import { isClosedFacet } from '../model/facet-id.ts';
import type { Link, Person, Place, Review, ReviewIndex } from '../model/identity.ts';
import { keys, UNATTRIBUTED } from '../model/keys.ts';
import { maskIdentifier } from '../model/mask.ts';
import type { Facet, Header } from '../model/profile.ts';
import type { EpochMs } from '../model/time.ts';
import type { MaybePromise } from '../ports/log.ts';
import type { StateReader } from '../ports/state.ts';
import { foldedFacetId } from '../profile/fold-facets.ts';
import type { EntryCodec } from '../runner/entry-cache.ts';
import type {
  FindIdentifier,
  IdentityReader,
  IdentityView,
  LinkedIdentifier,
  ReadOptions,
  ReviewPage,
  ReviewRequest,
  ReviewView,
  ShownFacet,
  ShownIdentifier,
} from '../serve/services.ts';

/**
 * Reads the identity graph and the review queue from the committed state: who holds which identifiers, since when and
 * why, which facets hang on them, and what waits for an operator. Values are opened or masked as profiles do it.
 */
export interface IdentityReaderOptions {
  readonly state: StateReader;
  readonly codec: EntryCodec;
  readonly now: () => EpochMs;
  readonly findIdentifier: FindIdentifier;
  /** Opens a sealed value; undefined once its key was destroyed. */
  readonly open: (facet: string, path: string, sealed: string) => MaybePromise<string | undefined>;
}

export function createIdentityReader(options: IdentityReaderOptions): IdentityReader {
  const entries = new Entries(options);
  const byId = async (id: string, read: ReadOptions): Promise<IdentityView | undefined> => {
    const person = await followMerges(entries, id);
    return person && (await viewOf(person, read, entries));
  };
  return {
    byId,
    async byIdentifier(type, value, read) {
      const found = options.findIdentifier(type, value);
      if ('code' in found) return undefined;
      const link = await entries.get<Link>(keys.link(found.type, found.hash));
      // Nobody's id is empty, so that a link which nobody holds finds nobody.
      return link && (await byId(link.owner, read));
    },
    reviews: (request, read) => listReviews(request, read, entries),
    async review(n, read) {
      const review = await entries.get<Review>(keys.review(n));
      return review && (await reviewView(review, read, entries));
    },
    show: (identifiers, read) => entries.showAll(identifiers, read),
  };
}

/** Entries of the committed state, decoded. */
class Entries {
  readonly options: IdentityReaderOptions;

  constructor(options: IdentityReaderOptions) {
    this.options = options;
  }

  async get<T extends object>(key: string): Promise<T | undefined> {
    const [value] = await this.all<T>([key]);
    return value;
  }

  async all<T extends object>(wanted: readonly string[]): Promise<readonly (T | undefined)[]> {
    const { state, codec } = this.options;
    const found = await state.read(wanted);
    // The codec answers the type that belongs to the key's prefix.
    return found.map((bytes, i) => bytes && (codec.decode(wanted[i] as string, bytes) as T));
  }

  /** An identifier by `type:hash`, as answers show it. */
  async show(
    identifier: string,
    link: Link | undefined,
    { reveal, disclosed }: ReadOptions,
  ): Promise<ShownIdentifier> {
    const type = identifier.slice(0, identifier.lastIndexOf(':'));
    // Without a ciphertext the event that introduced it went into quarantine: it is known by its hash only.
    const value =
      link === undefined || link.sealed === ''
        ? undefined
        : await this.options.open(link.sealedBy, identifierPath(type), link.sealed);
    if (value === undefined) return { identifier, type, value: null };
    if (!reveal) return { identifier, type, value: maskIdentifier(type, value) };
    // A shared device belongs to nobody.
    disclosed?.of(link?.owner || UNATTRIBUTED)(`identifiers.${type}`);
    return { identifier, type, value };
  }

  async showAll(identifiers: readonly string[], read: ReadOptions): Promise<readonly ShownIdentifier[]> {
    const links = await this.all<Link>(identifiers.map((key) => `i/${key}`));
    return await Promise.all(identifiers.map((key, i) => this.show(key, links[i], read)));
  }
}

async function followMerges(entries: Entries, id: string): Promise<Person | undefined> {
  let person = await entries.get<Person>(keys.person(id));
  for (let hop = 0; person?.mergedInto !== undefined && hop < limits.forwardHopsMax; hop++) {
    person = await entries.get<Person>(keys.person(person.mergedInto));
  }
  return person;
}

async function viewOf(person: Person, read: ReadOptions, entries: Entries): Promise<IdentityView> {
  const header = await entries.get<Header>(keys.header(person.id));
  return {
    profile_id: person.id,
    identifiers: await identifiersOf(person, read, entries),
    facets: await facetsOf(person, entries),
    merged: person.merged,
    apart: person.apart,
    shared_with_others: await entries.showAll(person.shared, read),
    split_limited: header?.facets.some((id) => id.startsWith(foldedFacetId(''))) ?? false,
  };
}

async function identifiersOf(
  person: Person,
  read: ReadOptions,
  entries: Entries,
): Promise<readonly LinkedIdentifier[]> {
  const links = await entries.all<Link>(person.links.map(({ key }) => `i/${key}`));
  return await Promise.all(
    person.links.map(async ({ key, since, verified, alias }, i) => {
      const link = links[i];
      return {
        ...(await entries.show(key, link, read)),
        verified,
        valid_from: since,
        alias,
        shared: link?.sharedAs !== undefined,
        blocked: link?.blocked === true,
        evidence: (link?.evidence ?? []).map((entry) => ({
          with: entry.with === '' ? null : entry.with,
          rule: entry.rule,
          source: entry.source,
          event_id: entry.event,
          at: entry.at,
        })),
        past: (link?.past ?? []).map(({ profile, from, to, reason }) => ({
          profile_id: profile,
          valid_from: from,
          valid_to: to,
          reason,
        })),
      };
    }),
  );
}

async function facetsOf(person: Person, entries: Entries): Promise<readonly ShownFacet[]> {
  const places = await entries.all<Place>(person.facets.map(keys.place));
  // A facet lies where the last confirmed move put it, which may still be the profile that it leaves.
  const held = await entries.all<Facet>(
    person.facets.map((facet, i) => keys.facet(places[i]?.location ?? person.id, facet)),
  );
  return person.facets.map((facet, i) => {
    const events = held[i]?.events;
    return {
      facet_id: facet,
      identifiers: places[i]?.names ?? [],
      closed: isClosedFacet(facet),
      ...(events === undefined ? {} : { events }),
    };
  });
}

async function reviewView(review: Review, read: ReadOptions, entries: Entries): Promise<ReviewView> {
  const { n, kind, people, reason, source, event, at } = review;
  const age = entries.options.now() - at;
  return {
    n,
    kind,
    status: statusOf(review, entries),
    identifiers: await entries.showAll(review.identifiers, read),
    people,
    reason,
    source,
    event_id: event,
    at,
    age_ms: age,
    expires_at: at + limits.reviewAgeMs,
    ...(review.decidedBy === undefined ? {} : { decided_by: review.decidedBy }),
    ...(review.decidedAt === undefined ? {} : { decided_at: review.decidedAt }),
    ...(review.note === undefined || review.note === '' ? {} : { note: review.note }),
  };
}

/** Nothing comes by to close an old review: it counts as expired wherever it is looked at, as identity does. */
function statusOf({ status, at }: Review, { options }: Entries): Review['status'] {
  return status === 'open' && options.now() - at > limits.reviewAgeMs ? 'expired' : status;
}

async function listReviews(request: ReviewRequest, read: ReadOptions, entries: Entries): Promise<ReviewPage> {
  const { state, codec } = entries.options;
  const found: Review[] = [];
  let cursor = request.after === 0 ? '' : keys.review(request.after);
  // The queue is bounded, so a filter that nothing fits ends as well.
  for (let seen = 0; seen <= limits.reviewsMax && found.length <= request.limit; seen += limits.pageMax) {
    const page = await state.scan(REVIEWS, cursor, limits.pageMax);
    for (const [key, bytes] of page) {
      cursor = key;
      const review = codec.decode(key, bytes) as Review;
      if (fits(review, request, entries)) found.push(review);
    }
    if (page.length < limits.pageMax) break;
  }
  const shown = found.slice(0, request.limit);
  const last = shown.at(-1);
  const index = await entries.get<ReviewIndex>(keys.reviews);
  return {
    reviews: await Promise.all(shown.map((review) => reviewView(review, read, entries))),
    open: index?.open ?? 0,
    ...(found.length > shown.length && last !== undefined ? { next: last.n } : {}),
  };
}

/** How keys of reviews begin. */
const REVIEWS = 'v/';

function fits(review: Review, { status, kind }: ReviewRequest, entries: Entries): boolean {
  if (kind !== undefined && review.kind !== kind) return false;
  return status === undefined || statusOf(review, entries) === status;
}
