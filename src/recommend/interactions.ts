import { limits } from '../limits.ts';
import type { HistoryRow } from '../model/effect.ts';
import { historyColumns } from '../model/history-rows.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../model/json.ts';
import { UNATTRIBUTED } from '../model/keys.ts';
import {
  type Interaction,
  type InteractionItem,
  type InteractionKind,
  type Lesson,
  lessons,
  type Teachers,
} from '../model/recommendation.ts';
import type { EpochMs } from '../model/time.ts';

/** What of a row of the history's events says what somebody did with products. */
export interface InteractionRow {
  readonly type: string;
  readonly time: EpochMs;
  readonly channel: string;
  readonly profile: string;
  readonly orderNamespace: string;
  readonly orderId: string;
  readonly store: string;
  readonly item: string;
  readonly variant: string;
  readonly category: string;
  readonly brand: string;
  readonly items: readonly string[];
  readonly variants: readonly string[];
  readonly categories: readonly string[];
  readonly brands: readonly string[];
  readonly kinds: readonly string[];
  /** What may be learned from it: see `lessonOf`. */
  readonly lesson: number;
}

const KINDS: ReadonlyMap<string, InteractionKind> = new Map<string, InteractionKind>([
  ['product_viewed', 'view'],
  ['product_added', 'cart'],
  ['product_tried', 'try'],
  ['product_favorited', 'favorite'],
  ['stock_inquired', 'inquire'],
  ['question_asked', 'inquire'],
  ['order_completed', 'order'],
]);

/** Types of events that teach something. */
export const teachingTypes: readonly string[] = [...KINDS.keys()];

/**
 * What recommendations learn from a row; undefined where that is nothing. Nobody's events have the profile `''`: they count
 * for items and stores alone. An order is taught by what completes it, also by the copy that a browser reports.
 */
export function interactionOf(row: InteractionRow, teachers: Teachers): Interaction | undefined {
  const { type: event, time, channel, profile, store } = row;
  const kind = KINDS.get(event);
  if (kind === undefined || row.lesson < leastLesson(teachers)) return undefined;
  const items = itemsOf(row);
  if (items.length === 0) return undefined;
  const who = profile === UNATTRIBUTED ? '' : profile;
  // Fields one by one: a spread of each optional one would take longer than all the rest.
  const taught: Writable<Interaction> = { profile: who, time, event, kind, channel, items };
  if (store !== '') taught.store = store;
  if (kind === 'order') taught.order = `${row.orderNamespace}\0${row.orderId}`;
  return taught;
}

/** What a row has to teach at least. */
export function leastLesson(teachers: Teachers): Lesson {
  return teachers === 'agreed' ? lessons.agreed : lessons.any;
}

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

function itemsOf(row: InteractionRow): readonly InteractionItem[] {
  const { items, variants, categories, brands, kinds } = row;
  if (items.length === 0) {
    const own = itemOf(row);
    return own === undefined ? NO_ITEMS : [own];
  }
  const found = new Map<string, InteractionItem>();
  for (let n = 0; n < items.length && found.size < limits.interactionItemsMax; n++) {
    if ((kinds[n] ?? GOODS) !== GOODS) continue;
    const [category, brand] = [at(categories, n), at(brands, n)];
    const line = itemOf({ item: at(items, n), variant: at(variants, n), category, brand });
    if (line !== undefined && !found.has(line.item)) found.set(line.item, line);
  }
  return [...found.values()];
}

const NO_ITEMS: readonly InteractionItem[] = Object.freeze([]);

type Line = Pick<InteractionRow, 'item' | 'variant' | 'category' | 'brand'>;

/** Where only a variant is known, it stands for the product; undefined where neither is. */
function itemOf({ item: product, variant, category, brand }: Line): InteractionItem | undefined {
  const item = product || variant;
  if (item === '' || item.length > limits.catalogIdCharactersMax) return undefined;
  const found: Writable<InteractionItem> = { item };
  if (variant !== '') found.variant = variant;
  if (category !== '') found.category = category;
  if (brand !== '') found.brand = brand;
  return found;
}

const GOODS = 'goods';

function at(list: readonly string[], n: number): string {
  return list[n] ?? '';
}

const column = (name: string): number => historyColumns.events.indexOf(name);

const AT = {
  type: column('type'),
  time: column('time'),
  channel: column('channel'),
  profile: column('profile_id'),
  orderNamespace: column('order_namespace'),
  orderId: column('order_id'),
  store: column('store'),
  item: column('item_id'),
  variant: column('variant_id'),
  category: column('category'),
  brand: column('brand'),
  items: column('item_ids'),
  variants: column('variant_ids'),
  categories: column('categories'),
  brands: column('brands'),
  kinds: column('kinds'),
  lesson: column('lesson'),
} as const;

/** What a row teaches that was just committed; undefined for other tables and for nothing. */
export function interactionOfCommitted(
  { table, values }: HistoryRow,
  teachers: Teachers,
): Interaction | undefined {
  if (table !== 'events' || !KINDS.has(String(values[AT.type]))) return undefined;
  const text = (index: number): string => String(values[index]);
  // eventRow made the row: these columns are lists of texts.
  const list = (index: number): readonly string[] => values[index] as readonly string[];
  return interactionOf(
    {
      type: text(AT.type),
      time: timeOf(text(AT.time)),
      channel: text(AT.channel),
      profile: text(AT.profile),
      orderNamespace: text(AT.orderNamespace),
      orderId: text(AT.orderId),
      store: text(AT.store),
      item: text(AT.item),
      variant: text(AT.variant),
      category: text(AT.category),
      brand: text(AT.brand),
      items: list(AT.items),
      variants: list(AT.variants),
      categories: list(AT.categories),
      brands: list(AT.brands),
      kinds: list(AT.kinds),
      lesson: Number(values[AT.lesson]),
    },
    teachers,
  );
}

/** Reads what `sqlTime` wrote, `2026-11-21 10:00:00.123`, digit by digit: Date.parse takes as long as everything else here. */
function timeOf(text: string): EpochMs {
  const digits = (from: number, to: number): number => {
    let value = 0;
    for (let n = from; n < to; n++) value = value * 10 + text.charCodeAt(n) - ZERO;
    return value;
  };
  const day = Date.UTC(digits(0, 4), digits(5, 7) - 1, digits(8, 10));
  const minutes = digits(11, 13) * 60 + digits(14, 16);
  return day + (minutes * 60 + digits(17, 19)) * 1_000 + digits(20, 23);
}

const ZERO = 48;

/** The columns that `interactionOfAnswer` reads, for a SELECT over `events`. */
export const interactionColumns = [
  'type',
  'toUnixTimestamp64Milli(time) AS at',
  'channel',
  'profile_id',
  'order_namespace',
  'order_id',
  'store',
  'item_id',
  'variant_id',
  'category',
  'brand',
  'item_ids',
  'variant_ids',
  'categories',
  'brands',
  'kinds',
  'lesson',
].join(', ');

/** What a row teaches that history has answered with. */
export function interactionOfAnswer(row: JsonObject, teachers: Teachers): Interaction | undefined {
  const text = (name: string): string => String(row[name] ?? '');
  const list = (name: string): readonly string[] => {
    const value = row[name];
    return Array.isArray(value) ? value.map(String) : [];
  };
  return interactionOf(
    {
      type: text('type'),
      time: Number(row.at),
      channel: text('channel'),
      profile: text('profile_id'),
      orderNamespace: text('order_namespace'),
      orderId: text('order_id'),
      store: text('store'),
      item: text('item_id'),
      variant: text('variant_id'),
      category: text('category'),
      brand: text('brand'),
      items: list('item_ids'),
      variants: list('variant_ids'),
      categories: list('categories'),
      brands: list('brands'),
      kinds: list('kinds'),
      lesson: Number(row.lesson),
    },
    teachers,
  );
}

const KIND_NAMES: ReadonlySet<unknown> = new Set(KINDS.values());

/** What another node says that it has learned; undefined where that is none. */
export function readInteraction(said: unknown): Interaction | undefined {
  if (!isJsonObject(said as JsonObject)) return undefined;
  const { profile, time, event, kind, channel, items, store, order } = said as JsonObject;
  const texts = [profile, event, channel].every(isText) && [store, order].every(isTextOrAbsent);
  if (!texts || typeof time !== 'number' || !KIND_NAMES.has(kind) || !Array.isArray(items)) return undefined;
  if (!items.every(isItem)) return undefined;
  // The fields that learning reads are there; the compiler cannot put the type together again.
  return said as Interaction;
}

function isItem(value: JsonValue): boolean {
  if (!isJsonObject(value)) return false;
  return isText(value.item) && [value.variant, value.category, value.brand].every(isTextOrAbsent);
}

function isText(value: JsonValue | undefined): boolean {
  return typeof value === 'string';
}

function isTextOrAbsent(value: JsonValue | undefined): boolean {
  return value === undefined || typeof value === 'string';
}
