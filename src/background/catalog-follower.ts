import { CATALOG_PREFIXES, Catalog } from '../catalog/catalog.ts';
import { limits } from '../limits.ts';
import type { CatalogHead, CatalogJournal } from '../model/catalog.ts';
import { keys } from '../model/keys.ts';
import type { StateReader } from '../ports/state.ts';
import type { EntryCodec } from '../runner/entry-cache.ts';

export interface CatalogFollowerOptions {
  readonly state: StateReader;
  readonly codec: EntryCodec;
  readonly onError: (error: unknown) => void;
}

/**
 * Keeps this node's catalog up to date with what identity has committed: read whole at the start, then change by change as the
 * journal lists them, looked for several times a second. Whoever has fallen behind the journal reads everything again.
 */
export class CatalogFollower {
  readonly #options: CatalogFollowerOptions;
  #catalog = new Catalog();
  #timer: NodeJS.Timeout | undefined;
  #reading: Promise<void> | undefined;

  constructor(options: CatalogFollowerOptions) {
    this.#options = options;
  }

  /** What is known by now; another object after everything was read again. */
  get catalog(): Catalog {
    return this.#catalog;
  }

  start(): void {
    if (this.#timer !== undefined) return;
    const look = (): void => {
      if (this.#reading === undefined) void this.refresh().catch(this.#options.onError);
    };
    look();
    this.#timer = setInterval(look, limits.catalogPollMs).unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    // Whoever reads has been told of a failure.
    await this.#reading?.catch(() => undefined);
  }

  /** What is committed by now is known when this resolves. */
  async refresh(): Promise<void> {
    // Who asks while somebody reads may have to see something newer than that; its failure is told where it began.
    while (this.#reading !== undefined) await this.#reading.catch(() => undefined);
    this.#reading = this.#read().finally(() => {
      this.#reading = undefined;
    });
    await this.#reading;
  }

  async #read(): Promise<void> {
    const [head] = await this.#entries<CatalogHead>([keys.catalog]);
    const version = head?.version ?? 0;
    const behind = version - this.#catalog.version;
    if (behind === 0) return;
    if (behind < 0 || behind >= limits.catalogJournalMax || this.#catalog.version === 0)
      await this.#readAll(version);
    else await this.#readJournal(version);
  }

  /** Entries may be newer than the version that was read before them: reading them again later does no harm. */
  async #readAll(version: number): Promise<void> {
    const { state, codec } = this.#options;
    const catalog = new Catalog();
    for (const prefix of CATALOG_PREFIXES) {
      for (let after = ''; ; ) {
        const page = await state.scan(prefix, after, limits.pageMax);
        for (const [key, bytes] of page) catalog.take(key, codec.decode(key, bytes));
        after = page.at(-1)?.[0] ?? after;
        if (page.length < limits.pageMax) break;
      }
    }
    catalog.version = version;
    this.#catalog = catalog;
  }

  async #readJournal(version: number): Promise<void> {
    const catalog = this.#catalog;
    const versions = Array.from({ length: version - catalog.version }, (_, n) => catalog.version + 1 + n);
    const journals = await this.#entries<CatalogJournal>(versions.map(keys.catalogJournal));
    const changed = new Set<string>();
    for (const journal of journals) {
      // Trimmed while it was looked for.
      if (journal === undefined) return await this.#readAll(version);
      for (const key of journal.keys) changed.add(key);
    }
    const wanted = [...changed];
    for (let from = 0; from < wanted.length; from += limits.pageMax) {
      const part = wanted.slice(from, from + limits.pageMax);
      const values = await this.#entries<object>(part);
      for (const [n, key] of part.entries()) catalog.take(key, values[n]);
    }
    catalog.version = version;
  }

  async #entries<T extends object>(wanted: readonly string[]): Promise<readonly (T | undefined)[]> {
    const { state, codec } = this.#options;
    const found = await state.read(wanted);
    // The codec answers the type that belongs to the key's prefix.
    return found.map((bytes, n) => bytes && (codec.decode(wanted[n] as string, bytes) as T));
  }
}
