import { TesseraError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { CatalogItem } from '../model/catalog.ts';
import { readMoment } from '../model/date-time.ts';
import type {
  BlendedStrategy,
  PlacementDefinition,
  PlacementExclusions,
  PlacementPin,
  PlacementPrice,
} from '../model/placement.ts';
import { DAY_MS, type DurationMs, type EpochMs, parseDuration } from '../model/time.ts';
import { compileItemCondition } from './item-condition.ts';

/** A placement made ready: every default filled in, every text read. */
export interface CompiledPlacement {
  readonly name: string;
  readonly definition: PlacementDefinition;
  readonly limit: number;
  readonly weights: Readonly<Record<BlendedStrategy, number>>;
  readonly stock: { readonly where: 'store' | 'deliverable' | 'any'; readonly strict: boolean };
  readonly fitSize: boolean;
  /** 0: what was bought, or brought back, is offered all the same. */
  readonly boughtMs: DurationMs;
  readonly returnedMs: DurationMs;
  readonly price: PlacementPrice;
  readonly perCategory: number;
  readonly perBrand: number;
  /** Names, of products or variants, that are never offered. */
  readonly excludedItems: readonly string[];
  readonly excludes: (item: CatalogItem) => boolean;
  readonly pins: readonly CompiledPin[];
  readonly beforeLaunch: boolean;
  readonly shown: { readonly factor: number; readonly halfLifeMs: DurationMs };
  readonly remindClosedCarts: boolean;
}

export interface CompiledPin {
  readonly item: string;
  readonly from: EpochMs;
  readonly until: EpochMs;
  /** Absent: everywhere. */
  readonly stores?: readonly string[];
}

/** In this order strategies are asked, and of equal contributions the first one counts as the reason. */
export const BLENDED_STRATEGIES: readonly BlendedStrategy[] = [
  'interest',
  'bought_together',
  'session',
  'similar',
  'affinity',
  'trending',
];

const DEFAULT_BOUGHT_MS = 180 * DAY_MS;
const DEFAULT_RETURNED_MS = 365 * DAY_MS;
const DEFAULT_SHOWN = { factor: 0.5, half_life: '1d' } as const;

/** By name. Fails with `invalid_definition`, naming the placement and the place in it. */
export function compilePlacements(
  definitions: readonly PlacementDefinition[],
): ReadonlyMap<string, CompiledPlacement> {
  if (definitions.length > limits.placementsMax) {
    const most = limits.placementsMax;
    throw new TesseraError('invalid_definition', `${definitions.length} placements; at most ${most}`);
  }
  const compiled = new Map(definitions.map((each) => [each.name, compilePlacement(each)]));
  if (compiled.size < definitions.length)
    throw new TesseraError('invalid_definition', 'two placements have the same name');
  return compiled;
}

type Refuse = (path: string, why: string) => never;

function compilePlacement(definition: PlacementDefinition): CompiledPlacement {
  const refuse: Refuse = (path, why) => {
    throw new TesseraError('invalid_definition', `placement ${definition.name}: ${path}: ${why}`, { path });
  };
  const { stock = {}, exclude = {}, pins = [] } = definition;
  return {
    name: definition.name,
    definition,
    limit: definition.limit ?? limits.recommendItemsDefault,
    weights: weightsOf(definition, refuse),
    stock: { where: stock.where ?? 'deliverable', strict: stock.strict ?? false },
    fitSize: definition.fit_size ?? true,
    boughtMs: heldBackFor(definition, 'bought_within', refuse) ?? DEFAULT_BOUGHT_MS,
    returnedMs: heldBackFor(definition, 'returned_within', refuse) ?? DEFAULT_RETURNED_MS,
    price: checkedPrice(definition.price ?? {}, refuse),
    perCategory: definition.per_category ?? Number.POSITIVE_INFINITY,
    perBrand: definition.per_brand ?? Number.POSITIVE_INFINITY,
    excludedItems: exclude.items ?? [],
    excludes: compileExclusions(exclude, definition.name),
    pins: pins.map((pin, n) => compilePin(pin, `/pins/${n}`, refuse)),
    beforeLaunch: definition.before_launch ?? false,
    shown: shownOf(definition, refuse),
    remindClosedCarts: definition.remind_closed_carts ?? false,
  };
}

function weightsOf({ blend }: PlacementDefinition, refuse: Refuse): CompiledPlacement['weights'] {
  const weights = {
    interest: 0,
    bought_together: 0,
    session: 0,
    similar: 0,
    affinity: 0,
    trending: 0,
    ...blend,
  };
  if (BLENDED_STRATEGIES.every((strategy) => weights[strategy] === 0))
    refuse('/blend', 'at least one strategy must count something');
  return weights;
}

function heldBackFor(
  definition: PlacementDefinition,
  field: 'bought_within' | 'returned_within',
  refuse: Refuse,
): DurationMs | undefined {
  const { [field]: text } = definition;
  if (text === undefined) return undefined;
  if (text === 'never') return 0;
  return durationOf(text, `/${field}`, refuse);
}

function durationOf(text: string, path: string, refuse: Refuse): DurationMs {
  const duration = parseDuration(text) ?? refuse(path, 'it is no duration');
  return duration <= limits.windowMaxMs ? duration : refuse(path, `${text} is longer than 730d`);
}

function checkedPrice(price: PlacementPrice, refuse: Refuse): PlacementPrice {
  const { min = 0, max = Number.POSITIVE_INFINITY } = price;
  return min > max ? refuse('/price', 'min is more than max') : price;
}

function shownOf({ shown = {} }: PlacementDefinition, refuse: Refuse): CompiledPlacement['shown'] {
  const { factor, half_life: halfLife } = { ...DEFAULT_SHOWN, ...shown };
  return { factor, halfLifeMs: durationOf(halfLife, '/shown/half_life', refuse) };
}

function compilePin({ item, from, until, stores }: PlacementPin, path: string, refuse: Refuse): CompiledPin {
  const moment = (text: string | undefined, field: string, absent: number): EpochMs => {
    if (text === undefined) return absent;
    return readMoment(text) ?? refuse(`${path}/${field}`, 'it is no RFC 3339 time');
  };
  return {
    item,
    from: moment(from, 'from', Number.NEGATIVE_INFINITY),
    until: moment(until, 'until', Number.POSITIVE_INFINITY),
    ...(stores && { stores }),
  };
}

function compileExclusions(exclude: PlacementExclusions, name: string): CompiledPlacement['excludes'] {
  const { categories = [], brands = [], where } = exclude;
  const listed = new Set(brands);
  const fits =
    where === undefined ? undefined : compileItemCondition(where, `placement ${name}: /exclude/where`);
  return (item) =>
    (item.brand !== undefined && listed.has(item.brand)) ||
    categories.some((category) => isWithin(item.category, category)) ||
    fits?.(item) === true;
}

/** Whether a category path is another one, or below it. */
export function isWithin(category: string | undefined, path: string): boolean {
  if (category === undefined || !category.startsWith(path)) return false;
  return category.length === path.length || category[path.length] === '/';
}
