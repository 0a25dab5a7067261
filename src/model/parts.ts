/** Where parts come from that nobody has asked for yet. */
export interface PackedParts<Key, Part> {
  /** All of them. */
  readonly bytes: Uint8Array;
  /** What is there, in order; asked for once, by the first who wants to know. */
  directory(): Directory<Key>;
  unpack(start: number, end: number): Part;
}

/** Each list has an entry for each part, and is the caller's to change. */
export interface Directory<Key> {
  readonly keys: Key[];
  /** Where its bytes begin, and where they end. */
  readonly starts: number[];
  readonly ends: number[];
  /** A number about the part that can be had without it. */
  readonly notes: number[];
}

export interface PackedPart {
  readonly start: number;
  readonly end: number;
  readonly note: number;
}

/** Hears of parts that are to be stored. */
export interface PartListener<Key, Part> {
  kept(key: Key, packed: PackedPart): void;
  changed(key: Key, part: Part): void;
}

/** Of a part about which there is no number. */
export const NO_NOTE = 0;

/** The start of a part that has no bytes of its own, or may be another one by now. */
export const ANEW = -1;

const NOTHING = new Uint8Array();

/**
 * A map of which most parts stay packed: what the features of a facet have counted, what a profile remembers for triggers. An event
 * concerns a few of them; what nobody asks for is neither made nor written anew, and takes its bytes instead of eight times as much.
 *
 * A part that `get` or an iteration gave out counts as changed, because whoever has it may change it; `peek` is for who only looks.
 * Keys are in the order in which they came, as in a Map.
 */
export class Parts<Key extends string | number, Part> {
  #packed: PackedParts<Key, Part> | undefined;
  /** Undefined until somebody asks for anything of what is packed. */
  #keys: Key[] | undefined;
  #parts: (Part | undefined)[] = [];
  #starts: number[] = [];
  #ends: number[] = [];
  #notes: number[] = [];

  constructor(packed?: PackedParts<Key, Part>) {
    this.#packed = packed;
    if (packed === undefined) this.#keys = [];
  }

  get size(): number {
    return this.#open().length;
  }

  has(key: Key): boolean {
    return this.#open().includes(key);
  }

  /** The part, for whoever may change it. */
  get(key: Key): Part | undefined {
    const at = this.#open().indexOf(key);
    return at < 0 ? undefined : this.#take(at);
  }

  /** The part, for whoever changes nothing in it. */
  peek(key: Key): Part | undefined {
    const at = this.#open().indexOf(key);
    return at < 0 ? undefined : this.#made(at);
  }

  set(key: Key, part: Part): this {
    const keys = this.#open();
    const known = keys.indexOf(key);
    const at = known < 0 ? keys.push(key) - 1 : known;
    this.#parts[at] = part;
    this.#starts[at] = ANEW;
    return this;
  }

  delete(key: Key): boolean {
    const at = this.#open().indexOf(key);
    if (at < 0) return false;
    for (const list of [this.#open(), this.#parts, this.#starts, this.#ends, this.#notes]) list.splice(at, 1);
    return true;
  }

  clear(): void {
    this.#keys = [];
    this.#parts = [];
    this.#starts = [];
    this.#ends = [];
    this.#notes = [];
  }

  /** As they are now: some may go and come while somebody goes through them. */
  keys(): readonly Key[] {
    return [...this.#open()];
  }

  *[Symbol.iterator](): Generator<[Key, Part]> {
    for (const key of this.keys()) {
      const part = this.get(key);
      if (part !== undefined) yield [key, part];
    }
  }

  *values(): Generator<Part> {
    for (const [, part] of this) yield part;
  }

  /** The least note of all parts, where those that may have been changed say their own; undefined where none has any. */
  least(noteOf: (part: Part) => number | undefined): number | undefined {
    let least: number | undefined;
    for (let at = 0; at < this.#open().length; at++) {
      const note = this.#starts[at] === ANEW ? noteOf(this.#parts[at] as Part) : this.#notes[at];
      if (note !== undefined && note !== NO_NOTE && (least === undefined || note < least)) least = note;
    }
    return least;
  }

  /** Tells of each of these keys, in this order, where its bytes are, or the part where it may be another one. Answers the bytes. */
  tell(wanted: readonly Key[], listener: PartListener<Key, Part>): Uint8Array {
    const keys = this.#open();
    let next = 0;
    for (const key of wanted) {
      // As a rule they come in their order.
      const at = keys[next] === key ? next : keys.indexOf(key);
      if (at < 0) continue;
      next = at + 1;
      const start = this.#starts[at] as number;
      if (start === ANEW) listener.changed(key, this.#parts[at] as Part);
      else listener.kept(key, { start, end: this.#ends[at] as number, note: this.#notes[at] as number });
    }
    return this.#packed?.bytes ?? NOTHING;
  }

  /** It is stored: from here on its bytes are enough. */
  settle(packed: PackedParts<Key, Part>): void {
    this.clear();
    this.#packed = packed;
    this.#keys = undefined;
  }

  #open(): Key[] {
    if (this.#keys !== undefined) return this.#keys;
    const { keys = [], starts = [], ends = [], notes = [] } = this.#packed?.directory() ?? {};
    this.#keys = keys;
    this.#starts = starts;
    this.#ends = ends;
    this.#notes = notes;
    return keys;
  }

  #take(at: number): Part {
    const part = this.#made(at);
    this.#starts[at] = ANEW;
    return part;
  }

  #made(at: number): Part {
    const known = this.#parts[at];
    if (known !== undefined) return known;
    const part = (this.#packed as PackedParts<Key, Part>).unpack(
      this.#starts[at] as number,
      this.#ends[at] as number,
    );
    this.#parts[at] = part;
    return part;
  }
}
