import { TesseraError } from '../../errors.ts';
import { limits } from '../../limits.ts';
import type { EventBuilder } from './event-builder.ts';
import type { Feed, ImportPosition, Reject, UnitSource } from './feed.ts';
import { type RowsOptions, type RowVisitor, readRows } from './read-rows.ts';
import type { RecordReader } from './record-reader.ts';
import type { Row, Unit } from './writers.ts';

/** Files in which every row is an event of its own. */
export function createRowSource(builder: EventBuilder, rows: RowsOptions): UnitSource {
  return {
    async newest() {
      const visitor = new NewestVisitor(builder);
      await readRows(rows, visitor);
      return visitor.newest;
    },
    run: (feed: Feed, from: ImportPosition, shiftMs: number) =>
      readRows({ ...rows, from }, new FeedVisitor(builder, feed, shiftMs)),
  };
}

/** Builds a unit's event into the feed, or lists the unit as rejected with the reason. */
export function feedUnit(
  builder: EventBuilder,
  unit: Unit,
  to: { readonly feed: Feed; readonly shiftMs: number },
): void {
  const group = builder.key === undefined ? undefined : unit.key;
  try {
    const json = builder.build(unit, to.shiftMs);
    if (json.length > limits.eventBytesMax / 3 && Buffer.byteLength(json) > limits.eventBytesMax) {
      throw new TesseraError('event_too_large');
    }
    to.feed.event(json, unit.line, group);
  } catch (error) {
    if (!(error instanceof TesseraError) || error.code === 'internal') throw error;
    to.feed.reject(rejectOf(error, unit.line, group));
  }
}

export function rejectOf(error: TesseraError, line: number, group?: string): Reject {
  return {
    line,
    code: error.code,
    message: error.message,
    ...(group === undefined ? {} : { group }),
    ...(error.path === undefined ? {} : { path: error.path }),
  };
}

/** One unit and one list, filled again for every row: a row costs no objects besides its fields. */
class ReusedUnit implements Unit {
  row: Row = [];
  readonly rows: Row[] = [[]];
  line = 0;
  key = '';

  take(row: Row, line: number): this {
    this.row = row;
    this.rows[0] = row;
    this.line = line;
    return this;
  }
}

class FeedVisitor implements RowVisitor {
  readonly #builder: EventBuilder;
  readonly #feed: Feed;
  readonly #to: { readonly feed: Feed; readonly shiftMs: number };
  readonly #unit = new ReusedUnit();

  constructor(builder: EventBuilder, feed: Feed, shiftMs: number) {
    this.#builder = builder;
    this.#feed = feed;
    this.#to = { feed, shiftMs };
  }

  get stopped(): boolean {
    return this.#feed.done;
  }

  row(row: Row, reader: RecordReader): Promise<void> | undefined {
    feedUnit(this.#builder, this.#unit.take(row, reader.line), this.#to);
    return this.#next(reader);
  }

  bad(error: TesseraError, reader: RecordReader): Promise<void> | undefined {
    this.#feed.reject(rejectOf(error, reader.line));
    return this.#next(reader);
  }

  #next(reader: RecordReader): Promise<void> | undefined {
    this.#feed.mark(reader.offset, reader.nextLine);
    return this.#feed.full ? this.#feed.flush() : undefined;
  }
}

class NewestVisitor implements RowVisitor {
  readonly stopped = false;
  newest: number | undefined;
  readonly #builder: EventBuilder;
  readonly #unit = new ReusedUnit();

  constructor(builder: EventBuilder) {
    this.#builder = builder;
  }

  row(row: Row, reader: RecordReader): undefined {
    const at = timeOrNothing(this.#builder, this.#unit.take(row, reader.line));
    if (at !== undefined && (this.newest === undefined || at > this.newest)) this.newest = at;
  }

  /** The run proper lists it. */
  bad(): undefined {}
}

/** A unit without a readable time is rejected later; until then it has no say. */
export function timeOrNothing(builder: EventBuilder, unit: Unit): number | undefined {
  try {
    return builder.timeOf(unit);
  } catch (error) {
    if (error instanceof TesseraError && error.code === 'invalid_time') return undefined;
    throw error;
  }
}
