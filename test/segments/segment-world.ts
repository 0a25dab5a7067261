import { expandSource } from '../../src/definitions/definition-set.ts';
import { Definitions } from '../../src/definitions/definitions.ts';
import type { Effect } from '../../src/model/effect.ts';
import type { Event } from '../../src/model/event.ts';
import type { FeatureDefinition } from '../../src/model/feature.ts';
import { EMPTY_POLICY } from '../../src/model/identity-policy.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { keys } from '../../src/model/keys.ts';
import type { Header } from '../../src/model/profile.ts';
import type { LogRecord } from '../../src/model/record.ts';
import type { SegmentChange, SegmentCounts, SegmentDefinition } from '../../src/model/segment.ts';
import { createPipeline, type Pipeline } from '../../src/pipeline/pipeline.ts';
import { MapView, recordingContext } from '../support/fold-world.ts';

/** A segment as people write it. */
export function segmentOf(
  name: string,
  when: SegmentDefinition['when'],
  more: Partial<SegmentDefinition> = {},
): SegmentDefinition {
  return { name, kind: 'segment', when, ...more };
}

/** Features as people write them. */
export function featuresOf(
  ...written: readonly (JsonObject & { name: string })[]
): readonly FeatureDefinition[] {
  return written.flatMap((each) => expandSource(each).features);
}

/** Profiles and what is in force, in memory; time passes when it is told to, and alarms ring at their time. */
export class SegmentWorld {
  readonly view = new MapView();
  readonly definitions = new Definitions({ reportingCurrency: 'CNY' });
  readonly changes: SegmentChange[] = [];
  readonly #people: Pipeline['people'];
  wakes = 0;
  #seq = 0;

  constructor() {
    this.#people = createPipeline({ space: 'test', dedupKey: '00', definitions: this.definitions }).people;
  }

  define(features: readonly FeatureDefinition[], segments: readonly SegmentDefinition[], now = 0): void {
    this.fold(
      { kind: 'definitions', author: 'test', features, triggers: [], segments, identity: EMPTY_POLICY },
      now,
    );
  }

  /** An event reaches a profile; what was due by then comes first. */
  event(profile: string, event: Event, now: number): void {
    this.passUntil(now);
    this.fold({ kind: 'routed', profile, event }, now);
  }

  /** Every alarm that is due rings, the earliest first. */
  passUntil(now: number): void {
    for (;;) {
      const [due] = [...this.view.under<object>('t/').keys()].sort();
      if (due === undefined) return;
      const [at = '', profile = ''] = due.split('/');
      if (Number(at) > now) return;
      this.wakes++;
      this.fold({ kind: 'wake', profile, at: Number(at) }, Number(at));
    }
  }

  fold(record: LogRecord, now: number): void {
    const context = recordingContext(this.view, { seq: ++this.#seq, now });
    this.#people.fold(record, context);
    for (const effect of context.effects) if (isChange(effect)) this.changes.push(effect.change);
  }

  members(profile: string): readonly string[] {
    return [...(this.view.get<Header>(keys.header(profile))?.segments?.keys() ?? [])].sort();
  }

  counts(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.view.get<SegmentCounts>(keys.segments)?.members ?? []);
  }
}

function isChange(effect: Effect): effect is Extract<Effect, { kind: 'segment' }> {
  return effect.kind === 'segment';
}
