/**
 * CloudEvents 1.0 over HTTP (github.com/cloudevents/spec, HTTP protocol binding): structured (one JSON object), batched
 * (an array of them), and binary, where the attributes are headers and the body is the data alone. The event's type is
 * ours; its data is the canonical event without what the attributes say.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { limits } from '../../limits.ts';
import type { JsonObject, JsonValue } from '../../model/json.ts';
import { reject } from '../rejection.ts';
import type { WireRequest } from '../wire-request.ts';
import type { Dialect } from './dialect.ts';
import { asObject, isGiven, present, presentPart } from './present.ts';
import { stableId } from './stable-id.ts';

const PREFIX = 'ce-';
const ATTRIBUTES: ReadonlySet<string> = new Set([
  'id',
  'source',
  'type',
  'specversion',
  'time',
  'data',
  'data_base64',
  'datacontenttype',
  'dataschema',
]);
/** Fields of the canonical event that data may have; data with none of them is the properties. */
const PARTS: readonly string[] = ['identifiers', 'properties', 'traits', 'consent', 'context'];

export const cloudevents: Dialect = {
  name: 'cloudevents',
  routes: [{ path: '/v1/cloudevents', unwrap }],
  decode(item) {
    if (!isGiven(item.type)) return reject('schema_violation', '/type', 'is required');
    const data = item.data ?? {};
    if (item.data_base64 !== undefined || typeof data !== 'object' || Array.isArray(data)) {
      return reject('schema_violation', '/data', 'must be a JSON object');
    }
    const canonical = asObject(data);
    const parts = PARTS.some((part) => canonical[part] !== undefined);
    const event: JsonObject = {
      ...present('id', idOf(item)),
      type: item.type,
      ...present('time', item.time),
      ...present('channel', canonical.channel),
      ...present('currency', canonical.currency),
      identifiers: canonical.identifiers ?? {},
      properties: parts ? (canonical.properties ?? {}) : canonical,
      ...present('traits', canonical.traits),
      ...present('consent', canonical.consent),
      context: { ...asObject(canonical.context), ...presentPart('cloudevents', extensions(item)) },
    };
    return { ok: true, event };
  },
};

/** Binary mode is told by its headers, as the specification asks: the content type is then that of the data. */
function unwrap({ headers, bytes, contentType }: WireRequest): Buffer {
  if (headers[`${PREFIX}specversion`] === undefined && headers[`${PREFIX}type`] === undefined) return bytes;
  const head = JSON.stringify(attributesOf(headers));
  if (bytes.length === 0) return Buffer.from(head);
  const data = isJson(contentType) ? bytes : Buffer.from(JSON.stringify(bytes.toString('utf8')));
  return Buffer.concat([Buffer.from(`${head.slice(0, -1)},"data":`), data, Buffer.from('}')]);
}

function attributesOf(headers: IncomingHttpHeaders): Record<string, string> {
  const attributes: Record<string, string> = Object.create(null);
  for (const name in headers) {
    const value = headers[name];
    if (!name.startsWith(PREFIX) || typeof value !== 'string') continue;
    const attribute = name.slice(PREFIX.length);
    if (attribute !== 'data' && attribute !== 'data_base64') attributes[attribute] = unescaped(value);
  }
  return attributes;
}

/** Header values are percent-encoded UTF-8 (section 3.1.3.2); what is not stays as it is. */
function unescaped(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch (error) {
    if (error instanceof URIError) return value;
    throw error;
  }
}

function isJson(contentType: string | undefined): boolean {
  return contentType === undefined || /^[^;]*(?:\/|\+)json\s*(?:;|$)/i.test(contentType);
}

/** Source and id together are unique (section 3.1.1). */
function idOf({ source, id }: JsonObject): JsonValue | undefined {
  if (!isGiven(id) || !isGiven(source)) return id;
  const both = `${String(source)}#${String(id)}`;
  return both.length <= limits.eventIdCharactersMax ? both : stableId(['cloudevents', source, id]);
}

function extensions(item: JsonObject): JsonObject {
  const kept: Record<string, JsonValue | undefined> = { source: item.source };
  for (const name in item) if (!ATTRIBUTES.has(name)) kept[name] = item[name];
  return kept;
}
