import type { FastifyInstance, FastifyRequest } from 'fastify';
import { limits } from '../limits.ts';
import type { JsonObject, JsonValue } from '../model/json.ts';
import { authorOf } from './identity-routes.ts';
import { invalidField, readJsonObject, refuseUnknownFields } from './json-body.ts';
import { describeRoute } from './openapi.ts';
import type { Coupons } from './outgoing-service.ts';
import { readParameters } from './parameters.ts';
import { bodyBytes } from './server.ts';

const poolPath = { pool: { description: 'The name of the pool.', example: 'plus50' } };
const examplePool: JsonObject = {
  name: 'plus50',
  description: '50 off from 300',
  valid: '14d',
  on_refund: 'return',
  version: '0b9d3f0e7a51c2d4',
  author: 'server',
  since: 1_795_255_200_123,
  codes: { added: 10_000, drawn: 212, left: 9_788 },
};
/** What an answer adds to the settings; ignored when it is sent back. */
const PROVENANCE = ['version', 'author', 'since'] as const;

interface PoolPath {
  readonly Params: { readonly pool: string };
}

/** Pools of coupons: their settings, which are definitions as well, and their codes. */
export function registerCouponRoutes(app: FastifyInstance, coupons: Coupons): void {
  registerReading(app, coupons);
  registerSettings(app, coupons);
  registerCodes(app, coupons);
}

function registerReading(app: FastifyInstance, coupons: Coupons): void {
  const config = { scope: 'define' } as const;
  const list = describeRoute({
    tag: 'Operate',
    summary: 'All pools of coupons, with how many codes are left',
    answers: { 200: { description: 'In order of their names.', example: { coupons: [examplePool] } } },
  });
  app.get('/v1/coupons', { schema: list, config }, async (request) => {
    readParameters({}, request.query);
    return {
      coupons: [...(await coupons.list())].sort((a, b) => (String(a.name) < String(b.name) ? -1 : 1)),
    };
  });
  const one = describeRoute({
    tag: 'Operate',
    summary: 'One pool of coupons, with how many codes are left',
    path: poolPath,
    answers: { 200: { description: 'The pool.', example: examplePool } },
  });
  app.get<PoolPath>('/v1/coupons/:pool', { schema: one, config }, async (request) => {
    readParameters({}, request.query);
    return await coupons.show(request.params.pool);
  });
}

function registerSettings(app: FastifyInstance, coupons: Coupons): void {
  const schema = describeRoute({
    tag: 'Operate',
    summary: 'Put the settings of a pool of coupons in force',
    description:
      'The same as `PUT /v1/definitions/coupons/{pool}`. A pool that a trigger or another pool names cannot be deleted ' +
      '(`DELETE /v1/definitions/coupons/{pool}`). Its codes stay whatever becomes of the settings.',
    path: poolPath,
    body: [{ type: 'application/json', example: { valid: '14d', on_refund: 'return' } }],
    answers: { 200: { description: 'The pool.', example: examplePool } },
  });
  app.put<PoolPath>('/v1/coupons/:pool', { schema, config: { scope: 'define' } }, async (request) => {
    readParameters({}, request.query);
    const settings: Record<string, JsonValue | undefined> = { ...readJsonObject(bodyBytes(request)) };
    for (const field of PROVENANCE) delete settings[field];
    return await coupons.put(request.params.pool, settings, authorOf(request));
  });
}

function registerCodes(app: FastifyInstance, coupons: Coupons): void {
  const schema = describeRoute({
    tag: 'Operate',
    summary: 'Add codes to a pool of coupons',
    description:
      `As JSON, or as text with one code per line; at most ${limits.couponImportCodesMax}, of at most ` +
      `${limits.couponCodeCharactersMax} printable characters each. Codes that the pool has had before, drawn or not, are \`known\` ` +
      'and change nothing, so a request can be repeated. Codes are drawn in the order in which they were added.',
    path: poolPath,
    body: [
      { type: 'application/json', example: { codes: ['PLUS50-8842', 'PLUS50-8843'] } },
      { type: 'text/plain', example: 'PLUS50-8842\nPLUS50-8843\n' },
    ],
    answers: {
      200: {
        description: 'What became of them. `refused`: the pool holds as many as one may.',
        example: { pool: 'plus50', added: 2, known: 0, refused: 0, left: 9_790 },
      },
    },
  });
  app.post<PoolPath>('/v1/coupons/:pool/codes', { schema, config: { scope: 'admin' } }, async (request) => {
    const bytes = bodyBytes(request);
    const codes = isText(request, bytes) ? linesOf(bytes.toString('utf8')) : codesIn(readJsonObject(bytes));
    return await coupons.addCodes(request.params.pool, checked(codes), authorOf(request));
  });
}

/** Who says nothing of the type means text, unless it is an object. */
function isText({ declaredContentType: type = '' }: FastifyRequest, bytes: Buffer): boolean {
  if (type.startsWith('text/plain')) return true;
  return !type.includes('json') && !bytes.toString('utf8').trimStart().startsWith('{');
}

function linesOf(text: string): readonly string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

function codesIn(body: JsonObject): readonly JsonValue[] {
  refuseUnknownFields(body, ['codes']);
  const { codes } = body;
  return Array.isArray(codes) ? codes : [];
}

/** No spaces: a code has to be typed in at a till. */
const CODE = /^[\x21-\x7e]+$/;

function checked(codes: readonly JsonValue[]): readonly string[] {
  if (codes.length === 0 || codes.length > limits.couponImportCodesMax)
    throw invalidField('codes', `must be a list of 1 to ${limits.couponImportCodesMax} codes`);
  return codes.map((code, index) => {
    const valid =
      typeof code === 'string' && CODE.test(code) && code.length <= limits.couponCodeCharactersMax;
    if (valid) return code;
    const most = limits.couponCodeCharactersMax;
    throw invalidField(`codes/${index}`, `must be 1 to ${most} printable characters without spaces`);
  });
}
