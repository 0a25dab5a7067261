import { readFileSync } from 'node:fs';
import { Ajv, type ValidateFunction } from 'ajv';
import { TesseraError } from '../errors.ts';
import { completeProgram } from '../loyalty/complete-program.ts';
import { compileProgram } from '../loyalty/program.ts';
import type { CouponPoolDefinition } from '../model/coupon.ts';
import type { JsonObject } from '../model/json.ts';
import type { LoyaltyProgram } from '../model/loyalty.ts';
import type { MessagingDefinition } from '../model/messaging.ts';
import type { PlacementDefinition } from '../model/placement.ts';
import type { PrivacyDefinition } from '../model/privacy.ts';
import type { QualityDefinition } from '../model/quality.ts';
import type { RetentionDefinition } from '../model/retention.ts';
import { checkLazily, type SchemaCheck } from '../model/schema-check.ts';
import { firstComplaint } from '../model/schema-error.ts';
import type { SegmentDefinition } from '../model/segment.ts';
import type { TemplateDefinition } from '../model/template.ts';
import type { Decision, TriggerDefinition } from '../model/trigger.ts';
import type { ModelDefinition } from '../model/value-model.ts';
import { completeMessaging } from '../triggers/messaging.ts';
import { completePrivacy, type WrittenPrivacy } from './complete-privacy.ts';
import { completeQuality, type WrittenQuality } from './complete-quality.ts';

/*
 * Definitions as their authors write them, one by one: held against the schema of their kind, with its defaults. Whether
 * they go together is checked elsewhere.
 */
const SCHEMAS = new URL('../../schemas/definitions/', import.meta.url);

/** Reads a trigger as its author wrote it; fails with `invalid_definition` and the place. */
export function createTriggerCheck(): (raw: unknown) => TriggerDefinition {
  const validate = schemaOf('trigger');
  return (raw) => {
    if (validate(raw)) return withPurpose(raw);
    return refuseDefinition('trigger', validate);
  };
}

/** Reads what its author wrote of messages as a whole; fails with `invalid_definition` and the place. */
export function createMessagingCheck(): (raw: unknown) => MessagingDefinition {
  const validate = schemaOf('messaging');
  return (raw) => {
    if (!validate(raw)) return refuseDefinition('messaging', validate);
    // The schema has just said that it is an object with such parts.
    return completeMessaging(raw as Partial<MessagingDefinition>);
  };
}

/** Reads what its author wrote of privacy; fails with `invalid_definition` and the place. */
export function createPrivacyCheck(): (raw: unknown) => PrivacyDefinition {
  const validate = schemaOf('privacy');
  return (raw) => {
    if (!validate(raw)) return refuseDefinition('privacy', validate);
    // The schema has just said that it is an object with such parts.
    return completePrivacy(raw as WrittenPrivacy);
  };
}

/** Reads what its author wrote of the quality of data; fails with `invalid_definition` and the place. */
export function createQualityCheck(): (raw: unknown) => QualityDefinition {
  const validate = schemaOf('quality');
  return (raw) => {
    if (!validate(raw)) return refuseDefinition('quality', validate);
    // The schema has just said that it is an object with such parts.
    return completeQuality(raw as WrittenQuality);
  };
}

/** Reads a loyalty program as its author wrote it; fails with `invalid_definition` and the place. */
export function createLoyaltyCheck(reportingCurrency: string): (raw: unknown) => LoyaltyProgram {
  const validate = schemaOf('loyalty');
  return (raw) => {
    if (!validate(raw)) return refuseDefinition('loyalty program', validate);
    // The schema has just said that it is an object.
    const program = completeProgram(raw as JsonObject, reportingCurrency);
    compileProgram(program, '');
    return program;
  };
}

/** Reads a segment as its author wrote it; fails with `invalid_definition` and the place. */
export function createSegmentCheck(): (raw: unknown) => SegmentDefinition {
  const validate = schemaOf('segment');
  return (raw) => {
    if (validate(raw)) return withKind(raw);
    return refuseDefinition('segment', validate);
  };
}

/** Reads a template as its author wrote it; fails with `invalid_definition` and the place. */
export function createTemplateCheck(): (raw: unknown) => TemplateDefinition {
  const validate = schemaOf('template');
  return (raw) => {
    // What the schema has said is a template is one.
    if (validate(raw)) return raw as TemplateDefinition;
    return refuseDefinition('template', validate);
  };
}

/** Reads a pool of coupons as its author wrote it; fails with `invalid_definition` and the place. */
export function createCouponCheck(): (raw: unknown) => CouponPoolDefinition {
  const validate = schemaOf('coupon');
  return (raw) => (validate(raw) ? withRefundRule(raw) : refuseDefinition('pool of coupons', validate));
}

/** Takes what the schema has said is a pool of coupons, but for what a refund does. */
export function withRefundRule(written: unknown): CouponPoolDefinition {
  const pool = written as CouponPoolDefinition;
  return { ...pool, on_refund: pool.on_refund ?? 'return' };
}

/** Reads a rule of retention as its author wrote it; fails with `invalid_definition` and the place. */
export function createRetentionCheck(): (raw: unknown) => RetentionDefinition {
  const validate = schemaOf('retention');
  return (raw) => {
    // What the schema has said is a rule is one.
    if (validate(raw)) return raw as RetentionDefinition;
    return refuseDefinition('rule of retention', validate);
  };
}

/** Reads a placement as its author wrote it; fails with `invalid_definition` and the place. */
export function createPlacementCheck(): (raw: unknown) => PlacementDefinition {
  const validate = schemaOf('placement');
  return (raw) => {
    // What the schema has said is a placement is one.
    if (validate(raw)) return raw as PlacementDefinition;
    return refuseDefinition('placement', validate);
  };
}

/** A webhook as its author wrote it, its secrets still open. */
export interface WrittenWebhook {
  readonly name: string;
  readonly description?: string;
  readonly url: string;
  readonly decisions?: readonly Decision[];
  readonly triggers?: readonly string[];
  readonly identifiers?: readonly string[];
  readonly disabled?: boolean;
  readonly secret?: string;
  readonly previous_secret?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Reads a webhook as its author wrote it; fails with `invalid_definition` and the place. */
export function createWebhookCheck(): (raw: unknown) => WrittenWebhook {
  const validate = schemaOf('webhook');
  return (raw) => {
    // What the schema has said is a webhook is one.
    if (validate(raw)) return raw as WrittenWebhook;
    return refuseDefinition('webhook', validate);
  };
}

/** Says what does not fit the schema of its kind, and where. */
export function refuseDefinition(kind: string, { errors }: SchemaCheck): never {
  const { path, text } = firstComplaint(errors);
  throw new TesseraError('invalid_definition', `${kind}, ${path}: ${text}`, { path });
}

/** Takes what the schema has said is a segment, but for the default kind. */
export function withKind(written: unknown): SegmentDefinition {
  const segment = written as SegmentDefinition;
  return { ...segment, kind: segment.kind ?? 'segment' };
}

/** Takes what the schema has said is a trigger, but for the default purpose. */
export function withPurpose(written: unknown): TriggerDefinition {
  const trigger = written as TriggerDefinition;
  return { ...trigger, purpose: trigger.purpose ?? 'marketing' };
}

/** Reads a model; fails with `invalid_definition` and the place. */
export function createModelCheck(): (raw: unknown) => ModelDefinition {
  const validate = schemaOf('model');
  return (raw) => {
    // What the schema has said is a model is one.
    if (validate(raw)) return raw as ModelDefinition;
    return refuseDefinition('model', validate);
  };
}

/** Holds a definition against the schema of its kind. */
export function schemaOf(kind: string): SchemaCheck {
  return checkLazily(() => compileSchema(kind));
}

/** Definitions are few, so what takes long here is to compile: half of it goes without what makes the code faster. */
function compileSchema(kind: string): ValidateFunction {
  const ajv = new Ajv({
    strict: true,
    strictRequired: false,
    allowUnionTypes: true,
    // Shipped schemas are held against theirs by a test.
    validateSchema: false,
    inlineRefs: false,
    code: { optimize: false },
  });
  return ajv.compile(JSON.parse(readFileSync(new URL(`${kind}.json`, SCHEMAS), 'utf8')));
}
