import type { FastifyInstance } from 'fastify';
import { limits } from '../limits.ts';
import type { JsonValue } from '../model/json.ts';
import type { ExplainTrigger } from './decision-service.ts';
import { describeRoute } from './openapi.ts';
import { integerParameter, invalidParameter, readParameters, textParameter } from './parameters.ts';
import { findProfile, NO_FEATURES, profilePath } from './profile-routes.ts';
import type { HistoryRows, ProfileReader } from './services.ts';

export interface DecisionRouteServices {
  readonly profiles: ProfileReader;
  readonly history: HistoryRows;
  readonly explainTrigger: ExplainTrigger;
}

const trigger = textParameter({
  description: 'Only decisions of this trigger.',
  charactersMax: 64,
  pattern: /^[a-z][a-z0-9_]*$/,
  example: 'plus_size_hesitation',
});

const listParameters = {
  trigger,
  decision: textParameter({
    description: 'Only these: `fired`, `suppressed`, `deferred`, `held_out` or `revoked`.',
    charactersMax: 16,
    pattern: /^(fired|suppressed|deferred|held_out|revoked)$/,
  }),
  limit: integerParameter({
    description: 'How many to answer at most.',
    minimum: 1,
    maximum: limits.pageMax,
    fallback: limits.pageDefault,
  }),
  before: textParameter({
    description: '`next` of the previous page.',
    charactersMax: 128,
    pattern: /^\d+-\d+-\d+-\d+$/,
  }),
};

const explainParameters = {
  trigger: textParameter({
    description: 'Name of the trigger.',
    charactersMax: 64,
    pattern: /^[a-z][a-z0-9_]*$/,
    example: 'plus_size_hesitation',
  }),
};

const exampleDecision: JsonValue = {
  id: '5c0e6f0a9d1b4c7e8f2a3b4c5d6e7f80',
  trigger: 'plus_size_hesitation',
  decision: 'suppressed',
  reason: 'cap:overall',
  at: 1795255200123,
  event_id: 'e-1',
  channel: 'sms',
  payload: { template: 'plus_size_coupon' },
  trace: { checks: [{ check: 'caps', passed: false, cap: 'overall', fired: 3, most: 3, days: 1 }] },
};

const exampleExplanation: JsonValue = {
  profile_id: '019ab3d2-7c1e-7a40-8d5e-3f1c2b4a5d6e',
  trigger: 'plus_size_hesitation',
  at: 1795255200123,
  sentences: [{ code: 'condition_holds', text: 'its condition holds now' }],
  says: [
    '2 of 3 product_viewed within 30m; the first leaves at 2026-11-21T10:20:00.000Z',
    'its condition holds now',
    'complete now, it would be suppressed: cooldown, until 2026-11-22T09:00:00.000Z',
  ],
  pattern: {
    kind: 'count',
    progress: [{ have: 2, need: 3, missing: 1, times: [1795254600000, 1795255000000] }],
    pending: [],
  },
  if_complete_now: { decision: 'suppressed', reason: 'cooldown', until: 1795338000000, channel: 'sms' },
  deferred: [],
  fired: [],
};

export function registerDecisionRoutes(app: FastifyInstance, services: DecisionRouteServices): void {
  registerDecisions(app, services);
  registerExplain(app, services);
}

function registerDecisions(app: FastifyInstance, { profiles, history }: DecisionRouteServices): void {
  const schema = describeRoute({
    tag: 'Profiles',
    summary: 'What triggers decided about a profile, newest first',
    description:
      'From history, so a decision appears here within two seconds. It has the decisions about profiles that were merged ' +
      'into this one. A firing that was deferred or revoked has several entries with its id.',
    path: profilePath,
    query: listParameters,
    answers: {
      200: {
        description: 'A page; `next` is absent on the last one.',
        example: { decisions: [exampleDecision], next: '1795255200123-42-0-1' },
      },
    },
  });
  app.get<{ Params: { id: string } }>(
    '/v1/profiles/:id/triggers',
    { schema, config: { scope: 'read' } },
    async (request) => {
      const asked = readParameters(listParameters, request.query);
      const { profile_id } = await findProfile(profiles, request.params.id, {
        reveal: false,
        features: NO_FEATURES,
      });
      const { limit, before, trigger: name, decision } = asked;
      const page = await history.decisions({
        profileId: profile_id,
        limit,
        ...(before === undefined ? {} : { before }),
        ...(name === undefined ? {} : { trigger: name }),
        ...(decision === undefined ? {} : { decision }),
      });
      return page.next === undefined ? { decisions: page.rows } : { decisions: page.rows, next: page.next };
    },
  );
}

function registerExplain(app: FastifyInstance, { profiles, explainTrigger }: DecisionRouteServices): void {
  const schema = describeRoute({
    tag: 'Profiles',
    summary: 'Why a trigger has fired for a profile, or not',
    description:
      'What of its pattern has matched and what is missing, whether its condition holds, what would be decided if the ' +
      'pattern were complete now and until when that is so, what waits or is deferred. `says` tells it in sentences; `sentences` has each ' +
      'with a `code` and what it is made of, for whoever words it in another language. The ' +
      'limits are asked by the code that decides; what conditions ask of an event counts as missing.',
    path: profilePath,
    query: explainParameters,
    answers: { 200: { description: 'The explanation.', example: exampleExplanation } },
  });
  app.get<{ Params: { id: string } }>(
    '/v1/profiles/:id/explain',
    { schema, config: { scope: 'read' } },
    async (request) => {
      const { trigger: name } = readParameters(explainParameters, request.query);
      if (name === undefined) throw invalidParameter('trigger', 'is missing: say which trigger');
      const { profile_id } = await findProfile(profiles, request.params.id, {
        reveal: false,
        features: NO_FEATURES,
      });
      return await explainTrigger(profile_id, name);
    },
  );
}
