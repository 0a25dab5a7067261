import { unreachable } from '../errors.ts';
import { limits } from '../limits.ts';
import type { CatalogItem } from '../model/catalog.ts';
import { localDayOf } from '../model/local-time.ts';
import type { RecommendationReason } from '../model/recommendation.ts';
import { DAY_MS, type EpochMs } from '../model/time.ts';
import type { Zone } from '../model/zone.ts';
import type { Contribution } from './candidates.ts';
import type { KnownItem } from './person-view.ts';
import { type Locale, type ReasonCode, type ReasonWords, reasonText } from './reason-texts.ts';
import type { RuleContext } from './rules.ts';
import type { Choice } from './stock-choice.ts';
import { isOfOneLook } from './strategies/similar-items.ts';

export interface ReasonContext extends RuleContext {
  readonly zone: Zone | undefined;
}

/** What is offered, with what brought it. */
export interface Reasoned {
  readonly id: string;
  readonly item: CatalogItem | undefined;
  readonly parts: readonly Contribution[];
}

/** Why an item is offered: what counted most comes first, then what can be said of the variant. */
export function writeReasons(
  candidate: Reasoned,
  choice: Choice,
  context: ReasonContext,
): readonly RecommendationReason[] {
  const found: RecommendationReason[] = [];
  const parts = [...candidate.parts].sort((a, b) => b.share - a.share);
  for (const part of parts) {
    const reason = reasonOf(candidate, part, context);
    if (reason !== undefined && found.length < limits.recommendReasonsMax) found.push(reason);
  }
  const say = (code: ReasonCode, words: ReasonWords = {}): void => {
    found.push({ code, text: reasonText(code, words, localeOf(context)) });
  };
  if (choice.fit === 'fits') say('your_size', { name: choice.variant?.size ?? '' });
  if (choice.isHere) say('in_stock_here');
  return found;
}

/** The reason of what a placement has put there. */
export function pinnedReason(locale: Locale = 'en'): RecommendationReason {
  return { code: 'pinned', text: reasonText('pinned', {}, locale) };
}

function localeOf({ query }: ReasonContext): Locale {
  return query.locale ?? 'en';
}

function reasonOf(
  { id, item }: Reasoned,
  { strategy, because }: Contribution,
  context: ReasonContext,
): RecommendationReason | undefined {
  const say = (code: ReasonCode, words: ReasonWords = {}): RecommendationReason => ({
    code,
    text: reasonText(code, words, localeOf(context)),
  });
  switch (strategy) {
    case 'interest':
      return interestReason(context.known.get(id), context);
    case 'session':
      return because === undefined || because === id
        ? undefined
        : ofItem('liked_with_item', because, context);
    case 'bought_together':
      return because === undefined ? undefined : ofItem(companionCode(because, context), because, context);
    case 'similar': {
      if (because === undefined) return undefined;
      const other = context.query.catalog.itemOf(because);
      const isLook = item !== undefined && other !== undefined && isOfOneLook(item, other);
      return ofItem(isLook ? 'same_look' : 'similar_to_item', because, context);
    }
    case 'affinity':
      return because === 'brand'
        ? say('brand_affinity', { name: item?.brand ?? '' })
        : say('category_affinity', { name: item?.category ?? '' });
    case 'trending':
      if (because === 'store') return say('trending_in_store');
      return say(because === 'category' ? 'trending_in_category' : 'trending');
    default:
      return unreachable(strategy);
  }
}

function companionCode(source: string, { asked, cart }: ReasonContext): ReasonCode {
  if (source === asked) return 'bought_with_item';
  return cart.has(source) ? 'bought_with_cart' : 'bought_with_owned';
}

function ofItem(code: ReasonCode, source: string, context: ReasonContext): RecommendationReason {
  const name = context.query.catalog.itemOf(source)?.name ?? source;
  return { code, item_id: source, text: reasonText(code, { name }, localeOf(context)) };
}

const STORE_CHANNELS: ReadonlySet<string> = new Set(['pos', 'store', 'in_store', 'kiosk', 'tablet']);

function interestReason(
  known: KnownItem | undefined,
  context: ReasonContext,
): RecommendationReason | undefined {
  const moment = known?.deed && known.facts.deeds[known.deed];
  if (known?.deed === undefined || moment === undefined) return undefined;
  const isInStore = moment.store !== undefined || STORE_CHANNELS.has(moment.channel);
  const code = known.deed === 'viewed' ? (isInStore ? 'viewed_in_store' : 'viewed_online') : known.deed;
  const days = daysSince(moment.time, context);
  return { code, item_id: known.id, text: reasonText(code, { days }, localeOf(context)) };
}

function daysSince(time: EpochMs, { query, zone }: ReasonContext): number {
  const dayOf = (at: EpochMs): number =>
    zone === undefined ? Math.floor(at / DAY_MS) : localDayOf(zone, at);
  return dayOf(query.now) - dayOf(time);
}
