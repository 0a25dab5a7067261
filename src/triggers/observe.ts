import { unreachable } from '../errors.ts';
import type { Event } from '../model/event.ts';
import type { Header } from '../model/profile.ts';
import type { EpochMs } from '../model/time.ts';
import { causeOf, firingId } from './candidate.ts';
import type { CompiledTrigger } from './compile.ts';
import { seeInterest } from './patterns/catalog.ts';
import { seeCount } from './patterns/count.ts';
import type { EventKind } from './patterns/pattern.ts';
import { seeChain } from './patterns/sequence.ts';
import type { Sighting } from './patterns/sighting.ts';
import { seeSince } from './patterns/since.ts';

/** What triggers make of an event that has reached a profile. `triggers` are those of its type. */
export function observe(
  triggers: readonly CompiledTrigger[],
  { header, event, now }: { readonly header: Header; readonly event: Event; readonly now: EpochMs },
): Sighting {
  const cause = causeOf(event);
  const sighting: Sighting = { header, event, cause, now, candidates: [], cancellations: [], changed: false };
  for (const trigger of triggers) see(trigger, sighting);
  return sighting;
}

function see(trigger: CompiledTrigger, sighting: Sighting): void {
  const { pattern } = trigger;
  switch (pattern.kind) {
    case 'event':
      seeEvent(trigger, pattern, sighting);
      break;
    case 'count':
      seeCount(trigger, pattern, sighting);
      break;
    case 'chain':
      seeChain(trigger, pattern, sighting);
      break;
    case 'catalog':
      seeInterest(trigger, pattern, sighting);
      break;
    case 'calendar':
      seeSince(trigger, pattern, sighting);
      break;
    case 'crossing':
    case 'membership':
      // These go by what the profile has become, not by the event.
      break;
    default:
      unreachable(pattern);
  }
}

/** Each matching event is a candidate; nothing is remembered. */
function seeEvent(trigger: CompiledTrigger, { matches }: EventKind, sighting: Sighting): void {
  const { event, cause, now, candidates } = sighting;
  if (event.late === true || !matches(event)) return;
  candidates.push({
    trigger,
    key: '',
    cause,
    id: firingId(trigger.name, '', cause),
    at: now,
    event,
    trace: { time: event.time },
    useUp: NOTHING,
  });
}

const NOTHING = (): void => undefined;
