import { type CompiledCondition, compileCondition, compileEventCondition } from '../conditions/condition.ts';
import { TesseraError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { VersionedTrigger } from '../model/definitions.ts';
import type { Event } from '../model/event.ts';
import { type DurationMs, parseDuration } from '../model/time.ts';
import type { EventPattern, TriggerDefinition } from '../model/trigger.ts';

/** A trigger made ready: patterns and condition compiled, durations in milliseconds. */
export interface CompiledTrigger {
  readonly definition: TriggerDefinition;
  readonly version: string;
  readonly count: number;
  readonly withinMs: DurationMs;
  readonly cooldownMs: DurationMs;
  readonly matches: (event: Event) => boolean;
  readonly cancels: (event: Event) => boolean;
  readonly when: CompiledCondition | undefined;
}

/** Indexed by event type, so that a thousand triggers cost what the few relevant ones cost. */
export interface TriggerSet {
  readonly all: readonly CompiledTrigger[];
  readonly byType: ReadonlyMap<string, readonly CompiledTrigger[]>;
  readonly interested: (eventType: string) => boolean;
}

/** What conditions may name; without a set any name is accepted. */
export interface KnownNames {
  readonly features?: ReadonlySet<string>;
  readonly segments?: ReadonlySet<string>;
}

/** Fails with `invalid_definition`, naming the trigger and the place in it. */
export function compileTriggers(triggers: readonly VersionedTrigger[], names: KnownNames = {}): TriggerSet {
  if (triggers.length > limits.triggersMax) {
    throw new TesseraError(
      'invalid_definition',
      `${triggers.length} triggers; at most ${limits.triggersMax}`,
    );
  }
  const byType = new Map<string, CompiledTrigger[]>();
  const all = triggers.map((trigger) => compileTrigger(trigger, names));
  for (const trigger of all) {
    const { of, unless } = trigger.definition.on;
    for (const type of new Set([of.event, unless?.event])) {
      if (type === undefined) continue;
      const list = byType.get(type);
      if (list === undefined) byType.set(type, [trigger]);
      else list.push(trigger);
    }
  }
  return { all, byType, interested: (type) => byType.has(type) };
}

function compileTrigger({ definition, version }: VersionedTrigger, names: KnownNames): CompiledTrigger {
  const { name, on, when, limit } = definition;
  try {
    return {
      definition,
      version,
      count: on.count,
      withinMs: duration(on.within, '/on/within'),
      cooldownMs: limit?.cooldown === undefined ? 0 : duration(limit.cooldown, '/limit/cooldown'),
      matches: compilePattern(on.of, '/on/of'),
      cancels: on.unless === undefined ? () => false : compilePattern(on.unless, '/on/unless'),
      when: when && compileCondition(when, { path: '/when', profile: true, ...names }),
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

function compilePattern(pattern: EventPattern, path: string): (event: Event) => boolean {
  const type = pattern.event;
  if (pattern.where === undefined) return (event) => event.type === type;
  const fits = compileEventCondition(pattern.where, `${path}/where`);
  return (event) => event.type === type && fits(event);
}

function duration(text: string, path: string): DurationMs {
  const ms = parseDuration(text);
  if (ms === undefined || ms > limits.windowMaxMs) {
    throw new TesseraError(
      'invalid_definition',
      `${path}: ${text} is not a duration such as 30m, 24h or 7d (at most 730d)`,
      { path },
    );
  }
  return ms;
}
