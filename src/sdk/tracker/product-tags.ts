/**
 * Products that a page marks by attributes. `data-tessera-item="spu-1"` inside of `data-tessera-list="…"` is a product of a
 * list: seen ones go together into `product_list_viewed`, a click is `product_clicked`. Where the list is a recommendation
 * (`data-tessera-recommendation`), these are `recommendation_shown` and `recommendation_clicked`. Outside of a list it is the
 * product that the page is about: seen, it is `product_viewed`. `data-tessera-click="product_added"` on a button says
 * what clicking that means.
 */
import { pageNow } from './page-clock.ts';
import { createSightings } from './sightings.ts';
import type { Fields, Tracker } from './tracker.ts';
import { trackerLimits } from './tracker-limits.ts';

const ITEM_ATTRIBUTE = 'data-tessera-item';
const ITEM = `[${ITEM_ATTRIBUTE}]`;
const LIST = '[data-tessera-list],[data-tessera-recommendation]';
const CLICK = '[data-tessera-click]';
/** Attribute → property of the event. */
const FACTS = {
  tesseraItem: 'item_id',
  tesseraVariant: 'variant_id',
  tesseraName: 'name',
  tesseraCategory: 'category',
  tesseraBrand: 'brand',
  tesseraPrice: 'price',
  tesseraCurrency: 'currency',
  tesseraSize: 'size',
  tesseraColor: 'color',
} as const;
const LIST_FACTS = {
  tesseraRecommendation: 'recommendation_id',
  tesseraPlacement: 'placement',
  tesseraList: 'list_id',
} as const;
const COUNTS = { tesseraQuantity: 'quantity', tesseraPosition: 'position' } as const;
const OPENED = 'tessera.opened';

export interface ProductTags {
  /** Another page is shown: what was seen may be seen again. */
  forget(): void;
  /** Reports what was seen up to now. */
  report(): void;
}

export function watchProducts(track: Tracker['track']): ProductTags {
  /** By the facts of the list, as text. */
  const lists = new Map<string, Fields[]>();
  const report = (): void => {
    for (const [text, products] of lists) {
      const list = JSON.parse(text) as Fields; // As it was made below.
      track(list.recommendation_id === undefined ? 'product_list_viewed' : 'recommendation_shown', {
        ...list,
        products,
      });
    }
    lists.clear();
  };
  const sawInList = (list: HTMLElement, element: HTMLElement): void => {
    const key = JSON.stringify(read(list, LIST_FACTS));
    const products = lists.get(key) ?? [];
    products.push({ ...placeIn(list, element), ...factsOf(element) });
    lists.set(key, products);
    if (products.length >= trackerLimits.listProductsMax) report();
    else if (products.length === 1) setTimeout(report, trackerLimits.batchMs);
  };
  const sightings = createSightings(ITEM_ATTRIBUTE, {
    keyOf(element) {
      const list = listOf(element);
      return JSON.stringify([list && read(list, LIST_FACTS), read(element, FACTS)]);
    },
    seen(element) {
      const list = listOf(element);
      if (list !== undefined) sawInList(list, element);
      else track('product_viewed', { ...openedFrom(element.dataset.tesseraItem), ...factsOf(element) });
    },
  });
  document.addEventListener('click', (event) => clicked(event, track), true);
  return { forget: sightings.forget, report };
}

function clicked({ target }: MouseEvent, track: Tracker['track']): void {
  if (!(target instanceof Element)) return;
  const element = target.closest<HTMLElement>(ITEM);
  const button = target.closest<HTMLElement>(CLICK);
  const meaning = button?.dataset.tesseraClick;
  if (button !== null && meaning !== undefined && meaning !== '') {
    track(meaning, { ...(element === null ? {} : factsOf(element)), ...factsOf(button) });
    return;
  }
  const list = element === null ? undefined : listOf(element);
  if (element === null || list === undefined) return;
  const facts = { ...read(list, LIST_FACTS), ...placeIn(list, element), ...factsOf(element) };
  const type = 'recommendation_id' in facts ? 'recommendation_clicked' : 'product_clicked';
  if (track(type, facts)) noteOpened(facts);
}

function listOf(element: HTMLElement): HTMLElement | undefined {
  return element.closest<HTMLElement>(LIST) ?? undefined;
}

/** From 1, among the tagged products of the list. */
function placeIn(list: HTMLElement, element: HTMLElement): Fields {
  const place = [...list.querySelectorAll(ITEM)].indexOf(element) + 1;
  return place === 0 ? {} : { position: place };
}

function factsOf(element: HTMLElement): Fields {
  const facts: Record<string, unknown> = { ...read(element, FACTS) };
  for (const [name, text] of Object.entries(read(element, COUNTS))) {
    if (!Number.isNaN(Number(text))) facts[name] = Number(text);
  }
  return facts;
}

/** What the attributes of an element say, under the names of properties. */
function read(
  { dataset }: HTMLElement,
  names: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const facts: Record<string, string> = {};
  for (const [attribute, property] of Object.entries(names)) {
    const text = dataset[attribute];
    if (text !== undefined && text !== '') facts[property] = text;
  }
  return facts;
}

/** The page of a product says which list or recommendation it was opened from; only within this tab. */
function noteOpened(facts: Fields): void {
  const { item_id, list_id, recommendation_id } = facts;
  writeNote(JSON.stringify({ at: pageNow(), item_id, list_id, recommendation_id }));
}

function writeNote(text: string): boolean {
  try {
    sessionStorage.setItem(OPENED, text);
    return true;
  } catch {
    return false;
  }
}

function openedFrom(item: string | undefined): Fields {
  try {
    // What is written above; anything else fails the comparisons.
    const note = JSON.parse(sessionStorage.getItem(OPENED) ?? '{}') as Fields & { readonly at: number };
    const { at, item_id, ...opened } = note;
    return item_id === item && pageNow() - at < trackerLimits.clickMs ? opened : {};
  } catch {
    return {};
  }
}
