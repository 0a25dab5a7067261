import { compileEventCondition } from '../../conditions/condition.ts';
import { compilePath, compileValues } from '../../conditions/path.ts';
import { limits } from '../../limits.ts';
import type { Event } from '../../model/event.ts';
import type { JsonValue } from '../../model/json.ts';
import type { EventPattern } from '../../model/trigger.ts';

export type EventTest = (event: Event) => boolean;

/** The text that an event is followed by; undefined where it has none, and so is not one of the pattern. */
export type KeyReader = (event: Event) => string | undefined;

/** Texts that an event has under a path, each once. */
export type TextsReader = (event: Event) => readonly string[];

/** The types that a pattern looks at. */
export function typesIn({ event }: EventPattern): readonly string[] {
  return typeof event === 'string' ? [event] : event;
}

export function compileEventTest({ event: type, where }: EventPattern, path: string): EventTest {
  const isOfType = compileType(type);
  if (where === undefined) return isOfType;
  const fits = compileEventCondition(where, `${path}/where`);
  return (event) => isOfType(event) && fits(event);
}

function compileType(type: EventPattern['event']): EventTest {
  if (typeof type === 'string') return (event) => event.type === type;
  const types = new Set(type);
  return (event) => types.has(event.type);
}

/** All that a path leads to, lists included; bounded, because each is remembered. */
export function compileTexts(path: string, pointer: string): TextsReader {
  const read = compileValues(path, pointer);
  return (event) => {
    const texts = new Set<string>();
    for (const value of read(event)) {
      const text = textOf(value);
      if (text !== undefined) texts.add(text);
      if (texts.size >= limits.triggerItemsMax) break;
    }
    return [...texts];
  };
}

/** Of a path that is left out, everything has the same key. */
export function compileKey(key: string | undefined, path: string): KeyReader {
  if (key === undefined) return () => '';
  const read = compilePath(key, path);
  return (event) => textOf(read(event));
}

function textOf(value: JsonValue | undefined): string | undefined {
  if (typeof value === 'string')
    return value === '' || value.length > limits.triggerKeyCharactersMax ? undefined : value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}
