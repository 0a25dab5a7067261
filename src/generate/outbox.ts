import type { JsonObject } from '../model/json.ts';
import { type DurationMs, type EpochMs, HOUR_MS, MINUTE_MS } from '../model/time.ts';
import type { Random } from './random.ts';
import { rates } from './rates.ts';
import type { Person } from './world.ts';

/** What makes an event hard to attribute, where something does. */
export type Hazard =
  | 'family_device'
  | 'borrowed_session'
  | 'store_tablet'
  | 'family_card'
  | 'family_phone'
  | 'associate_phone'
  | 'wrong_phone'
  | 'invented_email'
  | 'privacy_number'
  | 'recycled_number'
  | 'duplicate_member'
  | 'relay_email'
  | 'junk';

/** Something that happened, before it is on its way. */
export interface Occurrence {
  readonly type: string;
  readonly at: EpochMs;
  readonly channel: string;
  /** The system that reports it with a secret key; undefined: a public client does. */
  readonly source?: string;
  readonly identifiers: JsonObject;
  readonly properties?: JsonObject;
  readonly traits?: JsonObject;
  readonly consent?: JsonObject;
  readonly context?: JsonObject;
  readonly person: Person;
  /** Carries an identifier that this person alone uses. */
  readonly linkable: boolean;
  readonly hazard?: Hazard | undefined;
  /** How long it waits before it is sent, over the usual. */
  readonly delayMs?: DurationMs;
}

/** One event on its way to the engine, with what is true about it. */
export interface GeneratedItem {
  /** A wire event, as POST /v1/events takes it. */
  readonly event: JsonObject;
  /** Sent with a write key by a public client; otherwise with a secret key. */
  readonly publicKey: boolean;
  readonly arrivesAt: EpochMs;
  /** Dense, in order of happening; a repeat has the number of what it repeats. */
  readonly number: number;
  /** A client sends it again: the same event, the same id. */
  readonly repeat: boolean;
  /** Index of the person who did it. */
  readonly person: number;
  readonly linkable: boolean;
  readonly hazard: Hazard | undefined;
}

/** Numbers what happens and hands it out in the order in which it arrives. Holds what has not arrived yet. */
export class Outbox {
  readonly #random: Random;
  readonly #prefix: string;
  #numbered = 0;
  #waiting: GeneratedItem[] = [];

  constructor(random: Random, prefix: string) {
    this.#random = random;
    this.#prefix = prefix;
  }

  put(occurrence: Occurrence): void {
    const number = this.#numbered++;
    const item: GeneratedItem = {
      event: wireEvent(occurrence, `${this.#prefix}-${number.toString(36)}`),
      publicKey: occurrence.source === undefined,
      arrivesAt: Math.round(occurrence.at + this.#delayOf(occurrence)),
      number,
      repeat: false,
      person: occurrence.person.n,
      linkable: occurrence.linkable,
      hazard: occurrence.hazard,
    };
    this.#waiting.push(item);
    if (!item.publicKey || !this.#random.chance(rates.resent)) return;
    const again = Math.round(item.arrivesAt + 1_000 + this.#random.exponential(20 * MINUTE_MS));
    this.#waiting.push({ ...item, repeat: true, arrivesAt: Math.min(again, item.arrivesAt + 12 * HOUR_MS) });
  }

  /** Everything that arrives before `until`, in order; ties in order of happening. */
  take(until: EpochMs): readonly GeneratedItem[] {
    const arrived = this.#waiting.filter(({ arrivesAt }) => arrivesAt < until);
    this.#waiting = this.#waiting.filter(({ arrivesAt }) => arrivesAt >= until);
    return arrived.sort((a, b) => a.arrivesAt - b.arrivesAt || a.number - b.number);
  }

  #delayOf({ source, delayMs }: Occurrence): DurationMs {
    const random = this.#random;
    if (delayMs !== undefined) return delayMs;
    if (source !== undefined) return random.between(20, 400);
    if (!random.chance(rates.outOfOrder)) return random.between(100, 900);
    return random.exponential(rates.outOfOrderMinutesMean * MINUTE_MS);
  }
}

function wireEvent(occurrence: Occurrence, id: string): JsonObject {
  const { type, at, channel, source, identifiers, properties, traits, consent, context } = occurrence;
  return {
    id,
    type,
    time: new Date(at).toISOString(),
    channel,
    ...(source === undefined ? {} : { source }),
    ...(Object.keys(identifiers).length === 0 ? {} : { identifiers }),
    ...(properties === undefined ? {} : { properties }),
    ...(traits === undefined ? {} : { traits }),
    ...(consent === undefined ? {} : { consent }),
    ...(context === undefined ? {} : { context }),
  };
}
