import type { FastifyInstance } from 'fastify';
import { TesseraError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { JsonObject, JsonValue } from '../model/json.ts';
import { answerCommand } from './command-answer.ts';
import { authorOf } from './identity-routes.ts';
import { invalidField, readJsonObject, refuseUnknownFields } from './json-body.ts';
import { describeRoute } from './openapi.ts';
import { choiceParameter, integerParameter, readParameters } from './parameters.ts';
import { readOptions } from './profile-routes.ts';
import { bodyBytes } from './server.ts';
import type { IdentityCommands, IdentityReader } from './services.ts';

export interface ReviewRouteServices {
  readonly identity: IdentityReader;
  readonly commands: IdentityCommands;
}

const reviewParameters = {
  status: choiceParameter({
    description: 'Only reviews of this status.',
    choices: ['open', 'approved', 'rejected', 'expired', 'settled'],
  }),
  kind: choiceParameter({
    description: 'Only reviews of this kind.',
    choices: ['conflict', 'duplicate', 'suspicious_merge', 'referral'],
  }),
  limit: integerParameter({
    description: 'How many to answer at most.',
    minimum: 1,
    maximum: limits.pageMax,
    fallback: limits.pageDefault,
  }),
  after: integerParameter({
    description: '`next` of the previous page.',
    minimum: 0,
    maximum: 9_999_999_999,
    fallback: 0,
  }),
};

const numberPath = { n: { description: 'The number of the review.', example: '17' } };

const exampleReview: JsonValue = {
  n: 17,
  kind: 'duplicate',
  status: 'open',
  identifiers: [
    { identifier: 'member_id:q83vEjRWeJCrze8SNFZ4kA', type: 'member_id', value: 'M***' },
    { identifier: 'member_id:AAECAwQFBgcICQoLDA0ODw', type: 'member_id', value: 'M***' },
  ],
  people: ['019ab3d2-7c1e-7a40-8d5e-3f1c2b4a5d6e', '019ab3d2-9f00-7c11-a2b3-5d6e7f8a9b0c'],
  reason: 'one verified phone',
  source: 'pos',
  event_id: 'e-1',
  at: 1795255200123,
  age_ms: 3600000,
  expires_at: 1797847200123,
};

const AGE_DAYS = limits.reviewAgeMs / 86_400_000;

export function registerReviewRoutes(app: FastifyInstance, services: ReviewRouteServices): void {
  registerListing(app, services.identity);
  registerReview(app, services.identity);
  registerDecisions(app, services);
}

function registerListing(app: FastifyInstance, identity: IdentityReader): void {
  const schema = describeRoute({
    tag: 'Operate',
    summary: 'Questions of identity that wait for an operator, oldest first',
    description:
      'Merges that were held back: two known people in one event, two memberships behind one phone, a merge of ' +
      `unusually much, or one of two whom somebody had taken apart. Nothing happens unless somebody approves; after ${AGE_DAYS} days a review has expired. At most ` +
      `${limits.reviewsMax} are kept, the oldest go first. \`open\` counts those that nobody has decided.`,
    query: reviewParameters,
    answers: {
      200: {
        description: 'A page; `next` is absent on the last one.',
        example: { reviews: [exampleReview], open: 1 },
      },
    },
  });
  app.get('/v1/reviews', { schema, config: { scope: 'read' } }, async (request) => {
    const { status, kind, limit, after } = readParameters(reviewParameters, request.query);
    return await identity.reviews(
      {
        limit,
        after,
        ...(status === undefined ? {} : { status }),
        ...(kind === undefined ? {} : { kind }),
      },
      readOptions(request),
    );
  });
}

function registerReview(app: FastifyInstance, identity: IdentityReader): void {
  const schema = describeRoute({
    tag: 'Operate',
    summary: 'One review',
    path: numberPath,
    answers: { 200: { description: 'The review.', example: exampleReview } },
  });
  app.get<{ Params: { n: string } }>(
    '/v1/reviews/:n',
    { schema, config: { scope: 'read' } },
    async (request) => {
      readParameters({}, request.query);
      const review = await identity.review(numberOf(request.params.n), readOptions(request));
      if (review === undefined) throw new TesseraError('review_not_found');
      return review;
    },
  );
}

function registerDecisions(app: FastifyInstance, { commands }: ReviewRouteServices): void {
  const schema = describeRoute({
    tag: 'Operate',
    summary: 'Decide a review',
    description:
      '`approve` merges the holders of its two identifiers, whatever limits say (`already`: they had become one ' +
      'person). `reject` keeps them apart: events never join them again. Where nothing is left to decide, because a ' +
      'rejected pair has become one person or an identifier identifies nobody any more, the answer is 409 ' +
      '`review_settled`, and the review is closed as `settled`; an unmerge takes the two apart.',
    path: numberPath,
    body: [
      { type: 'application/json', example: { decision: 'approve', note: 'Same person, asked at the till.' } },
    ],
    answers: {
      200: {
        description: 'It is decided.',
        example: { review: 17, status: 'approved', profile_id: '019ab3d2-7c1e-7a40-8d5e-3f1c2b4a5d6e' },
      },
    },
  });
  app.post<{ Params: { n: string } }>(
    '/v1/reviews/:n/decisions',
    { schema, config: { scope: 'admin' } },
    async (request) => {
      const review = numberOf(request.params.n);
      const { decision, note } = readDecision(readJsonObject(bodyBytes(request)));
      return await answerCommand(commands, authorOf(request), { type: 'decide', review, decision, note });
    },
  );
}

function numberOf(text: string): number {
  if (!/^[1-9]\d{0,9}$/.test(text)) throw new TesseraError('review_not_found');
  return Number(text);
}

function readDecision(body: JsonObject): { decision: 'approve' | 'reject'; note: string } {
  refuseUnknownFields(body, ['decision', 'note']);
  const { decision, note = '' } = body;
  if (decision !== 'approve' && decision !== 'reject')
    throw invalidField('decision', 'must be approve or reject');
  if (typeof note !== 'string' || note.length > limits.reviewNoteCharactersMax)
    throw invalidField('note', `must be a text of at most ${limits.reviewNoteCharactersMax} characters`);
  return { decision, note };
}
