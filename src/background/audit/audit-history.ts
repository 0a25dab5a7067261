import { limits } from '../../limits.ts';
import type { ChainedAuditEntry } from '../../model/audit.ts';
import { sqlTime } from '../../model/sql-time.ts';
import type { AuditPage, AuditStore } from '../../ports/audit.ts';
import type { History } from '../../ports/history.ts';
import { RepeatedLook } from '../repeated-look.ts';
import { readLines } from './chain.ts';

export interface AuditHistoryOptions {
  readonly store: AuditStore;
  readonly history: History;
  /** Whether this node brings all chains to history by itself. */
  readonly leads: () => boolean;
  readonly onError: (error: unknown) => void;
}

/**
 * Copies the chains to the table `audit`, so that they can be searched: page by page, each page one block, inserted under
 * a token of its own, so that it is there once, whoever inserts it and however often. The chains are what counts; the copy
 * may be behind.
 */
export class AuditHistory {
  readonly #options: AuditHistoryOptions;
  readonly #looking: RepeatedLook;
  /** How far each chain has come; unknown until history was asked. */
  readonly #copied = new Map<string, number>();

  constructor(options: AuditHistoryOptions) {
    this.#options = options;
    const { onError } = options;
    this.#looking = new RepeatedLook({
      everyMs: limits.auditHistoryEveryMs,
      look: () => this.#copyIfLeading(),
      onError,
    });
  }

  start(): void {
    this.#looking.start();
  }

  async stop(): Promise<void> {
    await this.#looking.stop();
  }

  async #copyIfLeading(): Promise<void> {
    if (this.#options.leads()) await this.copy();
  }

  /** Brings over what is new; fails as history and the store do, and goes on from there the next time. */
  async copy(): Promise<void> {
    const { store } = this.#options;
    for (const chain of await store.chains()) {
      let after = this.#copied.get(chain) ?? (await this.#present(chain));
      for (;;) {
        const pages = await store.pages(chain, after, limits.auditReadPages);
        for (const page of pages) {
          await this.#insert(chain, page);
          after = page.n;
          this.#copied.set(chain, after);
          if (this.#looking.signal.aborted) return;
        }
        if (pages.length < limits.auditReadPages) break;
      }
    }
  }

  /** The first entry of the last page that history has. */
  async #present(chain: string): Promise<number> {
    // What is no name of a chain was put there by somebody else, and is no part of a query.
    if (!/^[\w.-]{1,64}$/.test(chain)) return Number.MAX_SAFE_INTEGER;
    const sql = `SELECT max(page) AS page FROM audit WHERE chain = '${chain}'`;
    const answer: unknown = JSON.parse(await this.#options.history.query(sql, 'JSONCompactEachRow'));
    return Array.isArray(answer) ? Number(answer[0]) : 0;
  }

  async #insert(chain: string, page: AuditPage): Promise<void> {
    const lines = readLines(page.bytes).flatMap(({ entry }) =>
      entry === undefined ? [] : [JSON.stringify(rowOf(entry, page.n))],
    );
    if (lines.length === 0) return;
    await this.#options.history.insert({ table: 'audit', lines }, `audit:${chain}:${page.n}`);
  }
}

/** In the order of the columns. */
function rowOf(entry: ChainedAuditEntry, page: number): readonly unknown[] {
  const { chain, n, at, action, author, subjects, fields, target, via, count, detail } = entry;
  return [
    chain,
    n,
    page,
    sqlTime(at),
    action,
    author,
    subjects ?? [],
    fields ?? [],
    target ?? '',
    via ?? '',
    count ?? 0,
    detail ?? '',
  ];
}
