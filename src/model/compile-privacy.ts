import type { FieldDefinition, PrivacyDefinition } from './privacy.ts';
import { SENSITIVE_FIELDS, spellingsOf } from './sensitive-fields.ts';

/** What has to be so of a person before a field of theirs may be used. */
export interface FieldGate {
  /** The field as it is declared. */
  readonly field: string;
  /** No active purpose is declared for it: nobody's may be used. */
  readonly closed: boolean;
  readonly notice?: { readonly name: string; readonly version: number };
  readonly consent?: string;
}

/** The privacy definition, made ready. */
export interface CompiledPrivacy {
  readonly definition: PrivacyDefinition;
  /** By every spelling of a trait that not everybody's may be used of; whatever is not in it may. */
  readonly gates: ReadonlyMap<string, FieldGate>;
  /** By every spelling: sensitive fields without an active declared purpose, which are not taken in. */
  readonly unwanted: ReadonlyMap<string, string>;
  /** Declared properties among them: undeclared ones are known as traits only. */
  readonly unwantedProperties: ReadonlyMap<string, string>;
  /** Purposes that are switched off. */
  readonly inactive: ReadonlySet<string>;
}

export function compilePrivacy(definition: PrivacyDefinition): CompiledPrivacy {
  const gates = new Map<string, FieldGate>();
  const unwanted = new Map<string, string>();
  const unwantedProperties = new Map<string, string>();
  for (const field of Object.keys(SENSITIVE_FIELDS)) {
    if (Object.hasOwn(definition.fields, field)) continue;
    for (const spelling of namesOf(field)) {
      unwanted.set(spelling, field);
      gates.set(spelling, { field, closed: true });
    }
  }
  for (const [field, declared] of Object.entries(definition.fields)) {
    const gate = gateOf(field, declared, definition);
    const open = !gate.closed && gate.notice === undefined && gate.consent === undefined;
    for (const spelling of namesOf(field)) {
      if (!open) gates.set(spelling, gate);
      if (!gate.closed || declared.class !== 'sensitive') continue;
      unwanted.set(spelling, field);
      unwantedProperties.set(spelling, field);
    }
  }
  const inactive = new Set(
    Object.entries(definition.purposes).flatMap(([name, { active }]) => (active ? [] : [name])),
  );
  return { definition, gates, unwanted, unwantedProperties, inactive };
}

function gateOf(
  field: string,
  { purpose, notice, consent }: FieldDefinition,
  privacy: PrivacyDefinition,
): FieldGate {
  const declared = Object.hasOwn(privacy.purposes, purpose) ? privacy.purposes[purpose] : undefined;
  return {
    field,
    closed: declared?.active !== true,
    ...(notice && { notice }),
    ...(consent === undefined ? {} : { consent }),
  };
}

/** Every way to write the field. */
function namesOf(field: string): readonly string[] {
  const names = Object.hasOwn(SENSITIVE_FIELDS, field) ? SENSITIVE_FIELDS[field] : undefined;
  return (names ?? [field]).flatMap(spellingsOf);
}
