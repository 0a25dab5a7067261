import { isJsonObject, type JsonValue } from '../model/json.ts';
import { PROFILE_TERMS, type ProfileTerm } from './condition.ts';
import { isEventPath } from './path.ts';

/** One term over the profile, as a compiled condition has it. */
export interface UsedTerm {
  readonly kind: ProfileTerm;
  readonly name: string;
  /** Numbers that it compares with: where the value passes one of them the answer may change. */
  readonly bounds: readonly number[];
}

/** All terms over the profile of a condition that has been compiled, at any depth. */
export function usesOf(condition: unknown): readonly UsedTerm[] {
  if (Array.isArray(condition)) return condition.flatMap(usesOf);
  if (!isJsonObject(condition)) return [];
  for (const kind of PROFILE_TERMS) {
    const { [kind]: name, ...operators } = condition;
    if (typeof name === 'string')
      return [{ kind, name, bounds: Object.values(operators).flatMap(numbersIn) }];
  }
  return Object.values(condition).flatMap(usesOf);
}

/** Whether a condition asks for anything that an event says: by a path into it, or as what the profile is compared with. */
export function asksEvent(condition: unknown): boolean {
  if (Array.isArray(condition)) return condition.some(asksEvent);
  if (!isJsonObject(condition)) return false;
  // Beside a term over the profile, `event` is an operand; elsewhere it is no key of a condition.
  return Object.entries(condition).some(
    ([key, value]) => isEventPath(key) || key === 'event' || asksEvent(value),
  );
}

function numbersIn(operand: JsonValue | undefined): readonly number[] {
  if (typeof operand === 'number') return [operand];
  return Array.isArray(operand) ? operand.flatMap(numbersIn) : [];
}
