import { TesseraError } from '../errors.ts';
import { limits } from '../limits.ts';
import { isJsonObject, type JsonObject } from '../model/json.ts';
import type { Interaction, Teachers } from '../model/recommendation.ts';
import type { EpochMs } from '../model/time.ts';
import type { History } from '../ports/history.ts';
import {
  interactionColumns,
  interactionOfAnswer,
  leastLesson,
  teachingTypes,
} from '../recommend/interactions.ts';
import type { Gap } from './log-gaps.ts';

/** So many rows that teach something, from a moment until before another one. */
interface Stretch {
  readonly from: EpochMs;
  readonly until: EpochMs;
  readonly rows: number;
}

/** Which rows: of what was missed, and by whom. */
export interface PastRows {
  readonly gaps: readonly Gap[];
  readonly teachers: Teachers;
}

export interface PastBounds {
  /** Of more than so many rows the newest are read. */
  readonly rows: number;
  readonly pageRows: number;
}

const BOUNDS: PastBounds = { rows: limits.interactionsGatheredMax, pageRows: limits.interactionsPageRows };
const DAYS_MAX = 20_000;
/** What holds more rows than a page is counted again by the next one. */
const UNITS_MS = [24 * 60 * 60_000, 60 * 60_000, 60_000, 1_000] as const;
const TYPES = teachingTypes.map((type) => `'${type}'`).join(', ');

/**
 * What stretches of the logs have taught, out of history: page by page in the order of event time, no more than the newest
 * so many rows. A page reads and sorts a stretch of time that holds about as many rows as fit into it, never a whole busy
 * day. After a failure the same page can be asked for again; nothing comes twice.
 */
export class PastInteractions {
  readonly gaps: readonly Gap[];
  readonly #history: Pick<History, 'query'>;
  readonly #bounds: PastBounds;
  readonly #teachers: Teachers;
  readonly #where: string;
  /** Ascending. Undefined before the first question. */
  #stretches: Stretch[] | undefined;
  /** Of the stretch at hand, the last row that was read. */
  #after: string | undefined;
  /** Fewer than the bound while rows are so large that an answer could not hold as many. */
  #pageRows: number;

  constructor(history: Pick<History, 'query'>, { gaps, teachers }: PastRows, bounds: PastBounds = BOUNDS) {
    this.gaps = gaps;
    this.#teachers = teachers;
    this.#history = history;
    this.#bounds = bounds;
    this.#pageRows = bounds.pageRows;
    const within = gaps.map(
      ({ partition, after, upTo }) => `(\`partition\` = ${partition} AND seq > ${after} AND seq <= ${upTo})`,
    );
    this.#where = `type IN (${TYPES}) AND lesson >= ${leastLesson(teachers)} AND (${within.join(' OR ')})`;
  }

  /** Rows that are still to be read; undefined before that is known. */
  get rowsLeft(): number | undefined {
    return this.#stretches?.reduce((sum, { rows }) => sum + rows, 0);
  }

  /** The next page; undefined after the last one. Fails as the history does. */
  async next(): Promise<readonly Interaction[] | undefined> {
    this.#stretches ??= this.#joined(await this.#newest(await this.#days(), this.#bounds.rows));
    const stretch = await this.#narrowFirst(this.#stretches);
    if (stretch === undefined) return undefined;
    const rows = await this.#readPage(stretch);
    const last = rows.at(-1);
    if (rows.length < this.#pageRows || last === undefined) {
      this.#stretches.shift();
      this.#after = undefined;
      this.#pageRows = this.#bounds.pageRows;
    } else {
      const { at, partition, seq, idx, ord } = last;
      this.#after = [at, partition, seq, idx, ord].map(Number).join(', ');
    }
    return rows.map((row) => interactionOfAnswer(row, this.#teachers)).filter((each) => each !== undefined);
  }

  /** The first stretch, once it is about a page long, or a second. */
  async #narrowFirst(stretches: Stretch[]): Promise<Stretch | undefined> {
    for (;;) {
      const [first] = stretches;
      if (first === undefined || first.rows <= this.#bounds.pageRows) return first;
      const finer = await this.#finer(first);
      if (finer === undefined) return first;
      stretches.splice(0, 1, ...this.#joined(finer));
    }
  }

  async #days(): Promise<readonly Stretch[]> {
    return this.gaps.length === 0 ? [] : await this.#count(UNITS_MS[0], '');
  }

  /** Ascending; undefined where there is no finer unit. */
  async #finer(stretch: Stretch): Promise<readonly Stretch[] | undefined> {
    const unit = UNITS_MS.find((each) => each < stretch.until - stretch.from);
    return unit === undefined ? undefined : await this.#count(unit, timeWithin(stretch));
  }

  async #count(unit: number, within: string): Promise<readonly Stretch[]> {
    const rows = await this.#ask(
      `SELECT toInt64(floor(toUnixTimestamp64Milli(time) / ${unit})) AS unit, count() AS n FROM events ` +
        `WHERE ${this.#where}${within} GROUP BY unit ORDER BY unit DESC LIMIT ${DAYS_MAX}`,
    );
    return rows
      .map((row) => ({
        from: Number(row.unit) * unit,
        until: (Number(row.unit) + 1) * unit,
        rows: Number(row.n),
      }))
      .reverse();
  }

  /** The newest of what is given, by the second, with no more rows than may be. */
  async #newest(stretches: readonly Stretch[], rowsMax: number): Promise<readonly Stretch[]> {
    let left = rowsMax;
    let first = stretches.length;
    for (let rows = stretches[first - 1]?.rows; rows !== undefined && rows <= left; ) {
      left -= rows;
      rows = stretches[--first - 1]?.rows;
    }
    const whole = stretches.slice(first);
    const part = stretches[first - 1];
    const finer = part === undefined || left === 0 ? undefined : await this.#finer(part);
    return finer === undefined ? whole : [...(await this.#newest(finer, left)), ...whole];
  }

  /** Neighbors that one page can hold become one. */
  #joined(stretches: readonly Stretch[]): Stretch[] {
    const joined: Stretch[] = [];
    for (const { from, until, rows } of stretches) {
      const before = joined.at(-1);
      if (before !== undefined && before.rows + rows <= this.#bounds.pageRows)
        joined[joined.length - 1] = { from: before.from, until, rows: before.rows + rows };
      else joined.push({ from, until, rows });
    }
    return joined;
  }

  /** Rows that are too large for one answer are asked for in halves, and so on for the rest of the stretch. */
  async #readPage(stretch: Stretch): Promise<readonly JsonObject[]> {
    for (;;) {
      try {
        return await this.#ask(this.#pageOf(stretch));
      } catch (error) {
        const isRefused = error instanceof TesseraError && error.code === 'sql_error';
        if (!isRefused || this.#pageRows <= 1) throw error;
        this.#pageRows = Math.ceil(this.#pageRows / 2);
      }
    }
  }

  #pageOf(stretch: Stretch): string {
    const after =
      this.#after === undefined ? '' : ` AND (at, \`partition\`, seq, idx, ord) > (${this.#after})`;
    return (
      `SELECT ${interactionColumns}, \`partition\`, seq, idx, ord FROM events ` +
      `WHERE ${this.#where}${timeWithin(stretch)}${after} ` +
      `ORDER BY at, \`partition\`, seq, idx, ord LIMIT ${this.#pageRows}`
    );
  }

  async #ask(sql: string): Promise<readonly JsonObject[]> {
    const text = await this.#history.query(sql, 'JSONEachRow');
    const rows: JsonObject[] = [];
    for (const line of text.split('\n')) {
      if (line === '') continue;
      const row: unknown = JSON.parse(line);
      if (isJsonObject(row)) rows.push(row);
    }
    return rows;
  }
}

/** The table is sorted by days among other things, which are said for its index; before 1970 a date is none. */
function timeWithin({ from, until }: Stretch): string {
  const moment = (ms: EpochMs): string => `fromUnixTimestamp64Milli(${ms}, 'UTC')`;
  const days =
    from < 0 ? '' : ` AND toDate(time) BETWEEN toDate(${moment(from)}) AND toDate(${moment(until - 1)})`;
  return `${days} AND time >= ${moment(from)} AND time < ${moment(until)}`;
}
