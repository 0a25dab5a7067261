import { assert } from '../errors.ts';
import { hash53 } from '../model/hash.ts';
import type { EpochMs } from '../model/time.ts';
import { ItemNumbers, itemIn, packCell } from './item-numbers.ts';
import { PostingLists } from './posting-lists.ts';
import { SessionKeys } from './session-keys.ts';
import {
  checkCapacity,
  DEFAULT_CAPACITY,
  DEFAULT_PARAMETERS,
  type SessionCapacity,
  type SessionParameters,
} from './session-parameters.ts';

export interface Interaction {
  readonly item: string;
  /** How much it says: 1 for a view; kept in eighths up to 31.875. */
  readonly weight: number;
}

export interface RecentSessionsOptions {
  readonly parameters?: Partial<SessionParameters>;
  readonly capacity?: Partial<SessionCapacity>;
}

/** What a row begins with. */
export const ROW_HEAD = 2;

/**
 * Sessions as nearest neighbors are looked for among them (VS-kNN: Ludewig, Jannach 2018; VMIS-kNN, the newest m sessions
 * of each item: Kersbergen et al., SIGMOD 2022), in typed arrays, learning one interaction at a time.
 *
 * A session is a row of its newest items, oldest first, as a ring; rows form a ring themselves, so that the oldest session
 * makes room for a new one. Sessions are numbered without end (modulo 2^32) and lie at their number modulo the capacity:
 * a list of an item's sessions may name dead ones, and their numbers tell. An item is known as long as a row has it.
 * The same interactions in the same order give the same index, and the same answers.
 *
 * Indexes stay inside their arrays by construction: that is what the casts of this file say.
 */
export class RecentSessions {
  readonly parameters: SessionParameters;
  readonly capacity: SessionCapacity;
  readonly items = new ItemNumbers();
  readonly keys: SessionKeys;
  readonly postings: PostingLists;
  /** Rows: interactions so far, the newest time in seconds, then the cells. What is read together lies together. */
  readonly rows: Uint32Array;
  /** Per item: in how many rows it is. */
  readonly sessionsWith: Uint32Array;
  /** A session lies in the slot of its number by this mask. */
  readonly slotMask: number;
  readonly #stride: number;
  /** Number of the next session, and how many of those before it are kept. */
  #next = 0;
  #kept = 0;

  constructor({ parameters = {}, capacity = {} }: RecentSessionsOptions = {}) {
    this.parameters = { ...DEFAULT_PARAMETERS, ...parameters };
    this.capacity = { ...DEFAULT_CAPACITY, ...capacity };
    checkCapacity(this.capacity, this.parameters);
    const { sessions, items, sessionItems, postings } = this.capacity;
    const largest = this.parameters.sessionsPerItem;
    this.keys = new SessionKeys(sessions);
    this.postings = new PostingLists({ items, cells: postings, largest });
    this.rows = new Uint32Array(sessions * (ROW_HEAD + sessionItems));
    this.#stride = ROW_HEAD + sessionItems;
    this.sessionsWith = new Uint32Array(items);
    this.slotMask = sessions - 1;
  }

  /** Sessions that are kept. */
  get sessions(): number {
    return this.#kept;
  }

  /** Number of the next session. */
  get next(): number {
    return this.#next;
  }

  /** Bytes that its arrays may take; names of items come on top, about 150 bytes each. */
  get bytesMax(): number {
    const { sessions, items, sessionItems, postings } = this.capacity;
    return 4 * (sessions * (sessionItems + ROW_HEAD + 4) + postings) + items * 17;
  }

  /** One interaction: it continues the key's session, or begins one after a silence. Answers the item's number. */
  add(key: string, { item, weight }: Interaction, time: EpochMs): number {
    return this.addTo(hash53(key), { item, weight }, time);
  }

  /** The same for a key that was hashed (`hash53`) already. */
  addTo(hash: number, { item: name, weight }: Interaction, time: EpochMs): number {
    const seconds = Math.floor(time / 1_000);
    this.#makeRoomFor(name);
    const slot = this.#sessionFor(hash, seconds);
    // Only now: the session that had to go may have been the last one with the item.
    const item = this.items.find(name) ?? this.items.add(name);
    const { rows } = this;
    const { sessionItems } = this.capacity;
    const row = slot * this.#stride;
    const count = rows[row] as number;
    const known = this.#rowHas(row, item);
    const place = row + ROW_HEAD + (count % sessionItems);
    const gone = count < sessionItems ? item : itemIn(rows[place] as number);
    rows[place] = packCell(item, weight);
    rows[row] = count + 1;
    if (seconds > (rows[row + 1] as number)) rows[row + 1] = seconds;
    if (!known) {
      this.sessionsWith[item] = (this.sessionsWith[item] as number) + 1;
      this.postings.add(item, this.#numberOf(slot));
    }
    if (gone !== item && !this.#rowHas(row, gone)) this.#leave(gone);
    return item;
  }

  /** All sessions of a key are empty from here on, the earlier ones, too. */
  forget(key: string): void {
    const hash = hash53(key);
    for (let n = this.#kept; n > 0; n--) {
      const slot = (this.#next - n) & this.slotMask;
      if (!this.keys.has(slot, hash)) continue;
      this.keys.remove(slot);
      this.#clear(slot);
      this.keys.clear(slot);
      this.rows.fill(0, slot * this.#stride, (slot + 1) * this.#stride);
    }
  }

  /** Slot of a key's newest session; -1 where there is none. */
  slotOf(key: string): number {
    return this.keys.find(hash53(key));
  }

  #sessionFor(hash: number, seconds: number): number {
    const found = this.keys.find(hash);
    if (
      found >= 0 &&
      (seconds - (this.rows[found * this.#stride + 1] as number)) * 1_000 <= this.capacity.idleMs
    )
      return found;
    if (this.#kept > this.slotMask) this.#evict();
    const slot = this.#next & this.slotMask;
    this.#next = (this.#next + 1) >>> 0;
    this.#kept++;
    this.keys.set(hash, slot);
    this.rows.fill(0, slot * this.#stride, slot * this.#stride + ROW_HEAD);
    return slot;
  }

  /** Where all numbers are taken, a new item makes the oldest sessions go, until one of their items does. */
  #makeRoomFor(name: string): void {
    const { items } = this.capacity;
    if (this.items.size < items || this.items.find(name) !== undefined) return;
    while (this.items.size >= items) this.#evict();
  }

  #oldest(): number {
    return (this.#next - this.#kept) & this.slotMask;
  }

  #evict(): void {
    assert(this.#kept > 0, 'what is known is known from a session');
    const slot = this.#oldest();
    this.keys.remove(slot);
    this.#clear(slot);
    this.#kept--;
  }

  /** Takes a row's items out, one by one, so that each leaves once. */
  #clear(slot: number): void {
    const row = slot * this.#stride;
    const to = this.#endOf(row);
    for (let place = row + ROW_HEAD; place < to; place++) {
      const item = itemIn(this.rows[place] as number);
      if (!this.#hasAmong({ from: place + 1, to }, item)) this.#leave(item);
    }
  }

  /** One row less has the item; without any it is forgotten, and its number free. */
  #leave(item: number): void {
    const left = (this.sessionsWith[item] as number) - 1;
    this.sessionsWith[item] = left;
    if (left > 0) return;
    this.postings.drop(item);
    this.items.forget(item);
  }

  #rowHas(row: number, item: number): boolean {
    return this.#hasAmong({ from: row + ROW_HEAD, to: this.#endOf(row) }, item);
  }

  #endOf(row: number): number {
    return row + ROW_HEAD + Math.min(this.rows[row] as number, this.capacity.sessionItems);
  }

  #hasAmong({ from, to }: { readonly from: number; readonly to: number }, item: number): boolean {
    for (let place = from; place < to; place++) if (itemIn(this.rows[place] as number) === item) return true;
    return false;
  }

  #numberOf(slot: number): number {
    const newest = (this.#next - 1) >>> 0;
    return (newest - ((newest - slot) & this.slotMask)) >>> 0;
  }

  /** Only for what reads a snapshot: how many sessions there were, after everything else is in place. */
  resume({ next, kept }: { readonly next: number; readonly kept: number }): void {
    this.#next = next;
    this.#kept = kept;
  }
}
