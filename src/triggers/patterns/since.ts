import type { TriggerMemory } from '../../model/profile.ts';
import type { CompiledTrigger } from '../compile.ts';
import { byTime, memoryOf, remember } from './memory.ts';
import type { CalendarKind } from './pattern.ts';
import type { Sighting } from './sighting.ts';

/** Facets of which the newest event is remembered: the others may leave. */
const FACETS_MAX = 8;

/** An event that days are counted from: the newest counts, late or not. When it is due is planned after the event. */
export function seeSince(trigger: CompiledTrigger, { day }: CalendarKind, sighting: Sighting): void {
  const { event, cause, header } = sighting;
  if (day.of !== 'since' || !day.matches(event)) return;
  const memory: TriggerMemory = memoryOf(header, trigger);
  const { time, facet } = event;
  const known = memory.matches.find((match) => match.facet === facet);
  if (known !== undefined && byTime(known, { time, cause }) >= 0) return;
  memory.matches = memory.matches.filter((match) => match !== known);
  remember(
    memory,
    { step: 0, time, cause, key: '', facet },
    { matches: FACETS_MAX, since: Number.NEGATIVE_INFINITY },
  );
  sighting.changed = true;
}
