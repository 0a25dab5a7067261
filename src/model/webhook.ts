import type { EpochMs } from './time.ts';
import type { Decision, Firing } from './trigger.ts';

/** An endpoint that is told of decisions, as state and log keep it (schemas/definitions/webhook.json is what people write). */
export interface WebhookDefinition {
  readonly name: string;
  readonly description?: string;
  readonly url: string;
  /** Decisions that it wants to hear of. */
  readonly decisions: readonly Decision[];
  /** Only those of these triggers; absent: of all. */
  readonly triggers?: readonly string[];
  /** Types of identifiers that are opened for it. */
  readonly identifiers?: readonly string[];
  readonly disabled?: boolean;
  /** Sealed, the newest first: while a secret is exchanged there are two, and messages are signed with both. */
  readonly secrets: readonly string[];
  /** Headers that go along, their values sealed. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** State entry `q/<webhook>/<due>/<id>`: what still has to be brought to an endpoint. */
export interface Delivery {
  /** `webhook-id`: of one decision always the same. */
  readonly id: string;
  readonly webhook: string;
  readonly firing: Firing;
  /** When it was decided, or asked for again: retries end a day later. */
  readonly since: EpochMs;
  readonly due: EpochMs;
  /** How often it was tried. */
  readonly attempts: number;
}

/** Why something was not brought to its endpoint, or not yet. */
export type DeliveryFailure =
  /** The endpoint answered with another status than 2xx. */
  | 'status'
  /** It answered with a redirect, which is never followed. */
  | 'redirect'
  | 'timeout'
  | 'connection'
  /** The message could not be put together here. */
  | 'internal'
  /** Its name has no address. */
  | 'name'
  /** Its address is none that may be sent to. */
  | 'address'
  /** It has answered 410: it does not want to hear of anything any more. */
  | 'gone'
  | 'disabled'
  | 'removed'
  /** It did not take it within a day. */
  | 'expired'
  /** Too much waits for it. */
  | 'full';

/** State entry `z/<webhook>/<n>`: what nobody tries to bring any more. */
export interface DeadLetter {
  readonly n: number;
  readonly id: string;
  readonly firing: Firing;
  readonly attempts: number;
  readonly reason: DeliveryFailure;
  readonly status: number;
  readonly at: EpochMs;
}

/** State entry `e/<webhook>`: how one partition gets on with an endpoint. */
export interface Endpoint {
  /** Of the definition that the rest goes by: a changed one starts anew. */
  readonly version: string;
  readonly waiting: number;
  readonly delivered: number;
  /** How many dead letters there are; their numbers lie from `firstDead` up to, not including, `nextDead`. */
  readonly dead: number;
  readonly firstDead: number;
  readonly nextDead: number;
  /** In a row. */
  readonly failures: number;
  /** Nothing is sent before; then one message tries. 0: the endpoint answers. */
  readonly openUntil: EpochMs;
  readonly gone: boolean;
  /** What the last attempt came to. */
  readonly last?: { readonly at: EpochMs; readonly status: number; readonly failure?: DeliveryFailure };
}

/** What an endpoint answered, or why it was not asked. */
export type SendResult =
  | { readonly outcome: 'delivered'; readonly status: number }
  | {
      readonly outcome: 'failed';
      readonly failure: DeliveryFailure;
      /** 0 where it did not answer. */
      readonly status: number;
      /** It asks to be left alone for so long. */
      readonly retryAfterMs?: number;
    };

/** The body of a message to a webhook. */
export interface WebhookBody {
  /** `trigger.fired`, `trigger.revoked`, … */
  readonly type: string;
  /** RFC 3339. */
  readonly timestamp: string;
  readonly data: Firing;
  /** Opened for this endpoint, by type. */
  readonly identifiers?: Readonly<Record<string, readonly string[]>>;
}

/** What a definition shows in the place of a secret, and what keeps it when it is sent back. */
export const HIDDEN = '***';
