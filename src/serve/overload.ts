/**
 * More comes in than can be done: what is refused then, and what is still taken.
 *
 * A burst makes everything late for a moment and is no reason to refuse anything; a queue that does not get shorter is. So
 * what counts of the event loop's lateness is the least of the last looks (as CoDel does with packets, RFC 8289), and beside
 * it how many events wait for the log. Both are told as a pressure: 1 is where refusing begins.
 *
 * Refused first is who comes again by itself and can wait: libraries in pages and apps, and imports that say so. Then
 * beacons and pixels, of which what is refused is lost. Last tills and servers, where somebody stands and waits. Operators
 * are not refused: they may have come to end this.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { TesseraError } from '../errors.ts';
import type { Intake } from '../ingest/intake.ts';
import { limits } from '../limits.ts';
import type { Scope } from '../model/access-key.ts';
import type { Principal } from './authenticate.ts';
import type { Metrics } from './metrics.ts';

export type TrafficClass = 'patient' | 'lost' | 'server';

/** The pressure from which a class is refused, and how long it is to stay away. */
const BOUNDS: Readonly<Record<TrafficClass, { readonly pressure: number; readonly retryAfterMs: number }>> = {
  patient: { pressure: 1, retryAfterMs: limits.shedRetryPatientMs },
  lost: { pressure: 2, retryAfterMs: limits.shedRetryPatientMs },
  server: { pressure: 4, retryAfterMs: limits.retryAfterMs },
};

export interface OverloadOptions {
  /** Milliseconds of a clock that never goes back. */
  readonly elapsed: () => number;
}

export class Overload {
  readonly #elapsed: () => number;
  readonly #late = new Float64Array(limits.shedLooks).fill(0);
  #looks = 0;
  #lookedAt = 0;
  #timer: NodeJS.Timeout | undefined;
  #waitingEvents = 0;
  readonly #shed: Record<TrafficClass, number> = { patient: 0, lost: 0, server: 0 };

  constructor({ elapsed }: OverloadOptions) {
    this.#elapsed = elapsed;
  }

  start(): void {
    this.#lookedAt = this.#elapsed();
    this.#timer ??= setInterval(() => this.look(), limits.shedLookMs).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Notes how late the event loop is now. */
  look(): void {
    const now = this.#elapsed();
    this.#late[this.#looks % limits.shedLooks] = Math.max(0, now - this.#lookedAt - limits.shedLookMs);
    this.#looks += 1;
    this.#lookedAt = now;
  }

  /** 0 where nothing waits; from 1 on some of the traffic is refused. */
  get pressure(): number {
    const late = Math.min(...this.#late) / limits.shedLateMs;
    return Math.max(late, this.#waitingEvents / limits.shedWaitingEvents);
  }

  /** Requests refused so far, by class. */
  get shed(): Readonly<Record<TrafficClass, number>> {
    return this.#shed;
  }

  /** Fails with `overloaded` where this request is one of those that are refused now. */
  admit(traffic: TrafficClass): void {
    const { pressure, retryAfterMs } = BOUNDS[traffic];
    // Nothing waits most of the time, and then there is nothing to compute.
    if (this.#waitingEvents < limits.shedWaitingEvents && this.#late[0] === 0) return;
    if (this.pressure < pressure) return;
    this.#shed[traffic] += 1;
    throw new TesseraError('overloaded', undefined, { retryAfterMs });
  }

  /** The same way into the log, with what waits for it counted. */
  counting(intake: Intake): Intake {
    return {
      append: async (events, quarantined) => {
        const count = events.length + quarantined.length;
        this.#waitingEvents += count;
        try {
          return await intake.append(events, quarantined);
        } finally {
          this.#waitingEvents -= count;
        }
      },
    };
  }
}

/** As metrics tell of it. */
export function openOverload(metrics: Pick<Metrics, 'gauge' | 'gauges'>): Overload {
  const overload = new Overload({ elapsed: () => performance.now() });
  metrics.gauge(
    'tessera_pressure',
    'How much waits: from 1 on libraries, from 2 on beacons, from 4 on everybody is asked to come later.',
    () => overload.pressure,
  );
  metrics.gauges('tessera_requests_shed', 'Requests refused because more came than could be done.', {
    label: 'class',
    read: () => overload.shed,
  });
  return overload;
}

/** Whether a route is one that may be refused: those that take events and those that read. */
export function isSheddable(scopes: readonly Scope[]): boolean {
  return scopes.some((scope) => scope === 'ingest' || scope === 'read');
}

export interface Sender {
  /** Undefined where the key is in the body, which nobody has read yet: only libraries put it there. */
  readonly principal: Principal | undefined;
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
}

/**
 * Who is pushed back how: secret keys last, unless they say that they can wait (`X-Tessera-Priority: low`). What a browser
 * sends without a reader for the answer, images and beacons, nobody sends again.
 */
export function trafficClass({ principal, method, path, headers }: Sender): TrafficClass {
  if (principal?.kind === 'secret') return headers['x-tessera-priority'] === 'low' ? 'patient' : 'server';
  const unread = method === 'GET' || headers['sec-fetch-mode'] === 'no-cors' || path.startsWith('/beacon/');
  return unread ? 'lost' : 'patient';
}
