import { TesseraError } from '../../src/errors.ts';
import { positionOf, rowKey } from '../../src/model/spool-entry.ts';
import type { History, HistoryBlock } from '../../src/ports/history.ts';

/**
 * What becomes of one insert: `refused` before it has any effect; `unheard`, because the connection breaks; `late`: it
 * takes effect after its sender has given up; `spoiled`: the server notes the token and dies before the rows.
 */
export type InsertFate = 'fine' | 'refused' | 'unheard' | 'late' | 'spoiled';

/** History as the historian knows it: a table of rows, and tokens that are taken once. */
export class SimulatedHistory {
  readonly #rows = new Map<number, string[]>();
  readonly #tokens = new Set<string>();
  #underWay: (() => void)[] = [];

  insert(block: HistoryBlock, token: string, fate: InsertFate): void {
    if (fate === 'late') this.#underWay.push(() => this.#take(block, token));
    if (fate === 'spoiled') this.#tokens.add(token);
    if (fate === 'fine' || fate === 'unheard') this.#take(block, token);
    if (fate !== 'fine') throw new TesseraError('history_unavailable', `simulated: ${fate}`);
  }

  /** What the server is still at work on comes to an end. */
  settle(): void {
    const underWay = this.#underWay;
    this.#underWay = [];
    for (const finish of underWay) finish();
  }

  present(...[table, partition, first, last]: Parameters<History['present']>): ReadonlySet<string> {
    const found = new Set<string>();
    for (const row of this.rowsOf(partition)) {
      if (!row.startsWith(`${table}\t`)) continue;
      const at = positionOf(row.slice(table.length + 1));
      if (at.seq >= first && at.seq <= last) found.add(rowKey(at.seq, at.index, at.ordinal));
    }
    return found;
  }

  /** As `table TAB json`. */
  rowsOf(partition: number): readonly string[] {
    return this.#rows.get(partition) ?? [];
  }

  #take({ table, lines }: HistoryBlock, token: string): void {
    if (this.#tokens.has(token)) return;
    this.#tokens.add(token);
    for (const line of lines) {
      const { partition } = positionOf(line);
      const rows = this.#rows.get(partition) ?? [];
      rows.push(`${table}\t${line}`);
      this.#rows.set(partition, rows);
    }
  }
}
