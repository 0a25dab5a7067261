import { compileEventCondition } from '../../conditions/condition.ts';
import { compilePath } from '../../conditions/path.ts';
import { limits } from '../../limits.ts';
import type { Event } from '../../model/event.ts';
import type { EventPattern } from '../../model/trigger.ts';

export type EventTest = (event: Event) => boolean;

/** The text that an event is followed by; undefined where it has none, and so is not one of the pattern. */
export type KeyReader = (event: Event) => string | undefined;

export function compileEventTest({ event: type, where }: EventPattern, path: string): EventTest {
  if (where === undefined) return (event) => event.type === type;
  const fits = compileEventCondition(where, `${path}/where`);
  return (event) => event.type === type && fits(event);
}

/** Of a path that is left out, everything has the same key. */
export function compileKey(key: string | undefined, path: string): KeyReader {
  if (key === undefined) return () => '';
  const read = compilePath(key, path);
  return (event) => {
    const value = read(event);
    if (typeof value === 'string')
      return value === '' || value.length > limits.triggerKeyCharactersMax ? undefined : value;
    return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
  };
}
