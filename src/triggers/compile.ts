import { type CompiledCondition, compileCondition } from '../conditions/condition.ts';
import { TesseraError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { VersionedTrigger } from '../model/definitions.ts';
import type { VersionedSegment } from '../model/segment.ts';
import type { EpochMs } from '../model/time.ts';
import type { CatalogMomentKind, TriggerDefinition } from '../model/trigger.ts';
import { versionOf } from '../model/version-of.ts';
import { type ActionData, compileActionData } from './action-data.ts';
import { type CompiledLimits, compileLimits } from './limits/compile-limits.ts';
import { compilePattern, typesOf } from './patterns/compile-pattern.ts';
import type { CompiledPattern } from './patterns/pattern.ts';

/** A trigger made ready: pattern and condition compiled, durations in milliseconds. */
export interface CompiledTrigger {
  readonly definition: TriggerDefinition;
  readonly name: string;
  readonly version: string;
  readonly priority: number;
  readonly pattern: CompiledPattern;
  /** Of the pattern alone: what another one remembers means nothing to this one, nor what was remembered before a restart. */
  readonly patternVersion: string;
  /** When it was switched on again, the last time; absent where it never was. */
  readonly restartedAt?: EpochMs;
  readonly when: CompiledCondition | undefined;
  readonly limits: CompiledLimits;
  /** Absent where the action has none. */
  readonly data: ActionData | undefined;
}

/** Indexed, so that a thousand triggers cost what the few relevant ones cost; every list in the order of decision. */
export interface TriggerSet {
  readonly all: readonly CompiledTrigger[];
  readonly byName: ReadonlyMap<string, CompiledTrigger>;
  /** By name, those that are switched off: they are in no other list, so that they cost nothing and decide nothing. */
  readonly off: ReadonlyMap<string, CompiledTrigger>;
  readonly byType: ReadonlyMap<string, readonly CompiledTrigger[]>;
  /** By the segment whose entries and exits they watch, hidden ones included. */
  readonly bySegment: ReadonlyMap<string, readonly CompiledTrigger[]>;
  readonly calendars: readonly CompiledTrigger[];
  readonly byMoment: ReadonlyMap<CatalogMomentKind, readonly CompiledTrigger[]>;
  /** What crossings are kept as. */
  readonly crossings: readonly VersionedSegment[];
  readonly interested: (eventType: string) => boolean;
}

/** What definitions may name; without a set any name is accepted. */
export interface KnownNames {
  readonly features?: ReadonlySet<string>;
  readonly segments?: ReadonlySet<string>;
  readonly occasions?: ReadonlySet<string>;
}

/** Fails with `invalid_definition`, naming the trigger and the place in it. */
export function compileTriggers(triggers: readonly VersionedTrigger[], names: KnownNames = {}): TriggerSet {
  if (triggers.length > limits.triggersMax) {
    throw new TesseraError(
      'invalid_definition',
      `${triggers.length} triggers; at most ${limits.triggersMax}`,
    );
  }
  const compiled = triggers.map((trigger) => compileTrigger(trigger, names)).sort(byOrder);
  const all = compiled.filter(({ definition }) => definition.enabled !== false);
  const off = compiled.filter(({ definition }) => definition.enabled === false);
  const byType = listed(all, ({ definition }) => typesOf(definition.on));
  return {
    all,
    byName: new Map(all.map((trigger) => [trigger.name, trigger])),
    off: new Map(off.map((trigger) => [trigger.name, trigger])),
    byType,
    bySegment: listed(all, ({ pattern }) => segmentsOf(pattern)),
    calendars: all.filter(({ pattern }) => pattern.kind === 'calendar'),
    byMoment: listed(all, ({ pattern }) => (pattern.kind === 'catalog' ? [pattern.moment] : [])),
    crossings: all.flatMap(({ pattern }) => (pattern.kind === 'crossing' ? [pattern.segment] : [])),
    interested: (type) => byType.has(type),
  };
}

function byOrder(a: CompiledTrigger, b: CompiledTrigger): number {
  if (a.priority !== b.priority) return b.priority - a.priority;
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}

/** Every profile keeps it for each trigger that it remembers anything for. */
const PATTERN_VERSION_CHARACTERS = 8;

function segmentsOf(pattern: CompiledPattern): readonly string[] {
  if (pattern.kind === 'membership') return [pattern.segment];
  return pattern.kind === 'crossing' ? [pattern.segment.definition.name] : [];
}

function listed<Key extends string>(
  triggers: readonly CompiledTrigger[],
  keysOf: (trigger: CompiledTrigger) => Iterable<Key>,
): ReadonlyMap<Key, readonly CompiledTrigger[]> {
  const lists = new Map<Key, CompiledTrigger[]>();
  for (const trigger of triggers) {
    for (const key of new Set(keysOf(trigger))) {
      const list = lists.get(key);
      if (list === undefined) lists.set(key, [trigger]);
      else list.push(trigger);
    }
  }
  return lists;
}

function compileTrigger(
  { definition, version, restarts }: VersionedTrigger,
  names: KnownNames,
): CompiledTrigger {
  const { name, on, when, limit, priority = 0, action } = definition;
  try {
    return {
      definition,
      name,
      version,
      priority,
      pattern: compilePattern(definition, names, restarts?.times),
      patternVersion: versionOf(restarts === undefined ? on : [on, restarts.times]).slice(
        0,
        PATTERN_VERSION_CHARACTERS,
      ),
      ...(restarts === undefined ? {} : { restartedAt: restarts.at }),
      when: when && compileCondition(when, { path: '/when', profile: true, ...names }),
      limits: compileLimits(limit, names),
      data: action.data && compileActionData(action.data, names),
    };
  } catch (error) {
    const detail = error instanceof TesseraError ? error.message : String(error);
    const path = error instanceof TesseraError ? error.path : undefined;
    throw new TesseraError('invalid_definition', `trigger ${name}: ${detail}`, {
      cause: error,
      ...(path === undefined ? {} : { path }),
    });
  }
}
