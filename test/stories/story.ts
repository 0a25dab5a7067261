import type { JsonObject } from '../../src/model/json.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/model/time.ts';

/** Monday, 23 November 2026, 9 o'clock in Shanghai, where everybody lives. */
export const BEGIN = Date.parse('2026-11-23T09:00:00+08:00');

/** One thing that happens: somebody does something, or the catalog changes. */
export type Step = { readonly at: number } & (
  | { readonly who: string; readonly type: string; readonly more: JsonObject }
  | { readonly catalog: 'items' | 'stock' | 'stores'; readonly rows: readonly JsonObject[] }
);

/** A story that marketers tell, event by event, with what it comes to and what must not happen. */
export interface Story {
  readonly name: string;
  /** Who they are when it begins: consents and traits, over what everybody has. */
  readonly people: Readonly<Record<string, Introduction>>;
  readonly steps: readonly Step[];
  /** For each of the people what is decided about them, in this order: `trigger decision`, or the reason where there is one. */
  readonly told: Readonly<Record<string, readonly string[]>>;
  /** What messages hold, by `person trigger`. */
  readonly payloads?: Readonly<Record<string, JsonObject>>;
}

export interface Introduction {
  readonly consent?: JsonObject;
  readonly traits?: JsonObject;
}

export const minutes = (count: number): number => count * MINUTE_MS;
export const hours = (count: number): number => count * HOUR_MS;
export const days = (count: number): number => count * DAY_MS;

/** `at` counts from the beginning; events of before are history that somebody brings along. */
export function does(who: string, at: number, type: string, properties: JsonObject = {}): Step {
  return { at, who, type, more: { properties } };
}

/** The same through a channel. */
export function doesIn(
  channel: string,
  [who, at, type]: readonly [who: string, at: number, type: string],
  properties: JsonObject = {},
): Step {
  return { at, who, type, more: { channel, properties } };
}

export function catalog(
  at: number,
  part: 'items' | 'stock' | 'stores',
  ...rows: readonly JsonObject[]
): Step {
  return { at, catalog: part, rows };
}

/** An order of these products. */
export function order(order_id: string, total: number, ...products: readonly JsonObject[]): JsonObject {
  return { order_id, total, products };
}
