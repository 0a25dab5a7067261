import { type GenerateOptions, generate } from '../../src/generate/generate.ts';
import type { GeneratedItem } from '../../src/generate/outbox.ts';
import type { PersonTruth } from '../../src/generate/truth.ts';
import { isJsonObject } from '../../src/model/json.ts';

/** A generated stream as a whole, for tests that look at all of it. */
export interface ToldWorld {
  readonly items: readonly GeneratedItem[];
  /** Without repeats. */
  readonly events: readonly GeneratedItem[];
  readonly people: readonly PersonTruth[];
}

export function tellWorld(options: GenerateOptions): ToldWorld {
  const world = generate(options);
  const items = [...world.items()];
  return { items, events: items.filter(({ repeat }) => !repeat), people: [...world.people()] };
}

/** `type` and `value` of each identifier, as it was sent. */
export function identifiersOf({ event }: GeneratedItem): readonly (readonly [string, string])[] {
  const { identifiers } = event;
  if (!isJsonObject(identifiers)) return [];
  return Object.entries(identifiers).map(([type, value]) => [type, String(value)] as const);
}

export function timeOf({ event }: GeneratedItem): number {
  return Date.parse(String(event.time));
}

export function count<T>(list: readonly T[], fits: (entry: T) => boolean): number {
  return list.filter(fits).length;
}
