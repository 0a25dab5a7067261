import { convert, pathAsSent, rename } from '../../ingest/canonical-properties.ts';
import { explainFault, OWN } from '../../ingest/explain-fault.ts';
import { withOwnSchema } from '../../ingest/own-schemas/live-schemas.ts';
import { compileOwnSchema } from '../../ingest/own-schemas/own-schema.ts';
import type { EventSchema } from '../../ingest/schemas.ts';
import type { Event } from '../../model/event.ts';
import type { EventSchemaDefinition } from '../../model/event-schema.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import { decimalsOfCurrency } from '../../model/money.ts';
import type { SchemaError } from '../../model/schema-error.ts';
import type { EpochMs } from '../../model/time.ts';
import { versionOf } from '../../model/version-of.ts';
import { convertedPaths, withDecimals, withoutConverted, withoutLineAmounts } from './as-sent.ts';
import { forStoredEvents, isUnknown, UNKNOWN } from './unseal-schema.ts';

/** What would be said of an event, were it sent now. */
export interface EventVerdict {
  /** Absent where it fits. */
  readonly fault?: { readonly code: string; readonly path: string; readonly message: string };
  /** Fields that could not be looked at, `*` standing for places in lists. */
  readonly skipped: readonly { readonly path: string; readonly why: 'sealed' | 'converted' }[];
}

export type CheckEvent = (event: Event) => EventVerdict;

export interface CheckEventOptions {
  readonly definition: EventSchemaDefinition;
  /** The shipped schema of the type, or that of custom events. */
  readonly base: EventSchema;
  /** What is in force beside it, and since when. */
  readonly inForce?: { readonly schema: EventSchema; readonly since: EpochMs } | undefined;
  readonly defaultCurrency: string;
}

/** Words about how a value is written: a converted one may have been written otherwise. */
const FORMS = new Set(['type', 'pattern', 'minLength', 'maxLength', 'format', 'enum', 'const', 'multipleOf']);

/** Takes a stored event the way that ingest would take it under the definition: names, schema, conversions. */
export function createEventCheck(options: CheckEventOptions): CheckEvent {
  const { definition, base, inForce, defaultCurrency } = options;
  const own = compileOwnSchema(definition, versionOf(definition), { wrap: forStoredEvents });
  own.compile();
  const { shape } = withOwnSchema(base, own);
  const asked = own.validate;
  const lossy = new Set([...convertedPaths(shape), ...convertedPaths(inForce?.schema.shape ?? base.shape)]);
  return (event) => {
    const decimals = decimalsOfCurrency(event.currency ?? defaultCurrency) ?? 0;
    const sent = asSent(event, { base, own: shape, inForce, decimals });
    const doubtful: string[] = [];
    let named = rename(shape, sent);
    while (!asked(named)) {
      const written = asked.errors?.find((error) => isAboutForm(error, lossy));
      if (written === undefined || isUnknown(valueAt(named, written.instancePath))) {
        const { code, path, message } = explainFault(asked.errors, OWN);
        const fault = {
          code,
          path: `/properties${path === '' ? '' : pathAsSent(shape, sent, path)}`,
          message,
        };
        return { fault, skipped: skippedIn(named, doubtful) };
      }
      doubtful.push(written.instancePath);
      named = withUnknown(named, written.instancePath.split('/').slice(1)) as JsonObject;
    }
    const state = { decimals, money: false, failure: undefined };
    convert(shape, named, state);
    const failure = failureOf(state);
    const skipped = skippedIn(named, doubtful);
    if (failure === undefined) return { skipped };
    const { code, path, message } = failure;
    return { fault: { code, path: `/properties${pathAsSent(shape, sent, path)}`, message }, skipped };
  };
}

/** What a conversion has left there; the type of a literal knows only what stood in it. */
function failureOf(state: Parameters<typeof convert>[2]): Parameters<typeof convert>[2]['failure'] {
  return state.failure;
}

interface Sending extends Pick<CheckEventOptions, 'base' | 'inForce'> {
  /** The shipped shape with what the definition says. */
  readonly own: EventSchema['shape'];
  readonly decimals: number;
}

/** The event's properties as a sender would write them. What an earlier definition may have converted is not known. */
function asSent(event: Event, { base, own, inForce, decimals }: Sending): JsonObject {
  const properties = event.order === undefined ? event.properties : withoutLineAmounts(event.properties);
  const isUnderForce = inForce !== undefined && event.receivedAt >= inForce.since;
  const known = isUnderForce ? inForce.schema.shape : base.shape;
  const decimal = withDecimals(known, properties, decimals);
  // Money of a type whose shipped schema knows none was converted by a definition.
  const wasConverted =
    !isUnderForce && (inForce !== undefined || (!base.shape.money && event.currency !== undefined));
  return wasConverted ? withoutConverted(beyond(own, base.shape), decimal) : decimal;
}

/** What one shape converts and another one does not. */
function beyond(shape: EventSchema['shape'], base: EventSchema['shape'] | undefined): EventSchema['shape'] {
  const known = new Set(base?.conversions.map(({ key }) => key));
  return {
    ...shape,
    conversions: shape.conversions.filter(({ key }) => !known.has(key)),
    children: shape.children.map(({ key, shape: child }) => ({
      key,
      shape: beyond(child, base?.children.find((each) => each.key === key)?.shape),
    })),
  };
}

function isAboutForm({ keyword, instancePath }: SchemaError, lossy: ReadonlySet<string>): boolean {
  return FORMS.has(keyword) && lossy.has(anyPlace(instancePath));
}

/** A pointer with `*` for every place in a list. */
export function anyPlace(path: string): string {
  return path.replace(/\/\d+(?=\/|$)/g, '/*');
}

function valueAt(value: JsonValue | undefined, path: string): JsonValue | undefined {
  let found = value;
  for (const step of path.split('/').slice(1))
    found = Array.isArray(found) ? found[Number(step)] : isJsonObject(found) ? found[step] : undefined;
  return found;
}

function withUnknown(value: JsonValue | undefined, steps: readonly string[]): JsonValue {
  const [step, ...rest] = steps;
  if (step === undefined) return UNKNOWN;
  if (Array.isArray(value))
    return value.map((each: JsonValue, n) => (n === Number(step) ? withUnknown(each, rest) : each));
  return isJsonObject(value) ? { ...value, [step]: withUnknown(value[step], rest) } : UNKNOWN;
}

function skippedIn(properties: JsonObject, doubtful: readonly string[]): EventVerdict['skipped'] {
  const found: { path: string; why: 'sealed' | 'converted' }[] = [];
  collect(properties, '', found);
  for (const path of doubtful)
    if (!found.some((each) => each.path === path)) found.push({ path, why: 'converted' });
  return found.map(({ path, why }) => ({ path: `/properties${anyPlace(path)}`, why }));
}

function collect(
  value: JsonValue | undefined,
  path: string,
  found: { path: string; why: 'sealed' | 'converted' }[],
): void {
  if (Array.isArray(value)) for (const [n, each] of value.entries()) collect(each, `${path}/${n}`, found);
  if (!isJsonObject(value)) return;
  if (value.$sealed !== undefined) {
    found.push({ path, why: value === UNKNOWN ? 'converted' : 'sealed' });
    return;
  }
  for (const [key, each] of Object.entries(value)) collect(each, `${path}/${key}`, found);
}
