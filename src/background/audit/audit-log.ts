import { limits } from '../../limits.ts';
import type { AuditEntry, AuditHead } from '../../model/audit.ts';
import type { AuditStore, AuditTrail } from '../../ports/audit.ts';
import type { Clock } from '../../ports/clock.ts';
import type { History } from '../../ports/history.ts';
import { RepeatedLook } from '../repeated-look.ts';
import { AuditHistory } from './audit-history.ts';
import { AuditWriter } from './audit-writer.ts';
import { type ChainKey, formatHead, parseHead } from './chain.ts';
import { RefusedRequests } from './refused-requests.ts';
import { type AuditVerification, verifyChains } from './verify-chains.ts';

export interface AuditLogOptions {
  readonly store: AuditStore;
  readonly key: ChainKey;
  readonly clock: Clock;
  /** Who writes here: the node, or the data directory where it has one alone. */
  readonly writer: string;
  readonly history: History;
  /** Whether this node brings all chains to history. */
  readonly leads: () => boolean;
  readonly onError: (error: unknown, what: string) => void;
  /** Told the head from time to time, for a place that whoever can write to the store cannot reach. */
  readonly onHead: (head: string) => void;
}

/** The audit log of this node, and the questions about those of all. */
export class AuditLog implements AuditTrail {
  readonly #options: AuditLogOptions;
  readonly #writer: AuditWriter;
  readonly #refused: RefusedRequests;
  readonly #history: AuditHistory;
  readonly #heads: RepeatedLook;

  private constructor(options: AuditLogOptions, writer: AuditWriter) {
    const { store, history, leads, onError, onHead } = options;
    this.#options = options;
    this.#writer = writer;
    this.#refused = new RefusedRequests({
      trail: writer,
      onError: (error) => onError(error, 'refused requests could not be written to the audit log'),
    });
    this.#history = new AuditHistory({
      store,
      history,
      leads,
      onError: (error) => onError(error, 'the audit log could not be copied to history'),
    });
    this.#heads = new RepeatedLook({
      everyMs: limits.auditHeadEveryMs,
      look: async () => onHead(this.head),
      onError: () => undefined,
    });
  }

  static async open(options: AuditLogOptions): Promise<AuditLog> {
    return new AuditLog(options, await AuditWriter.open(options));
  }

  /** Of what this node has written: `chain:n:authenticator`. */
  get head(): string {
    return formatHead(this.#writer.head);
  }

  start(): void {
    this.#refused.start();
    this.#history.start();
    this.#heads.start();
    this.#options.onHead(this.head);
  }

  /** What was handed in is written, and its head said once more. */
  async stop(): Promise<void> {
    await this.#heads.stop();
    await this.#history.stop();
    await this.#refused.stop();
    await this.#writer.stop();
    this.#options.onHead(this.head);
  }

  record(entry: AuditEntry): Promise<void> {
    return this.#writer.record(entry);
  }

  refused(code: string, via: string): void {
    this.#refused.note(code, via);
  }

  /** Has what was written so far in history, as far as history takes it. */
  async bringToHistory(): Promise<void> {
    await this.#refused.flush();
    await this.#history.copy();
  }

  /** Checks the chains of all nodes, also against heads that were kept elsewhere. */
  verify(heads: readonly Pick<AuditHead, 'chain' | 'n' | 'mac'>[]): Promise<AuditVerification> {
    const { store, key } = this.#options;
    return verifyChains({ store, key, heads });
  }

  /** A head as text; undefined where it is none. */
  static parseHead(text: string): Pick<AuditHead, 'chain' | 'n' | 'mac'> | undefined {
    return parseHead(text);
  }
}
