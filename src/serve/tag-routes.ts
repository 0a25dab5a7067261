import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type ErrorCode, errorTable, TesseraError } from '../errors.ts';
import { limits } from '../limits.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../model/json.ts';
import { RESTRICTED } from '../model/restriction.ts';
import type { EpochMs } from '../model/time.ts';
import { authorOf } from './identity-routes.ts';
import { invalidField, readJsonObject, refuseUnknownFields } from './json-body.ts';
import { describeRoute } from './openapi.ts';
import { parseTime, readParameters, TIME_FORMS } from './parameters.ts';
import { profilePath } from './profile-routes.ts';
import type { TagOrder, Tags } from './segment-service.ts';
import { bodyBytes } from './server.ts';

const NAME = /^[a-z][a-z0-9_]{0,63}$/;
const ID = '019ab3d2-7c1e-7a40-8d5e-3f1c2b4a5d6e';
const tagPath = { ...profilePath, tag: { description: 'The name of the tag.', example: 'vip' } };

const HOW =
  'A tag belongs to the identifier that it was put on (of a profile id: its oldest verified one), goes with it when people ' +
  'are merged, and leaves with it when they are taken apart. It is a record of the log with the name of the key as its ' +
  'author, and segments that ask for it are looked at at once.';

export function registerTagRoutes(app: FastifyInstance, tags: Tags): void {
  registerList(app, tags);
  registerPut(app, tags);
  registerRemoval(app, tags);
  registerBatch(app, tags);
}

function registerList(app: FastifyInstance, tags: Tags): void {
  const schema = describeRoute({
    tag: 'Segments',
    summary: "A profile's tags, with who put them on, why, and until when",
    description: 'Tags by hand, and those that a segment of the kind `tag` puts on.',
    path: profilePath,
    answers: {
      200: {
        description: 'The tags.',
        example: {
          profile_id: ID,
          tags: [
            {
              tag: 'vip',
              by: 'hand',
              author: 'server',
              reason: 'wedding',
              since: 1795255200123,
              expires: null,
            },
          ],
        },
      },
    },
  });
  app.get<{ Params: { id: string } }>(
    '/v1/profiles/:id/tags',
    { schema, config: { scope: 'read' } },
    async (request) => {
      readParameters({}, request.query);
      return await tags.list(request.params.id);
    },
  );
}

interface TagPath {
  readonly Params: { readonly id: string; readonly tag: string };
}

function registerPut(app: FastifyInstance, tags: Tags): void {
  const schema = describeRoute({
    tag: 'Segments',
    summary: 'Put a tag on a profile',
    description: `${HOW} \`expires\` is ${TIME_FORMS} or epoch milliseconds; the tag goes by itself then.`,
    path: tagPath,
    body: [
      { type: 'application/json', example: { reason: 'wedding in June', expires: '2026-07-01T00:00:00Z' } },
    ],
    answers: { 200: { description: 'The tag is on.', example: { profile_id: ID, tag: 'vip', on: true } } },
  });
  app.put<TagPath>('/v1/profiles/:id/tags/:tag', { schema, config: { scope: 'admin' } }, (request) => {
    const body = bodyBytes(request).length === 0 ? {} : readJsonObject(bodyBytes(request));
    refuseUnknownFields(body, ['reason', 'expires']);
    return one(tags, { ...orderOf(body, ''), ...named(request), on: true }, request);
  });
}

function registerRemoval(app: FastifyInstance, tags: Tags): void {
  const schema = describeRoute({
    tag: 'Segments',
    summary: 'Take a tag off a profile',
    description: `${HOW} A tag that a rule puts on stays while the rule holds.`,
    path: tagPath,
    answers: { 200: { description: 'The tag is off.', example: { profile_id: ID, tag: 'vip', on: false } } },
  });
  app.delete<TagPath>('/v1/profiles/:id/tags/:tag', { schema, config: { scope: 'admin' } }, (request) => {
    readParameters({}, request.query);
    return one(tags, { ...named(request), on: false, reason: '' }, request);
  });
}

function registerBatch(app: FastifyInstance, tags: Tags): void {
  const schema = describeRoute({
    tag: 'Segments',
    summary: 'Put tags on many profiles, or take them off',
    description:
      `Up to ${limits.tagChangesMax} changes. \`profile\` is a profile id or an identifier, \`on\` is true unless said ` +
      'otherwise. A change that finds nobody is listed in `refused`; the others are applied.',
    body: [
      {
        type: 'application/json',
        example: { changes: [{ profile: 'phone:13900001111', tag: 'vip', reason: 'list of March' }] },
      },
    ],
    answers: {
      200: {
        description: 'How many were applied, and which were not.',
        example: { applied: 1, refused: [{ index: 1, code: 'profile_not_found', message: 'No profile …' }] },
      },
    },
  });
  app.post('/v1/tags', { schema, config: { scope: 'admin' } }, async (request) => {
    const body = readJsonObject(bodyBytes(request));
    refuseUnknownFields(body, ['changes']);
    const { changes } = body;
    if (!Array.isArray(changes) || changes.length === 0 || changes.length > limits.tagChangesMax)
      throw invalidField('changes', `must be a list of 1 to ${limits.tagChangesMax} changes`);
    const orders = changes.map((change: JsonValue, i) => readOrder(change, `changes/${i}`));
    const results = await tags.change(orders, authorOf(request));
    const refused = results.flatMap((result, index) =>
      'code' in result ? [{ index, code: result.code, message: messageOf(result.code) }] : [],
    );
    return { applied: results.length - refused.length, refused };
  });
}

function named({ params }: FastifyRequest<TagPath>): Pick<TagOrder, 'profile' | 'tag'> {
  return { profile: params.id, tag: readName(params.tag, 'tag') };
}

async function one(tags: Tags, order: TagOrder, request: FastifyRequest<TagPath>): Promise<JsonObject> {
  const [result] = await tags.change([order], authorOf(request));
  if (result === undefined) throw new TesseraError('internal');
  if ('code' in result) throw new TesseraError(codeOf(result.code));
  return { profile_id: result.profile_id, tag: order.tag, on: order.on };
}

function codeOf(code: string): ErrorCode {
  // The table has just been asked whether it has this code.
  return Object.hasOwn(errorTable, code) ? (code as ErrorCode) : 'internal';
}

function messageOf(code: string): string {
  return errorTable[codeOf(code)][2];
}

function readOrder(change: JsonValue, path: string): TagOrder {
  if (!isJsonObject(change)) throw invalidField(path, 'must be an object');
  for (const field of Object.keys(change))
    if (!['profile', 'tag', 'on', 'reason', 'expires'].includes(field))
      throw invalidField(`${path}/${field.replace(/[^\w.-]/g, '?').slice(0, 64)}`, 'is not known here');
  const { profile, on = true } = change;
  if (typeof profile !== 'string' || profile === '')
    throw invalidField(`${path}/profile`, 'must be a profile id or an identifier, written type:value');
  if (typeof on !== 'boolean') throw invalidField(`${path}/on`, 'must be true or false');
  return { ...orderOf(change, `${path}/`), profile, tag: readName(change.tag, `${path}/tag`), on };
}

function orderOf(body: JsonObject, path: string): Pick<TagOrder, 'reason' | 'expires'> {
  const { reason = '', expires } = body;
  if (typeof reason !== 'string' || reason.length > limits.tagReasonCharactersMax)
    throw invalidField(
      `${path}reason`,
      `must be a text of at most ${limits.tagReasonCharactersMax} characters`,
    );
  return expires === undefined || expires === null
    ? { reason }
    : { reason, expires: readExpiry(expires, `${path}expires`) };
}

function readExpiry(value: JsonValue, name: string): EpochMs {
  const at = typeof value === 'string' ? parseTime(value) : value;
  if (typeof at === 'number' && Number.isSafeInteger(at) && at >= limits.earliestTimeMs) return at;
  throw invalidField(name, `must be ${TIME_FORMS} or epoch milliseconds`);
}

function readName(value: JsonValue | undefined, path: string): string {
  if (value === RESTRICTED)
    throw invalidField(path, 'is put on and taken off by /v1/privacy/restrictions alone');
  if (typeof value === 'string' && NAME.test(value)) return value;
  throw invalidField(path, `must be a name such as vip: ${NAME.source}`);
}
