import { limits } from '../limits.ts';
import { isJsonObject, type JsonObject } from '../model/json.ts';
import type { Interaction } from '../model/recommendation.ts';
import type { History } from '../ports/history.ts';
import { interactionColumns, interactionOfAnswer, teachingTypes } from '../recommend/interactions.ts';
import type { Gap } from './log-gaps.ts';

/** One day of events, and how many of them teach something. */
interface PastDay {
  readonly day: string;
  readonly rows: number;
}

const DAYS_MAX = 20_000;
const TYPES = teachingTypes.map((type) => `'${type}'`).join(', ');

/**
 * What stretches of the logs have taught, out of history: page by page in the order of event time, no more than the newest
 * days with so many rows. After a failure the same page can be asked for again; nothing comes twice.
 */
export class PastInteractions {
  readonly gaps: readonly Gap[];
  readonly #history: Pick<History, 'query'>;
  readonly #where: string;
  /** Ascending. Undefined before the first question. */
  #days: PastDay[] | undefined;
  /** Of the day at hand, the last row that was read. */
  #after: string | undefined;

  constructor(history: Pick<History, 'query'>, gaps: readonly Gap[]) {
    this.gaps = gaps;
    this.#history = history;
    const within = gaps.map(
      ({ partition, after, upTo }) => `(\`partition\` = ${partition} AND seq > ${after} AND seq <= ${upTo})`,
    );
    this.#where = `type IN (${TYPES}) AND (${within.join(' OR ')})`;
  }

  /** Rows that are still to be read; undefined before that is known. */
  get rowsLeft(): number | undefined {
    return this.#days?.reduce((sum, { rows }) => sum + rows, 0);
  }

  /** The next page; undefined after the last one. Fails as the history does. */
  async next(): Promise<readonly Interaction[] | undefined> {
    this.#days ??= await this.#readDays();
    const [day] = this.#days;
    if (day === undefined) return undefined;
    const rows = await this.#readPage(day.day);
    const last = rows.at(-1);
    if (rows.length < limits.interactionsPageRows || last === undefined) {
      this.#days.shift();
      this.#after = undefined;
    } else {
      const { at, partition, seq, idx, ord } = last;
      this.#after = [at, partition, seq, idx, ord].map(Number).join(', ');
    }
    return rows.map(interactionOfAnswer).filter((each) => each !== undefined);
  }

  async #readDays(): Promise<PastDay[]> {
    if (this.gaps.length === 0) return [];
    const rows = await this.#ask(
      `SELECT toString(toDate(time)) AS day, count() AS n FROM events WHERE ${this.#where} ` +
        `GROUP BY day ORDER BY day DESC LIMIT ${DAYS_MAX}`,
    );
    const days: PastDay[] = [];
    let left: number = limits.interactionsGatheredMax;
    for (const { day, n } of rows) {
      left -= Number(n);
      // The newest day counts however many rows it has.
      if (left < 0 && days.length > 0) break;
      days.push({ day: String(day), rows: Number(n) });
    }
    return days.reverse();
  }

  async #readPage(day: string): Promise<readonly JsonObject[]> {
    const after =
      this.#after === undefined ? '' : ` AND (at, \`partition\`, seq, idx, ord) > (${this.#after})`;
    return await this.#ask(
      `SELECT ${interactionColumns}, \`partition\`, seq, idx, ord FROM events ` +
        `WHERE toDate(time) = '${day}' AND ${this.#where}${after} ` +
        `ORDER BY at, \`partition\`, seq, idx, ord LIMIT ${limits.interactionsPageRows}`,
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
