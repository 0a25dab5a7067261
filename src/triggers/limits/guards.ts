import {
  type CompiledCondition,
  type ConditionScope,
  compileCondition,
  type ProfileLookup,
} from '../../conditions/condition.ts';
import type { Event } from '../../model/event.ts';
import type { GuardDefinition } from '../../model/messaging.ts';

/** What conditions may name; without a set any name is accepted. */
export type ConditionNames = Pick<ConditionScope, 'features' | 'segments'>;

/** Keeps decisions from whoever its condition holds for. */
export interface CompiledGuard {
  readonly name: string;
  readonly unless: CompiledCondition;
  readonly definition: GuardDefinition;
}

/** Fails with `invalid_definition` and the place. */
export function compileGuards(
  guards: readonly GuardDefinition[] | undefined,
  names: ConditionNames & { readonly path: string },
): readonly CompiledGuard[] {
  return (guards ?? []).map((definition, index) => ({
    name: definition.name,
    unless: compileCondition(definition.unless, {
      ...names,
      path: `${names.path}/${index}/unless`,
      profile: true,
    }),
    definition,
  }));
}

/** The first guard whose condition holds. */
export function guardAgainst(
  guards: readonly CompiledGuard[],
  event: Event,
  lookup: ProfileLookup,
): CompiledGuard | undefined {
  return guards.find(({ unless }) => unless(event, lookup));
}
