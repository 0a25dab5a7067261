/** Languages that reasons are written in. */
export type Locale = 'en' | 'zh-CN';

export type ReasonCode =
  | 'pinned'
  | 'carted'
  | 'tried'
  | 'favorited'
  | 'inquired'
  | 'viewed_online'
  | 'viewed_in_store'
  | 'clicked'
  | 'bought_with_owned'
  | 'bought_with_cart'
  | 'bought_with_item'
  | 'liked_with_item'
  | 'similar_to_item'
  | 'same_look'
  | 'brand_affinity'
  | 'category_affinity'
  | 'trending_in_store'
  | 'trending_in_category'
  | 'trending'
  | 'your_size'
  | 'in_stock_here';

/** What a sentence speaks of; `name` is an item, a brand, a category or a size. */
export interface ReasonWords {
  readonly name?: string;
  /** Whole days between then and now, on the clock of whoever reads it. */
  readonly days?: number;
}

type Sentence = (name: string, when: string) => string;

const ENGLISH: Readonly<Record<ReasonCode, Sentence>> = {
  pinned: () => 'picked for you',
  carted: (_, when) => `put in the cart ${when}`,
  tried: (_, when) => `tried ${when}`,
  favorited: (_, when) => `put on the wish list ${when}`,
  inquired: (_, when) => `asked for ${when}`,
  viewed_online: (_, when) => `viewed online ${when}`,
  viewed_in_store: (_, when) => `viewed in the store ${when}`,
  clicked: (_, when) => `opened from a recommendation ${when}`,
  bought_with_owned: (name) => `bought with the ${name} that you have`,
  bought_with_cart: (name) => `bought with the ${name} in your cart`,
  bought_with_item: (name) => `often bought with the ${name}`,
  liked_with_item: (name) => `liked by people who looked at the ${name}`,
  similar_to_item: (name) => `similar to the ${name}`,
  same_look: (name) => `goes with the ${name}`,
  brand_affinity: (name) => `from ${name}, a brand that you like`,
  category_affinity: (name) => `from ${name}, where you often look`,
  trending_in_store: () => 'trending in this store',
  trending_in_category: () => 'trending among items like this one',
  trending: () => 'trending now',
  your_size: (name) => `in your size, ${name}`,
  in_stock_here: () => 'in stock in this store',
};

const CHINESE: Readonly<Record<ReasonCode, Sentence>> = {
  pinned: () => '为您精选',
  carted: (_, when) => `${when}加入过购物车`,
  tried: (_, when) => `${when}试穿或试用过`,
  favorited: (_, when) => `${when}收藏过`,
  inquired: (_, when) => `${when}咨询过`,
  viewed_online: (_, when) => `${when}在线浏览过`,
  viewed_in_store: (_, when) => `${when}在门店看过`,
  clicked: (_, when) => `${when}从推荐中点开过`,
  bought_with_owned: (name) => `常与您已有的「${name}」一起购买`,
  bought_with_cart: (name) => `常与购物车里的「${name}」一起购买`,
  bought_with_item: (name) => `常与「${name}」一起购买`,
  liked_with_item: (name) => `看过「${name}」的人也喜欢`,
  similar_to_item: (name) => `与「${name}」相似`,
  same_look: (name) => `可与「${name}」搭配`,
  brand_affinity: (name) => `您喜欢的品牌：${name}`,
  category_affinity: (name) => `您常看的品类：${name}`,
  trending_in_store: () => '本店热门',
  trending_in_category: () => '同类热门',
  trending: () => '近期热门',
  your_size: (name) => `有您的尺码：${name}`,
  in_stock_here: () => '本店有货',
};

const WEEK_DAYS = 7;
const MONTH_DAYS = 30;
const DAYS_MAX = 2 * WEEK_DAYS;
const WEEKS_MAX_DAYS = 2 * MONTH_DAYS;

interface Language {
  readonly sentences: Readonly<Record<ReasonCode, Sentence>>;
  readonly today: string;
  readonly yesterday: string;
  readonly ago: (count: number, unit: 'days' | 'weeks' | 'months') => string;
}

const CHINESE_UNITS = { days: '天', weeks: '周', months: '个月' } as const;

const LANGUAGES: Readonly<Record<Locale, Language>> = {
  en: {
    sentences: ENGLISH,
    today: 'today',
    yesterday: 'yesterday',
    ago: (count, unit) => `${count} ${unit} ago`,
  },
  'zh-CN': {
    sentences: CHINESE,
    today: '今天',
    yesterday: '昨天',
    ago: (count, unit) => `${count}${CHINESE_UNITS[unit]}前`,
  },
};

/** The sentence for a reason. */
export function reasonText(code: ReasonCode, { name = '', days = 0 }: ReasonWords, locale: Locale): string {
  const language = LANGUAGES[locale];
  return language.sentences[code](name, when(days, language));
}

function when(days: number, { today, yesterday, ago }: Language): string {
  if (days <= 0) return today;
  if (days === 1) return yesterday;
  if (days < DAYS_MAX) return ago(days, 'days');
  if (days < WEEKS_MAX_DAYS) return ago(Math.floor(days / WEEK_DAYS), 'weeks');
  return ago(Math.floor(days / MONTH_DAYS), 'months');
}
