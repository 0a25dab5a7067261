import type { FastifyInstance } from 'fastify';
import { limits } from '../limits.ts';
import type { JsonObject } from '../model/json.ts';
import { authorOf } from './identity-routes.ts';
import { invalidField, readJsonObject, refuseUnknownFields } from './json-body.ts';
import { describeRoute } from './openapi.ts';
import { integerParameter, readParameters } from './parameters.ts';
import type { Points, PointsOrder } from './points-service.ts';
import { profilePath } from './profile-routes.ts';
import { bodyBytes } from './server.ts';

const POINTS_MAX = limits.ledgerPointsPerOrderMax;
const TEXT_MAX = 200;

const parameters = {
  limit: integerParameter({
    description: 'How many entries to answer at most, the newest.',
    minimum: 1,
    maximum: limits.pointsEntriesMax,
    fallback: limits.pageDefault,
  }),
};

const standing: JsonObject = {
  profile_id: '019ab3d2-7c1e-7a40-8d5e-3f1c2b4a5d6e',
  points: 183,
  pending: 83,
  debt: 0,
  tier: 'silver',
  tier_since: 1795255200123,
  tier_until: 1826791200123,
  benefits: { free_shipping: true },
  qualifying: '2838.00',
  next_tier: { tier: 'gold', missing: '5162.00' },
  expiring: { points: 50, at: 1797004800000 },
};

const exampleStatement: JsonObject = {
  ...standing,
  lots: [
    {
      lot: 'o:default:SH001-88213',
      earned_at: 1795255200123,
      by: 'order',
      order_id: 'SH001-88213',
      points: 83,
      pending: 83,
      available: 0,
      available_at: 1795860000123,
      expires_at: 1826812800000,
      program_version: '5f1c0a9b',
    },
  ],
  entries: [
    {
      at: 1795255200123,
      kind: 'earn',
      change: 83,
      amount: 83,
      lot: 'o:default:SH001-88213',
      event_id: 'e-1015',
      order_id: 'SH001-88213',
      by: 'order',
    },
  ],
  more: false,
  settled: { earned: 0, burned: 0, expired: 0, returned: 0 },
};

/** Points of profiles: read, and corrected by hand. */
export function registerPointsRoutes(app: FastifyInstance, points: Points): void {
  registerStatement(app, points);
  registerAdjustments(app, points);
}

function registerStatement(app: FastifyInstance, points: Points): void {
  const schema = describeRoute({
    tag: 'Profiles',
    summary: "A profile's points: the balance, the lots that it consists of, and every entry",
    description:
      'Worked out for the moment of reading, from all that is known of the profile. `points` can be spent, `pending` ' +
      'cannot yet, `debt` is owed. Each entry names its event and the lot that it comes from or spends; the `change`s of ' +
      'all entries come to points + pending − debt. A release and a repayment move points and change nothing. ' +
      'An entry without a lot took points that were not there. `settled` sums up what is too old to be listed. ' +
      'Answers 404 `not_found` while no loyalty program is in force.',
    path: profilePath,
    query: parameters,
    answers: { 200: { description: 'The ledger, the newest entries first.', example: exampleStatement } },
  });
  app.get<{ Params: { id: string } }>(
    '/v1/profiles/:id/points',
    { schema, config: { scope: 'read' } },
    async (request) => {
      const { limit } = readParameters(parameters, request.query);
      return await points.statement(request.params.id, limit);
    },
  );
}

function registerAdjustments(app: FastifyInstance, points: Points): void {
  const schema = describeRoute({
    tag: 'Operate',
    summary: 'Give or take points by hand',
    description:
      'The name of the key is the author. Given points are a lot of their own, which expires as the program says or at ' +
      '`expires_at`. Taken ones come from the oldest lots; what is not there is debt, repaid by what is earned next. ' +
      'A request with the `id` of an earlier one for the same identifier changes nothing, and answers `already`.',
    body: [
      {
        type: 'application/json',
        example: { profile: 'member_id:00120457', points: 200, reason: 'late delivery', id: 'ticket-771' },
      },
    ],
    answers: {
      200: { description: 'What the points are now.', example: { ...standing, more: true, already: false } },
    },
  });
  app.post('/v1/loyalty/adjustments', { schema, config: { scope: 'admin' } }, async (request) =>
    points.adjust(readOrder(readJsonObject(bodyBytes(request))), authorOf(request)),
  );
}

function readOrder(body: JsonObject): PointsOrder {
  refuseUnknownFields(body, ['profile', 'points', 'reason', 'expires_at', 'id']);
  const { points } = body;
  if (
    typeof points !== 'number' ||
    !Number.isInteger(points) ||
    points === 0 ||
    Math.abs(points) > POINTS_MAX
  )
    throw invalidField('points', `must be an integer other than 0, at most ${POINTS_MAX} either way`);
  const expires = body.expires_at === undefined ? undefined : Date.parse(textOf(body, 'expires_at'));
  if (Number.isNaN(expires)) throw invalidField('expires_at', 'must be an RFC 3339 time');
  return {
    profile: textOf(body, 'profile'),
    points,
    reason: textOf(body, 'reason'),
    ...(expires === undefined ? {} : { expires }),
    ...(body.id === undefined ? {} : { id: textOf(body, 'id') }),
  };
}

function textOf(body: JsonObject, name: string): string {
  const value = body[name];
  if (typeof value !== 'string' || value === '' || value.length > TEXT_MAX)
    throw invalidField(name, `must be a text of at most ${TEXT_MAX} characters`);
  return value;
}
