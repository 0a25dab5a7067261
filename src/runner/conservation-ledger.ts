import { assert } from '../errors.ts';
import { limits } from '../limits.ts';
import { type Counted, minuteOf, noTallies, TALLY_NAMES, type Tallies } from '../model/conservation.ts';
import type { OutcomeStatus } from '../model/effect.ts';
import { type EpochMs, MINUTE_MS } from '../model/time.ts';
import { packPlain, unpackPlain } from './codec.ts';

/**
 * The books of one partition: what it took in from outside, and what it brought to an end, by minute of receipt and by source.
 * They are part of the partition's commit, so a crash, a zombie or a slot that steps back takes them along with the state
 * that they describe. An event may be received in one partition and come to its end in another: over all of them the two
 * sides are equal once nothing is on its way.
 *
 * A tally is open for a minute or two, then it leaves as a row of history; what comes for it later opens another one, and
 * rows add up. When that happens is decided by the log's own time, so a replay writes the same rows.
 */
export interface OpenTally {
  readonly minute: EpochMs;
  readonly source: string;
  /** It leaves at the first record from here on. */
  readonly closesAt: EpochMs;
  readonly tallies: Tallies;
}

export interface OpenLedger {
  /** When the books of the partition were opened; 0: they begin with its log. What was received before may be missing on either side. */
  readonly since: EpochMs;
  readonly open: readonly OpenTally[];
}

const NOTHING: readonly OpenTally[] = [];

export class ConservationLedger {
  #since: EpochMs | undefined;
  /** By source, then by minute: two look-ups and no text made for each event. */
  readonly #open = new Map<string, Map<EpochMs, OpenTally>>();
  #count = 0;
  #nextClosing = Number.POSITIVE_INFINITY;
  #isChanged = false;

  /** Takes what the partition's state holds: nothing at first (`isNew`), and in a state from before there were books. */
  load(bytes: Uint8Array | undefined, isNew: boolean): void {
    this.#open.clear();
    this.#count = 0;
    this.#nextClosing = Number.POSITIVE_INFINITY;
    const stored = bytes === undefined ? undefined : decodeLedger(bytes);
    this.#since = stored?.since ?? (isNew ? 0 : undefined);
    // That they begin with the log is known at the first commit alone.
    this.#isChanged = stored === undefined && isNew;
    for (const tally of stored?.open ?? []) this.#add(tally);
  }

  /** The record at this moment comes next: answers what is closed by then, or by having become too much. */
  turn(now: EpochMs): readonly OpenTally[] {
    if (this.#since === undefined) {
      this.#since = now;
      this.#isChanged = true;
    }
    const isFull = this.#count >= limits.ledgerTalliesMax;
    if (now < this.#nextClosing && !isFull) return NOTHING;
    const closed: OpenTally[] = [];
    this.#nextClosing = Number.POSITIVE_INFINITY;
    for (const [source, minutes] of this.#open) {
      for (const [minute, tally] of minutes) {
        if (isFull || tally.closesAt <= now) {
          closed.push(tally);
          minutes.delete(minute);
        } else this.#nextClosing = Math.min(this.#nextClosing, tally.closesAt);
      }
      if (minutes.size === 0) this.#open.delete(source);
    }
    this.#count -= closed.length;
    this.#isChanged = true;
    return closed;
  }

  receive(counted: Counted, now: EpochMs): void {
    this.#tally(counted, now).received += 1;
  }

  settle(counted: Counted, status: OutcomeStatus, now: EpochMs): void {
    this.#tally(counted, now)[status] += 1;
  }

  /** The entry to be stored, where anything has changed since the last commit. */
  changes(): Uint8Array | undefined {
    return this.#isChanged && this.#since !== undefined
      ? encodeLedger({
          since: this.#since,
          open: [...this.#open.values()].flatMap((each) => [...each.values()]),
        })
      : undefined;
  }

  committed(): void {
    this.#isChanged = false;
  }

  #tally({ source, receivedAt }: Counted, now: EpochMs): Tallies {
    this.#isChanged = true;
    const minute = minuteOf(receivedAt);
    const known = this.#open.get(source)?.get(minute);
    if (known !== undefined) return known.tallies;
    // Of an old minute more may follow: it stays open as long as a young one.
    const closesAt = Math.max(minute, minuteOf(now)) + MINUTE_MS + limits.ledgerGraceMs;
    const tallies = noTallies();
    this.#add({ minute, source, closesAt, tallies });
    return tallies;
  }

  #add(tally: OpenTally): void {
    const { source, minute, closesAt } = tally;
    let minutes = this.#open.get(source);
    if (minutes === undefined) {
      minutes = new Map();
      this.#open.set(source, minutes);
    }
    minutes.set(minute, tally);
    this.#count += 1;
    this.#nextClosing = Math.min(this.#nextClosing, closesAt);
  }
}

const VERSION = 1;

type PackedTally = [source: string, minute: number, closesAt: number, ...tallies: number[]];
type PackedLedger = [version: number, since: number, ...open: PackedTally[]];

/** In the order in which they were opened, which a replay repeats: equal books have equal bytes. */
export function encodeLedger({ since, open }: OpenLedger): Uint8Array {
  const packed: PackedLedger = [VERSION, since];
  for (const { source, minute, closesAt, tallies } of open)
    packed.push([source, minute, closesAt, ...TALLY_NAMES.map((name) => tallies[name])]);
  return packPlain(packed);
}

export function decodeLedger(bytes: Uint8Array): OpenLedger {
  const [version, since, ...open] = unpackPlain(bytes) as PackedLedger;
  assert(version === VERSION, `the ledger of conservation has the version ${version}`);
  return {
    since,
    open: open.map(([source, minute, closesAt, ...counts]) => {
      const tallies = noTallies();
      for (const [at, name] of TALLY_NAMES.entries()) tallies[name] = counts[at] ?? 0;
      return { source, minute, closesAt, tallies };
    }),
  };
}
