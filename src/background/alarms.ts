import { limits } from '../limits.ts';
import { keys } from '../model/keys.ts';
import type { EpochMs } from '../model/time.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { StateStore } from '../ports/state.ts';
import { encodeRecord } from '../runner/codec.ts';

export interface AlarmsOptions {
  readonly partition: string;
  readonly store: Pick<StateStore, 'scan'>;
  readonly log: Pick<Log, 'append'>;
  readonly clock: Clock;
  /** The last message of the log that the stored state reflects; undefined while that is not known. */
  readonly appliedSeq: () => number | undefined;
  readonly onError: (error: unknown) => void;
}

/**
 * Brings what is due to its partition's log: each due alarm becomes a wake record, and so takes effect at a place of the
 * log, where a replay finds it again. What was appended is waited for before the next look, so that an alarm is rarely
 * brought twice; where it is (another node looks as well), the profile knows that it has woken. Alarms lie in the store in the order of their
 * times: a look reads what is due, whatever else waits. Of many that are due at once (the points of all customers that
 * expire with the year) it reads more than it brings, since a store may have to sort all of them for each reading.
 */
export class Alarms {
  readonly #options: AlarmsOptions;
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> = Promise.resolve();
  /** Message up to which the last wake records lie. */
  #broughtSeq = 0;
  #due: readonly Alarm[] = [];
  /** No reading before then, as `performance.now` counts. */
  #restUntil = 0;

  constructor(options: AlarmsOptions) {
    this.#options = options;
  }

  start(): void {
    if (this.#timer !== undefined) return;
    let busy = false;
    this.#timer = setInterval(() => {
      if (busy || (this.#due.length === 0 && performance.now() < this.#restUntil)) return;
      busy = true;
      this.#looking = this.look()
        .then(() => undefined, this.#options.onError)
        .finally(() => {
          busy = false;
        });
    }, limits.alarmPollMs).unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#looking;
  }

  /** One look; answers how many wake records it brought to the log. */
  async look(): Promise<number> {
    const { log, appliedSeq } = this.#options;
    if ((appliedSeq() ?? -1) < this.#broughtSeq) return 0;
    if (this.#due.length === 0) this.#due = await this.#read();
    const due = this.#due.slice(0, limits.alarmsAtOnce);
    if (due.length === 0) return 0;
    const positions = await log.append(
      due.map(({ at, profile }) => encodeRecord({ kind: 'wake', profile, at })),
    );
    this.#broughtSeq = positions.at(-1)?.seq ?? 0;
    this.#due = this.#due.slice(due.length);
    return due.length;
  }

  async #read(): Promise<readonly Alarm[]> {
    const { partition, store, clock } = this.#options;
    const began = performance.now();
    const page = await store.scan(
      partition,
      ALARMS,
      '',
      limits.alarmsReadMax,
      keys.alarm(clock.now() + 1, ''),
    );
    const ended = performance.now();
    this.#restUntil = ended + (ended - began) * limits.alarmRestFactor;
    return page.map(([key]) => parseAlarm(key));
  }
}

interface Alarm {
  readonly at: EpochMs;
  readonly profile: string;
}

const ALARMS = 't/';

/** Reads what `keys.alarm` wrote. */
function parseAlarm(key: string): Alarm {
  const slash = key.indexOf('/', ALARMS.length);
  return { at: Number(key.slice(ALARMS.length, slash)), profile: key.slice(slash + 1) };
}
