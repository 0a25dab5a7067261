import { readFileSync } from 'node:fs';
import { Ajv, type ValidateFunction } from 'ajv';
import { parseDocument } from 'yaml';
import { compileEventCondition } from '../conditions/condition.ts';
import { TesseraError } from '../errors.ts';
import { baseType } from '../model/identifier-type.ts';
import type { IdentityPolicy, SourceRule } from '../model/identity-policy.ts';
import { firstComplaint } from '../model/schema-error.ts';
import { parseListEntry } from './kind-lists.ts';

/**
 * The identity policy as people write it → one with every section, checked. Everything that is wrong with it fails with
 * `invalid_definition`, naming the place and never a value: lists and blocked values may hold identifiers.
 */
const SCHEMA = new URL('../../schemas/definitions/identity.json', import.meta.url);

/** Reads the policy from a YAML file. */
export function loadIdentityPolicy(path: string | URL): IdentityPolicy {
  return parseIdentityPolicy(readFileSync(path, 'utf8'));
}

/** Reads the policy from YAML (or JSON) text. */
export function parseIdentityPolicy(text: string): IdentityPolicy {
  return checkIdentityPolicy(parseYaml(text));
}

/** Checks a parsed policy and fills in what it leaves out. The value given stays as it is. */
export function checkIdentityPolicy(value: unknown): IdentityPolicy {
  return createPolicyCheck()(value);
}

/** The same for many policies: the schema, which costs more than a policy, is compiled with the first. */
export function createPolicyCheck(): (value: unknown) => IdentityPolicy {
  let validate: ValidateFunction<IdentityPolicy> | undefined;
  return (value) => {
    validate ??= compileSchema();
    const policy: unknown = structuredClone(value);
    if (!validate(policy)) {
      const { path, text } = firstComplaint(validate.errors);
      refuse(path, text);
    }
    checkTypes(policy);
    checkSources(policy);
    checkKinds(policy);
    return policy;
  };
}

function compileSchema(): ValidateFunction<IdentityPolicy> {
  // The shipped schema is held against its own by a test.
  const ajv = new Ajv({ strict: true, strictRequired: false, useDefaults: true, validateSchema: false });
  return ajv.compile<IdentityPolicy>(JSON.parse(readFileSync(SCHEMA, 'utf8')));
}

function refuse(path: string, why: string): never {
  throw new TesseraError('invalid_definition', `identity policy, ${path || '/'}: ${why}`, { path });
}

function parseYaml(text: string): unknown {
  const document = parseDocument(text);
  const [problem] = document.errors;
  if (problem !== undefined) {
    // The library's own text quotes the line, which may hold an identifier.
    const [place] = problem.linePos ?? [];
    throw notYaml(problem, place === undefined ? '' : ` in line ${place.line}, column ${place.col}`);
  }
  try {
    return document.toJS();
  } catch (cause) {
    throw notYaml(cause, ': it refers to itself too often');
  }
}

function notYaml(cause: unknown, where: string): TesseraError {
  return new TesseraError('invalid_definition', `the identity policy is not valid YAML${where}`, { cause });
}

function checkTypes({ types }: IdentityPolicy): void {
  const seen = new Set<string>();
  types.forEach(({ type }, i) => {
    if (seen.has(type)) refuse(`/types/${i}`, `${type} is listed twice`);
    seen.add(type);
  });
}

function checkSources({ types, sources }: IdentityPolicy): void {
  const known = new Set(types.map(({ type }) => type));
  sources.forEach((rule, i) => {
    for (const list of ['may_link', 'never_link'] as const) {
      rule[list]?.forEach((type, n) => {
        if (!known.has(type)) refuse(`/sources/${i}/${list}/${n}`, `there is no type ${type}`);
      });
    }
    const both = rule.never_link?.find((type) => rule.may_link?.includes(type));
    if (both !== undefined) refuse(`/sources/${i}/never_link`, `${both} is also in may_link`);
    if (fitsAll(rule) && i < sources.length - 1) {
      refuse(`/sources/${i}`, 'fits every event, so that the rules after it never hold');
    }
  });
}

function fitsAll({ source = '*', channel = '*' }: SourceRule): boolean {
  return source === '*' && channel === '*';
}

function checkKinds({ types, kinds }: IdentityPolicy): void {
  const issued = new Map(types.map((type) => [type.type, type.issued === true]));
  for (const [kind, entries] of Object.entries(kinds.lists)) {
    entries.forEach((entry, i) => {
      const { type } = parseListEntry(entry);
      const base = baseType(type);
      if (!issued.has(base)) refuse(`/kinds/lists/${kind}/${i}`, `there is no type ${base}`);
      if (type !== base && issued.get(base) === false) {
        refuse(`/kinds/lists/${kind}/${i}`, `${base} is not issued, so it has no issuer`);
      }
    });
  }
  kinds.rules.forEach(({ where }, i) => {
    compileEventCondition(where, `/kinds/rules/${i}/where`);
  });
}
