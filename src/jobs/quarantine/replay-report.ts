import type { KeptEvent } from '../../desks/quarantine/kept-events.ts';
import type { ReplayedEvent } from '../../ingest/replay-kept.ts';
import { limits } from '../../limits.ts';
import type { JsonObject } from '../../model/json.ts';

interface Failed {
  count: number;
  readonly examples: JsonObject[];
}

/** What a replay has come to so far: bounded, however many events there are. */
export class ReplayReport {
  readonly #dryRun: boolean;
  readonly #outcomes: Record<string, number> = {};
  /** By code: there are as many as codes of errors. */
  readonly #failed = new Map<string, Failed>();
  #events = 0;
  #replayed = 0;
  #givenUp = 0;
  #unknown = 0;

  constructor(dryRun: boolean) {
    this.#dryRun = dryRun;
  }

  get events(): number {
    return this.#events;
  }

  get note(): string {
    const done = this.#dryRun ? 'would be taken' : 'replayed';
    return `${this.#replayed} ${done}, ${this.#events - this.#replayed - this.#unknown} failed again`;
  }

  add(results: readonly ReplayedEvent[], events: readonly KeptEvent[]): void {
    for (const [i, result] of results.entries()) {
      this.#events++;
      if (result.status === 'rejected' || (result.outcome === 'quarantined' && result.renamed !== true))
        this.#fail(result, events[i]?.attempts ?? 0);
      else if (result.outcome === undefined && !this.#dryRun) this.#unknown++;
      else this.#succeed(result.outcome);
    }
  }

  #succeed(outcome: string | undefined): void {
    this.#replayed++;
    if (outcome !== undefined) this.#outcomes[outcome] = (this.#outcomes[outcome] ?? 0) + 1;
  }

  #fail(
    { quarantine_id, code = 'internal', path = '', message = '' }: ReplayedEvent,
    attempts: number,
  ): void {
    if (!this.#dryRun && attempts + 1 >= limits.quarantineAttemptsMax) this.#givenUp++;
    const failed = this.#failed.get(code) ?? { count: 0, examples: [] };
    failed.count++;
    if (failed.examples.length < limits.quarantineExamples)
      failed.examples.push({ quarantine_id, path, message });
    this.#failed.set(code, failed);
  }

  answer(): JsonObject {
    const failed = [...this.#failed].sort(([, a], [, b]) => b.count - a.count);
    return {
      dry_run: this.#dryRun,
      events: this.#events,
      replayed: this.#replayed,
      outcomes: { ...this.#outcomes },
      failed: failed.map(([code, { count, examples }]) => ({ code, count, examples })),
      given_up: this.#givenUp,
      // In the log, and not applied while this waited: the next replay finds them duplicates.
      unknown: this.#unknown,
    };
  }
}
