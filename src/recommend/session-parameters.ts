import { TesseraError } from '../errors.ts';
import { HOUR_MS, MINUTE_MS } from '../model/time.ts';

/** How sessions are compared and what their items count; `benchmarks/recommendations/` says how the defaults were chosen. */
export interface SessionParameters {
  /** m: of an item, so many of the newest sessions with it are looked at. */
  readonly sessionsPerItem: number;
  /** k: so many of the nearest sessions vote. */
  readonly neighbors: number;
  /** So many distinct items of the asking session are matched, the newest ones. */
  readonly queryItems: number;
  /** The item that many steps back is worth exp(-1) of the newest one, where sessions are compared. */
  readonly queryDecaySteps: number;
  /** The same for what a session recommends, by the newest item that it shares with the asking one. */
  readonly matchDecaySteps: number;
  /** A session of that age counts exp(-1) of a new one. */
  readonly ageDecayMs: number;
  /** A neighbor of n items is divided by n to this power. */
  readonly lengthExponent: number;
  /** What the matched item itself is worth in a neighbor, where what lies next to it is worth 1. */
  readonly itself: number;
  /** An item d places after the match counts 1 / d to this power. */
  readonly forwardExponent: number;
  /** An item right before the match, and the power by which others before it count less. */
  readonly backward: number;
  readonly backwardExponent: number;
  /** Power of an item's rarity, ln(sessions / sessions with it), in comparing sessions: 0, 0.5 or 1. */
  readonly queryRarity: RarityPower;
  /** The same in the votes. */
  readonly voteRarity: RarityPower;
  /** Factor of the item that the asking session has come to. */
  readonly current: number;
  /** Factor of other items that the asking session has had. */
  readonly seen: number;
}

export type RarityPower = 0 | 0.5 | 1;

/** How much is kept. Everything is allocated by these at once; pages that are never used take no memory. */
export interface SessionCapacity {
  /** A power of two. */
  readonly sessions: number;
  /** At most 2^24 - 1. */
  readonly items: number;
  /** Newest interactions that a session keeps. */
  readonly sessionItems: number;
  /** Cells for the lists of sessions by item; where they run out, lists stop growing and keep what is newest. */
  readonly postings: number;
  /** Silence after which the next interaction of the same key begins another session. */
  readonly idleMs: number;
}

export const DEFAULT_PARAMETERS: SessionParameters = Object.freeze({
  sessionsPerItem: 256,
  neighbors: 500,
  queryItems: 4,
  queryDecaySteps: 0.75,
  matchDecaySteps: 100,
  ageDecayMs: 144 * HOUR_MS,
  lengthExponent: 0.25,
  itself: 1.5,
  forwardExponent: 0.75,
  backward: 0.7,
  backwardExponent: 0.5,
  queryRarity: 1,
  voteRarity: 1,
  current: 2,
  seen: 0.75,
});

export const DEFAULT_CAPACITY: SessionCapacity = Object.freeze({
  sessions: 2 ** 18,
  items: 2 ** 17,
  sessionItems: 30,
  postings: 2 ** 22,
  idleMs: 120 * MINUTE_MS,
});

/** Item numbers take 24 bits of a cell; this one is no item. */
export const ITEM_NUMBERS = 2 ** 24 - 1;

/** Throws `invalid_parameter` where the index could not be built by these. */
export function checkCapacity(capacity: SessionCapacity, { sessionsPerItem }: SessionParameters): void {
  const { sessions, items, sessionItems, postings } = capacity;
  const wrong = [
    isWithin(sessions, 2 ** 30) && isPowerOfTwo(sessions) ? '' : 'sessions must be a power of two up to 2^30',
    isWithin(items, ITEM_NUMBERS) ? '' : `items must lie between 1 and ${ITEM_NUMBERS}`,
    isWithin(sessionItems, 254) ? '' : 'a session keeps 1 to 254 items',
    isWithin(postings, 2 ** 31) ? '' : 'postings must lie between 1 and 2^31',
    isWithin(sessionsPerItem, 2 ** 16) && isPowerOfTwo(sessionsPerItem)
      ? ''
      : 'sessions per item must be a power of two up to 65,536',
  ].filter((text) => text !== '');
  if (wrong.length > 0) throw new TesseraError('invalid_parameter', wrong.join('; '));
}

function isWithin(value: number, max: number): boolean {
  return Number.isSafeInteger(value) && value >= 1 && value <= max;
}

function isPowerOfTwo(value: number): boolean {
  return Math.log2(value) % 1 === 0;
}
