import type { StateView } from '../model/view.ts';

/** Turns an entry into bytes and back; the key's prefix says which kind it is. */
export interface EntryCodec {
  encode(key: string, value: object): Uint8Array;
  decode(key: string, bytes: Uint8Array): object;
  /** A facet without the states of its features, which are most of it. */
  decodeFacts?(key: string, bytes: Uint8Array): object;
}

/** Stays the same for as long as its key is in memory, so that whoever holds it need not look it up again. */
interface Slot {
  value: object | undefined;
  bytes: number;
}

/** An absent entry costs about this much too: absence is knowledge worth keeping. */
const SLOT_BYTES = 64;

/**
 * The authoritative cache of one partition: valid while the stored checkpoint is ours, dropped as a whole
 * when it is not. Bounded by encoded bytes, in two generations: what the old one holds and nobody asked for
 * since the last turn is let go, so that a look-up costs one or two Map reads and no list surgery.
 */
export class EntryCache implements StateView {
  #young = new Map<string, Slot>();
  #old = new Map<string, Slot>();
  #youngBytes = 0;
  readonly #dirty = new Map<string, Slot>();
  readonly #codec: EntryCodec;
  readonly #bytesMax: number;
  readonly #onEncoded: ((key: string, bytes: number) => void) | undefined;

  /** `onEncoded` is told of each entry that is about to be stored, with its size. */
  constructor(codec: EntryCodec, bytesMax: number, onEncoded?: (key: string, bytes: number) => void) {
    this.#codec = codec;
    this.#bytesMax = bytesMax;
    this.#onEncoded = onEncoded;
  }

  get<T extends object>(key: string): T | undefined {
    return this.#find(key)?.value as T | undefined;
  }

  has(key: string): boolean {
    return this.#find(key) !== undefined;
  }

  put(key: string, value: object): void {
    const slot = this.#find(key);
    if (slot !== undefined) slot.value = value;
    this.#dirty.set(key, slot ?? this.#add(key, value, SLOT_BYTES));
  }

  absent(key: string): void {
    if (!this.has(key)) this.#add(key, undefined, SLOT_BYTES);
  }

  remove(key: string): void {
    this.#dirty.set(key, this.#place(key, undefined, SLOT_BYTES));
  }

  /** Takes what the store answered for a key that was not in memory. */
  fill(key: string, bytes: Uint8Array | undefined): void {
    const value = bytes === undefined ? undefined : this.#codec.decode(key, bytes);
    this.#place(key, value, SLOT_BYTES + (bytes?.byteLength ?? 0));
  }

  /** Encodes what changed since the last commit; null deletes. Also refreshes the size of each entry. */
  changes(): Map<string, Uint8Array | null> {
    const entries = new Map<string, Uint8Array | null>();
    for (const [key, slot] of this.#dirty) {
      if (slot.value === undefined) entries.set(key, null);
      else {
        const bytes = this.#codec.encode(key, slot.value);
        this.#resize(slot, SLOT_BYTES + bytes.byteLength);
        entries.set(key, bytes);
        this.#onEncoded?.(key, bytes.byteLength);
      }
    }
    return entries;
  }

  /** As it is stored, or was when it last came or went; 0 where it is not in memory. */
  bytesOf(key: string): number {
    const slot = this.#young.get(key) ?? this.#old.get(key);
    return slot?.value === undefined ? 0 : slot.bytes - SLOT_BYTES;
  }

  get changed(): boolean {
    return this.#dirty.size > 0;
  }

  /** The changes are stored: forget which they were, and make room. Only here may entries leave. */
  committed(): void {
    this.#dirty.clear();
    if (this.#youngBytes * 2 > this.#bytesMax) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#youngBytes = 0;
    }
  }

  clear(): void {
    this.#young.clear();
    this.#old.clear();
    this.#dirty.clear();
    this.#youngBytes = 0;
  }

  get size(): number {
    return this.#young.size + this.#old.size;
  }

  #find(key: string): Slot | undefined {
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    const old = this.#old.get(key);
    if (old === undefined) return undefined;
    this.#old.delete(key);
    this.#young.set(key, old);
    this.#youngBytes += old.bytes;
    return old;
  }

  #place(key: string, value: object | undefined, bytes: number): Slot {
    const slot = this.#find(key);
    if (slot === undefined) return this.#add(key, value, bytes);
    slot.value = value;
    this.#resize(slot, bytes);
    return slot;
  }

  #add(key: string, value: object | undefined, bytes: number): Slot {
    const slot = { value, bytes };
    this.#young.set(key, slot);
    this.#youngBytes += bytes;
    return slot;
  }

  /** Of a young one, as every slot is that was just looked for, and every dirty one. */
  #resize(slot: Slot, bytes: number): void {
    this.#youngBytes += bytes - slot.bytes;
    slot.bytes = bytes;
  }
}
