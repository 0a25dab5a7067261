import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { parse } from 'yaml';
import { TesseraError } from '../errors.ts';
import type { IdentifierTypePolicy, IdentityPolicy } from '../model/identity-policy.ts';

/** How values of a type are made comparable; see normalize-identifier.ts. */
export type Normalization = 'phone' | 'email' | 'number' | 'exact';

/** What ingest needs to know of a type, beside what identity does. */
export interface IdentifierTypeRule extends IdentifierTypePolicy {
  readonly normalize: Normalization;
  /** Ids that somebody issues: they may be written `type@issuer`. */
  readonly issued?: boolean;
  /** The issuer that is meant where none is written. */
  readonly issuer?: string;
}

/** deploy/retail/identity.yaml, validated. */
export interface IdentifierPolicy extends IdentityPolicy {
  /** Types strongest first. */
  readonly types: readonly IdentifierTypeRule[];
  readonly blocked: {
    /** Values that never identify anybody, in any letter case, quoted or not. */
    readonly values: readonly string[];
    /** From how many digits on a value of one repeated digit is blocked; zeros always are. */
    readonly repeated_digits_from: number;
  };
}

const SCHEMA = new URL('../../schemas/definitions/identity.json', import.meta.url);

/** Reads and checks the policy. Fails with `invalid_definition`, saying where and what. */
export function loadIdentityPolicy(path: string | URL): IdentifierPolicy {
  return parseIdentityPolicy(readFileSync(path, 'utf8'));
}

export function parseIdentityPolicy(text: string): IdentifierPolicy {
  const policy = parseYaml(text);
  const validate = new Ajv({ strict: true }).compile<IdentifierPolicy>(
    JSON.parse(readFileSync(SCHEMA, 'utf8')),
  );
  if (!validate(policy)) {
    const [first] = validate.errors ?? [];
    const path = first?.instancePath ?? '';
    throw new TesseraError('invalid_definition', `identity policy, ${path || '/'}: ${first?.message}`, {
      path,
    });
  }
  const names = new Set(policy.types.map((rule) => rule.type));
  if (names.size < policy.types.length) {
    throw new TesseraError('invalid_definition', 'identity policy, /types: a type is listed twice', {
      path: '/types',
    });
  }
  return policy;
}

function parseYaml(text: string): unknown {
  try {
    return parse(text);
  } catch (cause) {
    throw new TesseraError('invalid_definition', 'the identity policy is not valid YAML', { cause });
  }
}
