import { TesseraError } from '../../errors.ts';
import { limits } from '../../limits.ts';
import type { AuditEntry, AuditHead, ChainedAuditEntry } from '../../model/audit.ts';
import type { AuditStore, AuditTrail } from '../../ports/audit.ts';
import type { Clock } from '../../ports/clock.ts';
import {
  type ChainEnd,
  type ChainKey,
  chainStart,
  follows,
  formatHead,
  linkEntry,
  readHead,
  readLines,
  writeHead,
} from './chain.ts';

export interface AuditWriterOptions {
  readonly store: AuditStore;
  readonly key: ChainKey;
  readonly clock: Clock;
  /** Who writes. Nobody else may write under this name at the same time. */
  readonly writer: string;
  /** Hears of what is durable. */
  readonly onWritten?: (entries: readonly ChainedAuditEntry[]) => void;
}

interface Waiting {
  readonly entries: readonly AuditEntry[];
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Writes one chain. While a page is being made durable, entries queue, and all of them go into the next one: an idle log
 * writes at once, a busy one writes larger pages.
 *
 * What an earlier start wrote is continued only where its end is what its head says. Otherwise a new chain begins beside
 * it (`name.2`): going on would write a head that hides what is missing.
 */
export class AuditWriter implements AuditTrail {
  readonly #options: AuditWriterOptions;
  readonly #chain: string;
  readonly #waiting: Waiting[] = [];
  #end: ChainEnd;
  #at = 0;
  /** Set where a write failed: the page may be there or not. */
  #unsure = false;
  #draining: Promise<void> | undefined;
  #stopped = false;

  private constructor(options: AuditWriterOptions, { chain, end }: OpenChain) {
    this.#options = options;
    this.#chain = chain;
    this.#end = end;
  }

  /** Goes on with the writer's chain, and notes that it does, together with the heads of the other chains. */
  static async open(options: AuditWriterOptions): Promise<AuditWriter> {
    const chain = await openChain(options);
    const writer = new AuditWriter(options, chain);
    const witnessed = await headsOf(options, chain.chain);
    await writer.record({
      action: 'chain_opened',
      author: 'engine',
      ...(witnessed.length === 0 ? {} : { fields: witnessed.map(formatHead) }),
      ...(chain.broken === undefined ? {} : { detail: `${chain.broken} does not end as its head says` }),
    });
    return writer;
  }

  /** The newest durable entry. */
  get head(): AuditHead {
    return { chain: this.#chain, n: this.#end.n, at: this.#at, mac: this.#end.mac };
  }

  record(entry: AuditEntry): Promise<void> {
    if (this.#stopped || this.#waiting.length >= limits.auditWaitingMax) {
      return Promise.reject(new TesseraError('audit_unavailable'));
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ entries: parts(entry), resolve, reject });
      this.#draining ??= this.#drain();
    });
  }

  /** Resolves when what was handed in is written, or has failed. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#draining;
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) {
      const group = this.#nextGroup();
      try {
        await this.#write(group.flatMap(({ entries }) => entries));
        for (const { resolve } of group) resolve();
      } catch (error) {
        for (const { reject } of group) reject(error);
      }
    }
    this.#draining = undefined;
  }

  /** Whole calls, as many as fit into a page; a call alone always does. */
  #nextGroup(): readonly Waiting[] {
    let [calls, lines] = [0, 0];
    for (const { entries } of this.#waiting) {
      if (calls > 0 && lines + entries.length > limits.auditPageLinesMax) break;
      lines += entries.length;
      calls += 1;
    }
    return this.#waiting.splice(0, calls);
  }

  async #write(entries: readonly AuditEntry[]): Promise<void> {
    const { store, key, clock, onWritten } = this.#options;
    if (this.#unsure) await this.#lookAgain();
    const at = clock.now();
    let end = this.#end;
    const links = entries.map((entry) => {
      const link = linkEntry(key, end, { chain: this.#chain, at, entry });
      end = link.end;
      return link;
    });
    const page = { n: this.#end.n + 1, bytes: Buffer.from(links.map(({ line }) => line).join('')) };
    this.#unsure = true;
    await store.append(this.#chain, page, writeHead(key, { chain: this.#chain, ...end, at }));
    this.#unsure = false;
    this.#end = end;
    this.#at = at;
    onWritten?.(links.map(({ entry }) => entry));
  }

  /** What a failed write has left. */
  async #lookAgain(): Promise<void> {
    const { store, key } = this.#options;
    this.#end = await followPages({ store, key, chain: this.#chain }, this.#end);
    this.#unsure = false;
  }
}

/** Everybody whose data was shown is named, in as many entries as that takes and a page may hold. */
function parts(entry: AuditEntry): readonly AuditEntry[] {
  const { subjects } = entry;
  if (subjects === undefined || subjects.length <= limits.auditSubjectsMax) return [entry];
  const all: AuditEntry[] = [];
  const named = Math.min(subjects.length, limits.auditPageLinesMax * limits.auditSubjectsMax);
  for (let from = 0; from < named; from += limits.auditSubjectsMax) {
    all.push({ ...entry, subjects: subjects.slice(from, from + limits.auditSubjectsMax) });
  }
  return all;
}

interface OpenChain {
  readonly chain: string;
  readonly end: ChainEnd;
  /** The chain before it, where that could not be continued. */
  readonly broken?: string;
}

interface ChainPlace {
  readonly store: AuditStore;
  readonly key: ChainKey;
  readonly chain: string;
}

async function openChain({ store, key, writer }: AuditWriterOptions): Promise<OpenChain> {
  const known = new Set(await store.chains());
  let broken: string | undefined;
  for (let part = 1; ; part += 1) {
    const chain = part === 1 ? writer : `${writer}.${part}`;
    const rest = broken === undefined ? {} : { broken };
    if (!known.has(chain)) return { chain, end: chainStart(key, chain), ...rest };
    // A later part means that this one was found broken before.
    const end = known.has(`${writer}.${part + 1}`) ? undefined : await endOf({ store, key, chain });
    if (end !== undefined) return { chain, end };
    broken = chain;
  }
}

/** The end of a chain that is what its head says; undefined otherwise. */
async function endOf(place: ChainPlace): Promise<ChainEnd | undefined> {
  const { store, key, chain } = place;
  const bytes = await store.head(chain);
  const head = bytes === undefined ? undefined : readHead(key, bytes);
  if (head?.chain !== chain) return undefined;
  // The page that holds the head's entry begins at most so far before it.
  const pages = await store.pages(
    chain,
    Math.max(0, head.n - limits.auditPageLinesMax),
    limits.auditPageLinesMax,
  );
  const lines = pages.flatMap((page) => readLines(page.bytes));
  const last = lines.find(({ entry }) => entry?.n === head.n);
  if (last?.mac !== head.mac) return undefined;
  return await followPages(place, { n: head.n, mac: head.mac });
}

/** Pages that were written after a head, which a crash has left behind. */
async function followPages({ store, key, chain }: ChainPlace, from: ChainEnd): Promise<ChainEnd> {
  let end = from;
  for (;;) {
    const pages = await store.pages(chain, end.n, limits.auditReadPages);
    const before = end;
    for (const line of pages.flatMap((page) => readLines(page.bytes))) {
      if (!follows(key, end, line)) return end;
      end = { n: end.n + 1, mac: line.mac };
    }
    if (end === before) return end;
  }
}

/** Heads of the other chains, the newest of them: whoever shortens one of these would have to change this one, too. */
async function headsOf({ store, key }: AuditWriterOptions, chain: string): Promise<readonly AuditHead[]> {
  const heads: AuditHead[] = [];
  for (const other of await store.chains()) {
    if (other === chain) continue;
    const bytes = await store.head(other);
    const head = bytes === undefined ? undefined : readHead(key, bytes);
    if (head !== undefined) heads.push(head);
  }
  return heads.sort((a, b) => b.at - a.at).slice(0, limits.auditFieldsMax);
}
