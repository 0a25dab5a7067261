import type { Event } from '../model/event.ts';
import { type Lesson, lessons } from '../model/recommendation.ts';
import { teachingTypes } from './interactions.ts';

const TEACHING: ReadonlySet<string> = new Set(teachingTypes);

/**
 * What recommendations may learn from an event. Staff, tests, resellers and bots are no customers, and nobody should be offered what they
 * look at; a favorite that is taken off again teaches nothing. `agrees` is asked of the others alone: undefined where nothing but storing
 * is allowed.
 */
export function lessonOf({ type, kind, properties }: Event, agrees: () => boolean | undefined): Lesson {
  if (!TEACHING.has(type)) return lessons.none;
  if (kind !== undefined && kind.kind !== 'customer') return lessons.none;
  if (type === 'product_favorited' && properties.removed === true) return lessons.none;
  const agreed = agrees();
  if (agreed === undefined) return lessons.none;
  return agreed ? lessons.agreed : lessons.any;
}
