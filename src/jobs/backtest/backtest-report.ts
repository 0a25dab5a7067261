import { limits } from '../../limits.ts';
import type { JsonObject } from '../../model/json.ts';
import type { EpochMs } from '../../model/time.ts';
import type { Firing } from '../../model/trigger.ts';

/** What a trigger would have done, counted as its decisions come by; bounded, however many there are. */
export class BacktestReport {
  readonly #decisions: Record<string, number> = {};
  readonly #suppressed: Record<string, number> = {};
  readonly #days = new Map<string, Record<string, number>>();
  #people = 0;
  #reached = 0;
  /** Those with the smallest ids: these are hashes, so every decision has the same chance. */
  #examples: Firing[] = [];

  /** All decisions of one family. */
  add(firings: readonly Firing[]): void {
    if (firings.length > 0) this.#people += 1;
    if (firings.some(({ decision }) => decision === 'fired')) this.#reached += 1;
    for (const firing of firings) {
      const { decision, reason, at } = firing;
      count(this.#decisions, decision);
      if (decision === 'suppressed') count(this.#suppressed, reason ?? '');
      const day = dateOf(at);
      const counts = this.#days.get(day) ?? {};
      this.#days.set(day, counts);
      count(counts, decision);
      this.#keep(firing);
    }
  }

  describe(): JsonObject {
    const days = [...this.#days.entries()].sort(([a], [b]) => (a < b ? -1 : 1));
    return {
      decisions: { ...this.#decisions },
      suppressed: { ...this.#suppressed },
      people: { fired: this.#reached, decided: this.#people },
      per_day: days.map(([date, counts]) => ({ date, ...counts })),
      examples: this.#examples.map(describeFiring),
    };
  }

  /** Fired ones say most, so others come only where there are too few. */
  #keep(firing: Firing): void {
    this.#examples.push(firing);
    this.#examples.sort((a, b) => rankOf(a) - rankOf(b) || (a.id < b.id ? -1 : 1));
    this.#examples.length = Math.min(this.#examples.length, limits.backtestExamples);
  }
}

function rankOf({ decision }: Firing): number {
  return decision === 'fired' ? 0 : 1;
}

function count(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1;
}

function dateOf(at: EpochMs): string {
  return new Date(at).toISOString().slice(0, 10);
}

function describeFiring({
  id,
  profile_id,
  decision,
  reason,
  until,
  at,
  event_id,
  channel,
  trace,
}: Firing): JsonObject {
  return {
    id,
    profile_id,
    decision,
    ...(reason === undefined ? {} : { reason }),
    ...(until === undefined ? {} : { until }),
    at,
    event_id,
    channel,
    trace,
  };
}
