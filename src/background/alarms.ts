import { limits } from '../limits.ts';
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
 * times: a look reads what is due and one more, whatever else waits.
 */
export class Alarms {
  readonly #options: AlarmsOptions;
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> = Promise.resolve();
  /** Message up to which the last wake records lie. */
  #broughtSeq = 0;

  constructor(options: AlarmsOptions) {
    this.#options = options;
  }

  start(): void {
    if (this.#timer !== undefined) return;
    let busy = false;
    this.#timer = setInterval(() => {
      if (busy) return;
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
    const { partition, store, log, clock, appliedSeq } = this.#options;
    if ((appliedSeq() ?? -1) < this.#broughtSeq) return 0;
    const now = clock.now();
    const page = await store.scan(partition, ALARMS, '', limits.alarmsAtOnce);
    const due = page.map(([key]) => parseAlarm(key)).filter(({ at }) => at <= now);
    if (due.length === 0) return 0;
    const positions = await log.append(
      due.map(({ at, profile }) => encodeRecord({ kind: 'wake', profile, at })),
    );
    this.#broughtSeq = positions.at(-1)?.seq ?? 0;
    return due.length;
  }
}

const ALARMS = 't/';

/** Reads what `keys.alarm` wrote. */
function parseAlarm(key: string): { readonly at: number; readonly profile: string } {
  const slash = key.indexOf('/', ALARMS.length);
  return { at: Number(key.slice(ALARMS.length, slash)), profile: key.slice(slash + 1) };
}
