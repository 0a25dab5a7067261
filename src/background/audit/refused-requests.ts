import { limits } from '../../limits.ts';
import type { AuditEntry } from '../../model/audit.ts';
import type { AuditTrail } from '../../ports/audit.ts';
import { RepeatedLook } from '../repeated-look.ts';

export interface RefusedRequestsOptions {
  readonly trail: AuditTrail;
  readonly onError: (error: unknown) => void;
}

const REFUSALS: ReadonlySet<string> = new Set(['unauthorized', 'forbidden', 'origin_not_allowed']);

/**
 * Requests that showed no valid key, counted by reason and route: guessing keys must leave a trace, and must not be able to
 * fill the log. Written once a minute.
 */
export class RefusedRequests {
  readonly #options: RefusedRequestsOptions;
  readonly #looking: RepeatedLook;
  #counts = new Map<string, { readonly code: string; readonly via: string; count: number }>();

  constructor(options: RefusedRequestsOptions) {
    this.#options = options;
    const { onError } = options;
    this.#looking = new RepeatedLook({
      everyMs: limits.auditRefusedEveryMs,
      look: () => this.flush(),
      onError,
    });
  }

  start(): void {
    this.#looking.start();
  }

  async stop(): Promise<void> {
    await this.#looking.stop();
    await this.flush().catch(this.#options.onError);
  }

  note(code: string, via: string): void {
    if (!REFUSALS.has(code)) return;
    const key = `${code} ${via}`;
    const known = this.#counts.get(key);
    // There are as many keys as routes and reasons; the bound is for what is not foreseen.
    if (known !== undefined) known.count += 1;
    else if (this.#counts.size < limits.auditWaitingMax) this.#counts.set(key, { code, via, count: 1 });
  }

  async flush(): Promise<void> {
    const counts = this.#counts;
    if (counts.size === 0) return;
    this.#counts = new Map();
    const entries = [...counts.values()].map(
      ({ code, via, count }): AuditEntry => ({
        action: 'sign_in_failed',
        author: '',
        via,
        count,
        detail: code,
      }),
    );
    await Promise.all(entries.map((entry) => this.#options.trail.record(entry)));
  }
}
