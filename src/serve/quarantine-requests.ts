import { TesseraError } from '../errors.ts';
import { limits } from '../limits.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../model/json.ts';
import { inBody, invalidField, refuseUnknownFields } from './json-body.ts';
import {
  choiceParameter,
  integerParameter,
  type ParameterValues,
  readParameters,
  textParameter,
  timeParameter,
  withoutAbsent,
} from './parameters.ts';
import {
  type QuarantineColumn,
  type QuarantineFilter,
  quarantineColumns,
  quarantineStates,
  type ReplayRequest,
} from './quarantine-service.ts';

const named = (description: string, example: string, pattern?: RegExp) =>
  textParameter({ description, example, charactersMax: 128, ...(pattern === undefined ? {} : { pattern }) });

const WORD = /^[a-z][a-z0-9_]{0,63}$/;

const which = {
  code: named('Only events that were kept for this reason.', 'schema_violation', WORD),
  source: named('Only of this source.', 'web'),
  channel: named('Only of this channel.', 'web'),
  type: named('Only of this type, where it was understood.', 'product_viewed', WORD),
  path: textParameter({
    description: 'Only with this path; `*` stands for a place in a list.',
    charactersMax: limits.quarantineReasonCharactersMax,
    pattern: /^\//,
    example: '/properties/products/*/price',
  }),
  schema_version: named(
    'Only what this version of a schema has refused.',
    'order_completed@0b9d3f0e7a51c2d4',
  ),
  from: timeParameter({ description: 'Received then or later.', example: '2026-11-21T10:00:00Z' }),
  to: timeParameter({ description: 'Received before.', example: '2026-11-22' }),
  attempts: integerParameter({
    description: 'Tried so often or more.',
    minimum: 0,
    maximum: 1_000_000,
    fallback: 0,
  }),
};

/** By what events are looked for, as parameters of an address and as fields of a replay. */
export const filterParameters = {
  ...which,
  state: choiceParameter({
    description: 'Only those that wait to be replayed, were replayed, or have failed too often.',
    choices: quarantineStates,
  }),
};

type Which = ParameterValues<typeof which>;

export function filterIn({
  schema_version: schemaVersion,
  from: receivedFrom,
  to: receivedTo,
  state,
  ...rest
}: Which & { readonly state?: string | undefined }): QuarantineFilter {
  if (receivedFrom !== undefined && receivedTo !== undefined && receivedFrom >= receivedTo)
    throw new TesseraError('invalid_parameter', 'The parameter to must be after from.', { path: 'to' });
  const known = quarantineStates.find((each) => each === state);
  return withoutAbsent({ ...rest, schemaVersion, receivedFrom, receivedTo, state: known });
}

/** `code,source` as columns; those that somebody mends by unless told. */
export function readBreakdown(text: string | undefined): readonly QuarantineColumn[] {
  if (text === undefined) return ['code', 'source', 'path'];
  const columns = text.split(',').map((name) => quarantineColumns.find((column) => column === name));
  if (columns.includes(undefined) || new Set(columns).size < columns.length)
    throw new TesseraError(
      'invalid_parameter',
      `The parameter by must name some of ${quarantineColumns.join(', ')}, each once.`,
      { path: 'by' },
    );
  return columns.filter((column) => column !== undefined);
}

/** What a replay asks for: a few at once, or a job for all that match. */
export type AskedReplay = { readonly dryRun: boolean } & (
  | { readonly request: ReplayRequest }
  | { readonly filter: QuarantineFilter }
);

export function readReplay(body: JsonObject): AskedReplay {
  refuseUnknownFields(body, ['ids', 'code', 'limit', 'filter', 'all', 'dry_run']);
  const { filter, all, dry_run: dry = false } = body;
  if (typeof dry !== 'boolean') throw invalidField('dry_run', 'must be true or false');
  if (filter === undefined && all === undefined) return { dryRun: dry, request: readRequest(body) };
  for (const name of ['ids', 'code', 'limit'])
    if (body[name] !== undefined) throw invalidField(name, 'cannot stand beside filter or all');
  if (all !== undefined && all !== true) throw invalidField('all', 'must be true');
  if (all === true && filter !== undefined) throw invalidField('filter', 'cannot stand beside all');
  return { dryRun: dry, filter: all === true ? {} : readFilter(filter) };
}

/** The same words as in addresses, read in the same way. A filter without any would be everything by accident. */
function readFilter(filter: JsonValue | undefined): QuarantineFilter {
  if (!isJsonObject(filter) || Object.keys(filter).length === 0)
    throw invalidField('filter', 'must be an object that says which events; all of them are "all": true');
  const texts: Record<string, string> = {};
  for (const [name, value] of Object.entries(filter)) {
    if (typeof value !== 'string' && typeof value !== 'number')
      throw invalidField('filter', 'has fields that are texts or numbers');
    texts[name] = String(value);
  }
  return inBody(() => filterIn(readParameters(which, texts)), '/filter');
}

function readRequest({ ids, code, limit }: JsonObject): ReplayRequest {
  if (ids === undefined && code === undefined)
    throw new TesseraError('invalid_parameter', 'ids, code, filter or all must say which events.', {
      path: '/ids',
    });
  if (code !== undefined && (typeof code !== 'string' || !WORD.test(code)))
    throw invalidField('code', 'must be a code');
  const max = limit ?? limits.pageDefault;
  if (typeof max !== 'number' || !Number.isInteger(max) || max < 1 || max > limits.pageMax) {
    throw invalidField('limit', `must be an integer from 1 to ${limits.pageMax}`);
  }
  const given = code === undefined ? {} : { code };
  if (ids === undefined) return { limit: max, ...given };
  const texts = Array.isArray(ids) ? ids.filter((id): id is string => typeof id === 'string') : [];
  const right = Array.isArray(ids) && texts.length === ids.length && texts.every((id) => ID.test(id));
  if (!right || texts.length === 0 || texts.length > limits.pageMax)
    throw invalidField('ids', `must be a list of 1 to ${limits.pageMax} quarantine ids`);
  return { ids: texts, limit: texts.length, ...given };
}

const ID = /^q-[\w-]{1,64}$/;
