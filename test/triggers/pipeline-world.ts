import { Definitions } from '../../src/definitions/definitions.ts';
import type { Effect } from '../../src/model/effect.ts';
import type { Event } from '../../src/model/event.ts';
import type { FeatureDefinition } from '../../src/model/feature.ts';
import { EMPTY_POLICY } from '../../src/model/identity-policy.ts';
import { keys } from '../../src/model/keys.ts';
import type { LoyaltyProgram } from '../../src/model/loyalty.ts';
import type { MessagingDefinition } from '../../src/model/messaging.ts';
import type { Header } from '../../src/model/profile.ts';
import type { DefinitionsRecord, LogRecord, MessageBody } from '../../src/model/record.ts';
import { LOOK_ANEW } from '../../src/model/record.ts';
import type { SegmentDefinition } from '../../src/model/segment.ts';
import { type EpochMs, MINUTE_MS } from '../../src/model/time.ts';
import type { CatalogMoment, Firing, TriggerDefinition } from '../../src/model/trigger.ts';
import { createPipeline, type Stage } from '../../src/pipeline/pipeline.ts';
import { createEntryCodec } from '../../src/runner/codec.ts';
import { completeMessaging } from '../../src/triggers/messaging.ts';
import { eventOf, MapView, recordingContext } from '../support/fold-world.ts';

/** 2026-11-21 10:00 UTC, a Saturday. */
export const START = Date.UTC(2026, 10, 21, 10);

export interface InForce {
  readonly triggers: readonly TriggerDefinition[];
  readonly features?: readonly FeatureDefinition[];
  readonly segments?: readonly SegmentDefinition[];
  readonly messaging?: Partial<MessagingDefinition>;
  readonly loyalty?: LoyaltyProgram;
}

export type Sent = Partial<Event> & { readonly at?: number; readonly who?: string };

/**
 * The people stage over a map of entries: what it says of records that a test brings. Minutes count from START, in event time,
 * and in append time unless `at` says otherwise. With `coded`, every entry is encoded and decoded again between any two records,
 * as a restart would do it.
 */
export class PipelineWorld {
  readonly view = new MapView();
  readonly definitions = new Definitions({ reportingCurrency: 'CNY' });
  readonly #stage: Stage;
  readonly #coded: boolean;
  #seq = 0;
  #now: EpochMs = START;

  constructor(inForce: InForce, { coded = false } = {}) {
    this.#stage = createPipeline({ space: 'test', dedupKey: '00', definitions: this.definitions }).people;
    this.#coded = coded;
    this.define(inForce);
  }

  define({ triggers, features = [], segments = [], messaging, loyalty }: InForce): void {
    const record: DefinitionsRecord = {
      kind: 'definitions',
      author: 'test',
      identity: EMPTY_POLICY,
      triggers,
      features,
      segments,
      ...(messaging && { messaging: completeMessaging(messaging) }),
      ...(loyalty && { loyalty }),
    };
    this.#fold(record);
  }

  /** An event of `p`; answers all that was decided because of its record. */
  event(minute: number, { at = minute, who = 'p', ...more }: Sent = {}): readonly Firing[] {
    this.#now = START + at * MINUTE_MS;
    const time = START + minute * MINUTE_MS;
    const event = eventOf(more.id ?? `e${this.#seq}`, ['a1'], { time, receivedAt: this.#now, ...more });
    return this.#fold({ kind: 'routed', profile: who, event });
  }

  /** Wakes whoever has an alarm by then, each as if its record came at its time, or late by so much. */
  until(minute: number, lateMs = 0): readonly Firing[] {
    const firings: Firing[] = [];
    for (;;) {
      const [next] = [...this.view.under('t/').keys()].sort();
      const at = Number(next?.slice(0, next.indexOf('/')));
      if (next === undefined || at > START + minute * MINUTE_MS) break;
      this.#now = Math.max(this.#now, at + lateMs);
      firings.push(...this.#fold({ kind: 'wake', profile: next.slice(next.indexOf('/') + 1), at }));
    }
    this.#now = Math.max(this.#now, START + minute * MINUTE_MS);
    return firings;
  }

  move(
    body: Omit<Extract<MessageBody, { type: 'move' }>, 'type' | 'move'>,
    minute: number,
  ): readonly Firing[] {
    this.#now = START + minute * MINUTE_MS;
    return this.#fold(message({ type: 'move', move: this.#seq, ...body }));
  }

  /** A moment of the catalog for everybody who waits for it, as the entries say. */
  moment(moment: CatalogMoment, waiting: readonly string[]): readonly Firing[] {
    this.#now = Math.max(this.#now, moment.at);
    return waiting.flatMap((profile) => this.#fold({ kind: 'wake', profile, at: LOOK_ANEW, moment }));
  }

  /** Everybody is looked at because definitions are others. */
  lookAnew(...profiles: readonly string[]): readonly Firing[] {
    return profiles.flatMap((profile) => this.#fold({ kind: 'wake', profile, at: LOOK_ANEW }));
  }

  header(profile = 'p'): Header | undefined {
    return this.view.get<Header>(keys.header(profile));
  }

  /** Minutes at which alarms stand. */
  get alarms(): readonly number[] {
    return [...this.view.under('t/').keys()].map(
      (key) => (Number(key.slice(0, key.indexOf('/'))) - START) / MINUTE_MS,
    );
  }

  #fold(record: LogRecord): readonly Firing[] {
    if (this.#coded) this.#restart();
    const context = recordingContext(this.view, { seq: ++this.#seq, now: this.#now });
    this.#stage.fold(record, context);
    const firings = context.effects.filter(isFiring).map(({ firing }) => firing);
    for (const { to, body } of context.sent)
      if (to !== 'identity') firings.push(...this.#fold(message(body)));
    return firings;
  }

  /** What is kept is what the codec keeps. */
  #restart(): void {
    const codec = createEntryCodec(this.definitions);
    for (const [key, value] of this.view.entries)
      if (/^[hf]\//.test(key)) this.view.entries.set(key, codec.decode(key, codec.encode(key, value)));
  }
}

function message(body: MessageBody): LogRecord {
  return { kind: 'message', from: 'test', n: 1, body };
}

function isFiring(effect: Effect): effect is Extract<Effect, { kind: 'firing' }> {
  return effect.kind === 'firing';
}

/** A service trigger, so that nothing but the pattern decides. */
export function triggerOn(
  on: TriggerDefinition['on'],
  more: Partial<TriggerDefinition> = {},
): TriggerDefinition {
  return { name: 'watched', purpose: 'service', on, action: { channel: 'none' }, ...more };
}

/** `fired k1 e3`: decision or reason, key, completing event. */
export function shortly({ decision, reason, trace, event_id }: Firing): string {
  return [reason ?? decision, trace.key ?? '', event_id].join(' ');
}
