import { assert } from '../errors.ts';
import { isJsonObject } from './json.ts';

/** How far the historian has brought a partition's spool. */
export interface SpoolCursor {
  /** Inserted up to here. */
  readonly done: number;
  /**
   * Names the act of saving it, where several processes may: after the store stepped back the same numbers can come
   * again for other rows, and no comparison may take them for the cursor of before.
   */
  readonly by?: string;
  /** The block being inserted, fixed before the first try. */
  readonly cut?: { readonly first: number; readonly last: number };
  /** Entries that lie in a log instead of in the store, ascending; see `src/historian/spool-spill.ts`. */
  readonly spilled?: readonly SpilledRange[];
  /** Who is moving entries to the log right now: gone if the store stepped back behind the beginning. */
  readonly spilling?: string;
}

/** Entries `first` to `last`, in that order, in the messages `fromSeq` to `toSeq` of the spill log. */
export interface SpilledRange {
  readonly first: number;
  readonly last: number;
  readonly fromSeq: number;
  readonly toSeq: number;
}

/** One cursor, one text: stores compare cursors by it. */
export function encodeCursor({ done, by, cut, spilled, spilling }: SpoolCursor): string {
  return JSON.stringify({
    done,
    ...(by === undefined ? {} : { by }),
    ...(cut === undefined ? {} : { cut: { first: cut.first, last: cut.last } }),
    ...(spilled === undefined || spilled.length === 0 ? {} : { spilled: spilled.map(inOrder) }),
    ...(spilling === undefined ? {} : { spilling }),
  });
}

/** Undefined where the text is no cursor. */
export function decodeCursor(text: string): SpoolCursor | undefined {
  const value: unknown = JSON.parse(text);
  if (!isJsonObject(value)) return undefined;
  const { done, by, cut, spilled, spilling } = value;
  if (typeof done !== 'number') return undefined;
  const range = cut === undefined ? undefined : numbersOf(cut, ['first', 'last']);
  const ranges = Array.isArray(spilled) ? spilled.map((one: unknown) => numbersOf(one, RANGE)) : [];
  return {
    done,
    ...(typeof by === 'string' ? { by } : {}),
    ...(range === undefined ? {} : { cut: { first: range.first, last: range.last } }),
    ...(ranges.length === 0 ? {} : { spilled: ranges.map((one) => inOrder(one)) }),
    ...(typeof spilling === 'string' ? { spilling } : {}),
  };
}

export function sameCursor(one: SpoolCursor | undefined, other: SpoolCursor | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return encodeCursor(one) === encodeCursor(other);
}

/** The highest entry that a store may drop: history has it, or the spill log. */
export function droppableUpTo(cursor: SpoolCursor | undefined): number {
  return Math.max(cursor?.done ?? 0, cursor?.spilled?.at(-1)?.last ?? 0);
}

const RANGE = ['first', 'last', 'fromSeq', 'toSeq'] as const;

function inOrder({ first, last, fromSeq, toSeq }: SpilledRange): SpilledRange {
  return { first, last, fromSeq, toSeq };
}

function numbersOf<Name extends string>(value: unknown, names: readonly Name[]): Record<Name, number> {
  assert(isJsonObject(value), 'a range of the spool is an object');
  const entries = names.map((name): [Name, number] => {
    const number = value[name];
    assert(typeof number === 'number', 'a range of the spool is made of numbers');
    return [name, number];
  });
  // `names` lists every member of the result.
  return Object.fromEntries(entries) as Record<Name, number>;
}
