import { limits } from '../limits.ts';
import { minuteOf } from '../model/conservation.ts';
import type { EpochMs } from '../model/time.ts';

/** What became of events of one source before the log. */
export interface IntakeTallies {
  received: number;
  /** In the log, to be applied. */
  logged: number;
  /** In the log, with their reason. */
  quarantined: number;
  /** Refused in the response: they are in no log, and nobody else knows of them. */
  refused: number;
}

/** Sources beyond the bound are counted together: a secret key may name any. */
const OTHERS = 'other';

/**
 * What requests brought to this process, by minute and source. It is the only account of what was refused in the response,
 * and lives in memory: a crash forgets it, and with it nothing that anybody was promised.
 */
export class IntakeBooks {
  /** In the order of time. */
  readonly #minutes = new Map<EpochMs, Map<string, IntakeTallies>>();
  readonly #totals = new Map<string, IntakeTallies>();

  note(source: string, at: EpochMs, counts: Partial<IntakeTallies>): void {
    add(tallyIn(this.#totals, source), counts);
    add(tallyIn(this.#minute(minuteOf(at)), source), counts);
  }

  /** By source, since the process began. */
  total(name: keyof IntakeTallies): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#totals].map(([source, tallies]) => [source, tallies[name]]));
  }

  minutes(): readonly ({ readonly minute: EpochMs; readonly source: string } & Readonly<IntakeTallies>)[] {
    return [...this.#minutes].flatMap(([minute, sources]) =>
      [...sources].map(([source, tallies]) => ({ minute, source, ...tallies })),
    );
  }

  #minute(minute: EpochMs): Map<string, IntakeTallies> {
    const known = this.#minutes.get(minute);
    if (known !== undefined) return known;
    const sources = new Map<string, IntakeTallies>();
    this.#minutes.set(minute, sources);
    if (this.#minutes.size > limits.intakeMinutesKept)
      this.#minutes.delete(Math.min(...this.#minutes.keys()));
    return sources;
  }
}

function tallyIn(sources: Map<string, IntakeTallies>, source: string): IntakeTallies {
  const name = sources.has(source) || sources.size < limits.intakeSourcesMax ? source : OTHERS;
  const known = sources.get(name);
  if (known !== undefined) return known;
  const tallies: IntakeTallies = { received: 0, logged: 0, quarantined: 0, refused: 0 };
  sources.set(name, tallies);
  return tallies;
}

function add(into: IntakeTallies, counts: Partial<IntakeTallies>): void {
  into.received += counts.received ?? 0;
  into.logged += counts.logged ?? 0;
  into.quarantined += counts.quarantined ?? 0;
  into.refused += counts.refused ?? 0;
}
