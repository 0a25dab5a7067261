import type { Condition } from './condition.ts';
import type { JsonObject } from './json.ts';
import type { EpochMs } from './time.ts';

export interface EventPattern {
  readonly event: string;
  readonly where?: Condition;
}

/** First form: n events within a window, unless another event came (schemas/definitions/trigger.json). */
export interface TriggerDefinition {
  readonly name: string;
  readonly description?: string;
  readonly purpose: 'marketing' | 'service';
  readonly group?: string;
  readonly on: {
    readonly count: number;
    readonly of: EventPattern;
    readonly within: string;
    readonly unless?: EventPattern;
  };
  readonly when?: Condition;
  readonly limit?: { readonly cooldown?: string };
  readonly action: { readonly channel: string; readonly template?: string; readonly data?: JsonObject };
}

export type Decision = 'fired' | 'suppressed';

/** One decision of a trigger, as the stream, the ingest response and the history show it. */
export interface Firing {
  readonly id: string;
  readonly trigger: string;
  readonly profile_id: string;
  readonly decision: Decision;
  readonly reason?: string;
  readonly at: EpochMs;
  readonly event_id: string;
  readonly channel: string;
  readonly payload: JsonObject;
  /** Why: what matched, what the condition saw, which limits were asked. */
  readonly trace: JsonObject;
}
