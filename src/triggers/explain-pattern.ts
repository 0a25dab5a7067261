import { unreachable } from '../errors.ts';
import { limits } from '../limits.ts';
import type { JsonObject } from '../model/json.ts';
import type { PendingMoment, TriggerMatch, TriggerMemory } from '../model/profile.ts';
import type { Saying } from '../model/saying.ts';
import type { EpochMs } from '../model/time.ts';
import type { CountPattern, EventPattern, SequencePattern, TriggerPattern } from '../model/trigger.ts';
import type { CompiledTrigger } from './compile.ts';
import { forbiddenIn } from './patterns/compile-sequence.ts';
import { typesIn } from './patterns/event-test.ts';
import { CLOSING } from './patterns/memory.ts';
import type { ChainKind, CountKind } from './patterns/pattern.ts';

/** What a pattern has of what it needs, as data and in a sentence for each key that it follows. */
export interface PatternState {
  readonly kind: string;
  readonly sentences: readonly Saying[];
  /** By key: what matched, newest keys first. */
  readonly progress: readonly JsonObject[];
  /** What happens by itself, and when. */
  readonly pending: readonly JsonObject[];
}

interface Remembered {
  readonly memory: TriggerMemory | undefined;
  readonly now: EpochMs;
}

/** `memory` is that of this very pattern, or absent. */
export function explainPattern(trigger: CompiledTrigger, remembered: Remembered): PatternState {
  const pending = (remembered.memory?.pending ?? []).map((moment) => pendingOf(moment, trigger));
  const { sentences, progress } = progressOf(trigger, remembered);
  return {
    kind: trigger.pattern.kind,
    sentences: [...sentences, ...pending.map(({ saying }) => saying)],
    progress,
    pending: pending.map(({ state }) => state),
  };
}

interface Progress {
  readonly sentences: readonly Saying[];
  readonly progress: readonly JsonObject[];
}

function progressOf({ pattern, definition }: CompiledTrigger, remembered: Remembered): Progress {
  const { on } = definition;
  switch (pattern.kind) {
    case 'event': {
      const types = 'event' in on ? typesIn(on) : [];
      return said({ code: 'waits_for_event', types, text: `waits for ${orJoined(types) || 'an event'}` });
    }
    case 'count':
      return countProgress(pattern, on as CountPattern, remembered);
    case 'chain':
      return chainProgress(pattern, on as SequencePattern, remembered);
    case 'crossing':
      return said({
        code: 'waits_for_condition',
        text: 'waits for its condition to turn from false to true',
      });
    case 'membership': {
      const { segment, change } = pattern;
      const text = `waits until the segment ${segment} is ${change}`;
      return said({ code: 'waits_for_segment', segment, change, text });
    }
    case 'calendar':
      return said(
        remembered.memory?.pending.length
          ? { code: 'day_to_come', text: 'has a day to come' }
          : { code: 'no_day_to_come', text: 'has no day to come' },
      );
    case 'catalog': {
      const { moment } = pattern;
      const text = `waits for the catalog to say ${moment} of what the customer was interested in`;
      return said({ code: 'waits_for_catalog', moment, text });
    }
    default:
      return unreachable(pattern);
  }
}

function said(sentence: Saying): Progress {
  return { sentences: [sentence], progress: [] };
}

function namesOf(pattern: EventPattern): string {
  return orJoined(typesIn(pattern));
}

function orJoined(types: readonly string[]): string {
  return types.join(' or ');
}

function countProgress(pattern: CountKind, on: CountPattern, { memory, now }: Remembered): Progress {
  const matches = memory?.matches ?? [];
  const opens = now - pattern.withinMs;
  const silencedAt = matches.findLast(({ step }) => step === CLOSING)?.time;
  const isSilent = silencedAt !== undefined && silencedAt > opens;
  const silence = isSilent ? { silent_until: silencedAt + pattern.withinMs } : {};
  const inWindow = matches.filter(({ step, time }) => step === 0 && time > opens && time <= now);
  const keys = newestKeys(inWindow);
  const unit = `${namesOf(on.of)} within ${on.within}`;
  const progress = (keys.length === 0 ? [''] : keys).map((key) => {
    const times = inWindow.filter((match) => match.key === key).map(({ time }) => time);
    const [first] = times;
    return {
      ...(key === '' ? {} : { key }),
      have: times.length,
      need: pattern.count,
      missing: Math.max(0, pattern.count - times.length),
      times,
      ...(first === undefined ? {} : { first_leaves_at: first + pattern.withinMs }),
      ...silence,
    };
  });
  const silencers = on.unless === undefined ? [] : typesIn(on.unless);
  const until = isSilent ? silencedAt + pattern.withinMs : undefined;
  return {
    progress,
    sentences: progress.map(({ key, have, first_leaves_at: leaves }) => ({
      code: 'counts',
      ...keyed(key),
      ...{ have, need: pattern.count, types: typesIn(on.of), within: on.within },
      ...(leaves === undefined ? {} : { first_leaves_at: leaves }),
      ...(until === undefined ? {} : { silent_until: until, silenced_by: silencers }),
      text: [
        `${whose(key)}${have} of ${pattern.count} ${unit}`,
        ...(leaves === undefined ? [] : [`the first leaves at ${timeOf(leaves)}`]),
        ...(until === undefined
          ? []
          : [`${orJoined(silencers) || 'an event'} keeps it silent until ${timeOf(until)}`]),
      ].join('; '),
    })),
  };
}

function chainProgress(pattern: ChainKind, on: SequencePattern, { memory, now }: Remembered): Progress {
  const names = on.sequence.flatMap((step) => ('not' in step ? [] : [namesOf(step)]));
  const matches = (memory?.matches ?? []).filter(({ step }) => step >= 0);
  const keys = newestKeys(matches);
  const progress = (keys.length === 0 ? [''] : keys).map((key) => {
    const reached = reachedSteps(
      pattern,
      matches.filter((match) => match.key === key),
    );
    const next = pattern.steps[reached.length];
    const last = reached.at(-1)?.time;
    const until = next === undefined || last === undefined ? Number.POSITIVE_INFINITY : last + next.withinMs;
    const isOver = until < now;
    return {
      ...(key === '' ? {} : { key }),
      have: isOver ? 0 : reached.length,
      need: pattern.steps.length,
      missing: names.slice(isOver ? 0 : reached.length),
      times: isOver ? [] : reached.map(({ time }) => time),
      ...(isOver || !Number.isFinite(until) ? {} : { next_until: until }),
    };
  });
  return {
    progress,
    sentences: progress.map(({ key, have, need, missing, next_until: until }) => ({
      code: 'steps',
      ...keyed(key),
      ...{ have, need },
      ...(missing[0] === undefined ? {} : { next: missing[0] }),
      ...(until === undefined ? {} : { until }),
      text: [
        `${whose(key)}${have} of ${need} steps`,
        ...(missing[0] === undefined ? [] : [`${missing[0]} comes next`]),
        ...(until === undefined ? [] : [`by ${timeOf(until)}`]),
      ].join('; '),
    })),
  };
}

/** The longest beginning of the chain that has happened, by the newest match of each step that fits the one before. */
function reachedSteps({ steps }: ChainKind, matches: readonly TriggerMatch[]): readonly TriggerMatch[] {
  const reached: TriggerMatch[] = [];
  for (const [index, { withinMs }] of steps.entries()) {
    const before = reached.at(-1);
    const found = matches.findLast(
      ({ step, time }) =>
        step === index && (before === undefined || (time >= before.time && time - before.time <= withinMs)),
    );
    if (found === undefined) break;
    reached.push(found);
  }
  return reached;
}

/** Keys in the order of their newest match. */
function newestKeys(matches: readonly TriggerMatch[]): readonly string[] {
  const keys = new Set<string>();
  for (const { key } of matches.toReversed()) if (key !== null) keys.add(key);
  return [...keys].slice(0, limits.explainedKeysMax);
}

function pendingOf(
  { key, time, due }: PendingMoment,
  { definition }: CompiledTrigger,
): { state: JsonObject; saying: Saying } {
  const on: TriggerPattern | EventPattern = definition.on;
  const closing = 'sequence' in on ? on.sequence.at(-1) : undefined;
  const unless = closing !== undefined && 'not' in closing ? forbiddenIn(closing).map(namesOf) : [];
  const but = unless.length === 0 ? '' : `, unless ${orJoined(unless)} comes before`;
  return {
    state: { ...keyed(key), since: time, due },
    saying: {
      code: 'complete_at',
      ...keyed(key),
      at: due,
      unless,
      text: `${whose(key)}is complete at ${timeOf(due)}${but}`,
    },
  };
}

/** What a sentence is about, where a pattern follows several things at once. */
export function keyed(key = ''): { readonly key?: string } {
  return key === '' ? {} : { key };
}

export function whose(key = ''): string {
  return key === '' ? '' : `${key}: `;
}

export function timeOf(at: EpochMs): string {
  return new Date(at).toISOString();
}
