import type { CatalogFollower } from '../../background/catalog-follower.ts';
import { availableOf } from '../../catalog/find-moments.ts';
import { limits } from '../../limits.ts';
import type { CatalogItem } from '../../model/catalog.ts';
import type { ItemDeed, ItemFacts, ItemMoment } from '../../model/item-facts.ts';
import { isJsonObject, type JsonObject } from '../../model/json.ts';
import { RESTRICTED } from '../../model/restriction.ts';
import type { Clock } from '../../ports/clock.ts';
import { readItems } from '../../profile/read-items.ts';
import { comparableRegister, readRegister } from '../../profile/registers.ts';
import { cartClosedAt } from '../../recommend/person-view.ts';
import type { BriefQuestion } from '../../serve/recommendation-service.ts';
import type { ProfileReader, ProfileView } from '../../serve/services.ts';
import { callName } from '../call-name.ts';
import { type NoteCode, noteTexts } from './brief-notes.ts';
import { agreesToPersonalization, type CustomerAtHand, statedSizes } from './customer-at-hand.ts';
import type { RecommendationDesk } from './recommendation-desk.ts';

export interface BriefOptions {
  readonly profiles: Pick<ProfileReader, 'byId'>;
  readonly desk: RecommendationDesk;
  readonly catalog: Pick<CatalogFollower, 'catalog'>;
  readonly clock: Clock;
}

/** Features of the shipped pack that tell of cases: their ids, the newest first, and what each is about. */
const TICKETS = {
  opened: 'opened_tickets',
  closed: 'closed_tickets',
  complaints: 'complaint_tickets',
  theme: 'ticket_theme_by_case',
} as const;
const BRIEF_FEATURES: ReadonlySet<string> = new Set(Object.values(TICKETS));
/** The placement whose items an associate offers. */
const PLACEMENT = 'store';
/** A trait with paths of categories that nobody is to speak of. */
const SENSITIVE = 'sensitive_categories';

/**
 * What an associate should know of whoever stands before them, short enough to read while walking up: who it is, what they looked
 * at, what fits, what to offer, and what better not to mention. Without consent to personalization it says who it is, what
 * is open between them and the house, and offers what anybody would be offered.
 */
export async function customerBrief(
  profile: string,
  question: BriefQuestion,
  options: BriefOptions,
): Promise<JsonObject | undefined> {
  const { profiles, desk } = options;
  const customer = await desk.customerOf(profile);
  const { reveal, disclosed } = question;
  const shown = disclosed === undefined ? { reveal } : { reveal, disclosed };
  const view = customer && (await profiles.byId(profile, { ...shown, features: BRIEF_FEATURES }));
  if (customer === undefined || view === undefined) return undefined;
  const { store, locale } = question;
  const personalized = agreesToPersonalization(customer);
  const tickets = openTickets(view);
  const place = { ...(store === undefined ? {} : { store }), ...(locale === undefined ? {} : { locale }) };
  const seen: Seen = {
    ...placeOf(store, options),
    sensitive: sensitiveOf(customer),
    now: options.clock.now(),
  };
  const avoid = notes({ view, tickets, personalized, sensitive: seen.sensitive }, locale);
  return {
    ...whoItIs(view),
    personalized,
    ...(seen.store === undefined ? {} : { store: seen.store }),
    ...(personalized ? whatTheyDid(customer, seen) : {}),
    open_tickets: tickets.slice(0, limits.briefItemsMax),
    avoid,
    ...(avoid.some(({ code }) => SILENT.has(code))
      ? { offer: [] }
      : offers(desk, { customer, ...place }, seen)),
  };
}

/** Whoever complains, wants no marketing for now, or has restricted what is done with their data, is offered nothing. */
const SILENT: ReadonlySet<string> = new Set<NoteCode>(['restricted', 'open_complaint', 'marketing_paused']);

function whoItIs({ profile_id, kind, traits, identifiers, ...view }: ProfileView): JsonObject {
  const { loyalty } = view;
  return {
    profile_id,
    ...callName({ traits }),
    kind,
    identifiers: identifiers as JsonObject,
    lifecycle: view.lifecycle,
    segments: view.segments,
    tags: view.tags,
    ...(loyalty === null ? {} : { points: loyalty.points ?? 0, tier: loyalty.tier ?? null }),
    first_seen: view.first_seen,
    last_seen: view.last_seen,
  };
}

/** The store that was asked for, and what is needed to name items and tell what of them is there. */
interface Seen {
  readonly catalog: CatalogFollower['catalog'];
  /** Its id. */
  readonly store?: string;
  readonly sensitive: readonly string[];
  readonly now: number;
}

function placeOf(
  store: string | undefined,
  { catalog: { catalog } }: BriefOptions,
): Pick<Seen, 'catalog' | 'store'> {
  return store === undefined ? { catalog } : { catalog, store: catalog.store(store) };
}

function whatTheyDid(customer: CustomerAtHand, seen: Seen): JsonObject {
  const facts = readItems(customer.facets).filter((each) => !isSensitive(each, seen));
  const list = (deed: ItemDeed, fits: (moment: ItemMoment, facts: ItemFacts) => boolean = () => true) =>
    listed(facts, { deed, fits }, seen);
  const tried = (moment: ItemMoment): boolean =>
    moment.store !== undefined &&
    seen.catalog.store(moment.store) === seen.store &&
    seen.now - moment.time < limits.fittingRoomMs;
  return {
    in_fitting_room: list('tried', tried),
    looked_at: list('viewed', ({ store }) => store === undefined),
    in_cart: list('carted', isInCart(facts)),
    favorites: list('favorited'),
    bought: list('ordered'),
    brought_back: list('returned'),
    sizes: sizesOf(customer, facts),
  };
}

/** What is left of a cart that was ordered from is no cart any more. */
function isInCart(all: readonly ItemFacts[]): (moment: ItemMoment, facts: ItemFacts) => boolean {
  const closedAt = cartClosedAt(all);
  return ({ time }, { deeds }) =>
    time > closedAt && time > (deeds.uncarted?.time ?? -1) && time > (deeds.ordered?.time ?? -1);
}

interface Wanted {
  readonly deed: ItemDeed;
  readonly fits: (moment: ItemMoment, facts: ItemFacts) => boolean;
}

/** The newest first. */
function listed(facts: readonly ItemFacts[], { deed, fits }: Wanted, seen: Seen): readonly JsonObject[] {
  const found = facts.flatMap((each) => {
    const moment = each.deeds[deed];
    return moment !== undefined && fits(moment, each) ? [{ item: each.item, moment }] : [];
  });
  found.sort((a, b) => b.moment.time - a.moment.time || (a.item < b.item ? -1 : 1));
  return found.slice(0, limits.briefItemsMax).map(({ item, moment }) => shownDeed(item, moment, seen));
}

function shownDeed(item: string, moment: ItemMoment, { catalog, store }: Seen): JsonObject {
  const known = catalog.itemOf(item);
  const { time, channel, store: where, variant, size, quantity } = moment;
  return {
    item_id: item,
    ...(known?.name === undefined ? {} : { name: known.name }),
    ...(variant === undefined ? {} : { variant_id: variant }),
    ...(size === undefined ? {} : { size }),
    ...(quantity === undefined ? {} : { quantity }),
    at: time,
    channel,
    ...(where === undefined ? {} : { store: where }),
    ...(store === undefined || known === undefined ? {} : stockHere(known, store, catalog)),
  };
}

/** How many there are of all variants; nothing where nobody has said. */
function stockHere(
  { item_id, variants = [] }: CatalogItem,
  store: string,
  catalog: Seen['catalog'],
): JsonObject {
  const names = variants.length === 0 ? [item_id] : variants.map(({ variant_id }) => variant_id);
  const levels = names.flatMap((variant) => catalog.stockOf(variant, store) ?? []);
  if (levels.length === 0) return {};
  return { in_store: levels.reduce((sum, level) => sum + Math.max(0, availableOf(level)), 0) };
}

/** How many there are of what is offered: of the variant, where one was chosen. */
function offerHere(
  { item_id, variant_id }: { readonly item_id: string; readonly variant_id?: string | undefined },
  { catalog, store }: Seen,
): JsonObject {
  const known = catalog.itemOf(item_id);
  if (store === undefined || known === undefined) return {};
  if (variant_id === undefined) return stockHere(known, store, catalog);
  const level = catalog.stockOf(variant_id, store);
  return level === undefined ? {} : { in_store: Math.max(0, availableOf(level)) };
}

/** What was said, and what was bought and kept. */
function sizesOf(customer: CustomerAtHand, facts: readonly ItemFacts[]): JsonObject {
  const bought = new Map<string, number>();
  for (const { deeds } of facts) {
    const { ordered, returned } = deeds;
    if (ordered?.size === undefined || (returned?.time ?? -1) >= ordered.time) continue;
    bought.set(ordered.size, (bought.get(ordered.size) ?? 0) + 1);
  }
  return {
    stated: statedSizes(customer),
    bought: [...bought]
      .sort(([a, times], [b, others]) => others - times || (a < b ? -1 : 1))
      .map(([size, items]) => ({ size, items })),
  };
}

function sensitiveOf({ facets }: CustomerAtHand): readonly string[] {
  const value = comparableRegister(readRegister(facets, 'traits', SENSITIVE));
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.filter((each): each is string => typeof each === 'string' && each !== '');
}

function isSensitive(
  { item, category }: { readonly item: string; readonly category?: string | undefined },
  { sensitive, catalog }: Seen,
): boolean {
  const path = catalog.itemOf(item)?.category ?? category;
  return path !== undefined && sensitive.some((each) => path === each || path.startsWith(`${each}/`));
}

/** Cases that were not closed, the newest first. */
function openTickets({ features }: ProfileView): readonly JsonObject[] {
  const closed = new Set(casesOf(features, TICKETS.closed));
  const complaints = new Set(casesOf(features, TICKETS.complaints));
  const theme = features[TICKETS.theme]?.value;
  return casesOf(features, TICKETS.opened)
    .filter((ticket) => !closed.has(ticket))
    .map((ticket) => {
      const about = isJsonObject(theme) && Object.hasOwn(theme, ticket) ? theme[ticket] : undefined;
      return {
        ticket_id: ticket,
        complaint: complaints.has(ticket),
        ...(about === undefined ? {} : { theme: about }),
      };
    });
}

function casesOf(features: ProfileView['features'], name: string): readonly string[] {
  const value: unknown = features[name]?.value;
  return Array.isArray(value) ? value.filter((each): each is string => typeof each === 'string') : [];
}

interface Note extends JsonObject {
  readonly code: NoteCode;
  readonly text: string;
}

interface Noted {
  readonly view: ProfileView;
  readonly tickets: readonly JsonObject[];
  readonly personalized: boolean;
  readonly sensitive: readonly string[];
}

/** What not to mention, and why. */
function notes(
  { view, tickets, personalized, sensitive }: Noted,
  locale: string | undefined,
): readonly Note[] {
  const { kind, tags, segments } = view;
  const codes: NoteCode[] = [];
  if (tags.includes(RESTRICTED)) codes.push('restricted');
  if (tickets.some(({ complaint }) => complaint === true)) codes.push('open_complaint');
  else if (tickets.length > 0) codes.push('open_ticket');
  if (tags.includes(PAUSED) || segments.includes(PAUSED)) codes.push('marketing_paused');
  if (kind !== 'customer') codes.push('no_customer');
  if (!personalized) codes.push('no_consent');
  const texts = noteTexts(locale);
  return [
    ...codes.map((code) => ({ code, text: texts[code] })),
    ...sensitive.map((category) => ({
      code: 'sensitive' as const,
      category,
      text: `${texts.sensitive}: ${category}`,
    })),
  ];
}

/** The tag or segment that keeps all marketing from a customer. */
const PAUSED = 'marketing_paused';

type Asked = Omit<Parameters<RecommendationDesk['answer']>[0], 'placement'>;

/** Nothing where a deployment has no such placement. */
function offers(desk: RecommendationDesk, asked: Asked, seen: Seen): JsonObject {
  if (!desk.has(PLACEMENT)) return { offer: [] };
  const { id, strategy, items } = desk.answer({ ...asked, placement: PLACEMENT });
  const facts = seen.sensitive.length === 0 ? [] : readItems(asked.customer?.facets ?? []);
  const said = new Map(facts.map(({ item, category }) => [item, category]));
  // A reason speaks of an item, too: of the one that somebody has, or looked at.
  const mayNotSee = (item: string): boolean => isSensitive({ item, category: said.get(item) }, seen);
  const offered = items
    .filter(({ item_id: item }) => !mayNotSee(item))
    .map(({ reasons, ...item }) => ({
      ...item,
      reasons: reasons.filter(({ item_id: source }) => source === undefined || !mayNotSee(source)),
    }));
  return {
    offer: offered.map((item) => ({ ...desk.shown(item), ...offerHere(item, seen) })),
    recommendation: { id, placement: PLACEMENT, strategy },
  };
}
