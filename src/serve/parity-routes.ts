import type { FastifyInstance } from 'fastify';
import { limits } from '../limits.ts';
import type { JsonObject, JsonValue } from '../model/json.ts';
import { authorOf } from './identity-routes.ts';
import { exampleJob } from './job-routes.ts';
import { invalidField, readJsonObject, refuseUnknownFields } from './json-body.ts';
import type { Metrics } from './metrics.ts';
import { describeRoute } from './openapi.ts';
import { readParameters } from './parameters.ts';
import type { Parity, ParityCounts } from './parity-report.ts';
import { findProfile, NO_FEATURES } from './profile-routes.ts';
import { bodyBytes } from './server.ts';
import type { Jobs, ProfileReader } from './services.ts';

export interface ParityRouteServices {
  readonly parity: Parity;
  readonly jobs: Jobs;
  readonly profiles: ProfileReader;
}

const exampleCounts: JsonObject = {
  profiles: 1200,
  profiles_skipped: 2,
  features: 72000,
  features_skipped: 0,
  mismatch: 0,
  missing: 1,
  extra: 0,
};

const exampleDifference: JsonValue = {
  profile_id: '019ab3d2-7c1e-7a40-8d5e-3f1c2b4a5d6e',
  feature: 'views_1h',
  kind: 'missing',
  live: null,
  history: 3,
  as_of: 1795255200123,
};

/** Features of the state against the same ones out of history. */
export function registerParityRoutes(
  app: FastifyInstance,
  services: ParityRouteServices,
  metrics: Metrics,
): void {
  registerReport(app, services.parity);
  registerCheck(app, services);
  registerParityMetrics(services.parity, metrics);
}

function registerReport(app: FastifyInstance, parity: Parity): void {
  const schema = describeRoute({
    tag: 'Operate',
    summary: 'Whether the state is what history says',
    description:
      'In the background a share of all profiles (`parity_share` of the configuration), picked by the hash of their ' +
      'ids, is recomputed from history at the position of the state, and every feature compared. `missing`: the state ' +
      'lacks what history has; `extra`: history lacks what the state has; a side that reads as nothing is null. ' +
      "Features defined after a profile's first event and not filled from history are skipped, until their window has " +
      'passed; a check on request says which, and why. Counts begin with the ' +
      `start of the engine; the latest ${limits.parityDifferencesShown} differences are kept.`,
    answers: {
      200: {
        description: 'The findings so far; `as_of` is null before the first round has ended.',
        example: {
          share: 0.01,
          ...exampleCounts,
          as_of: 1795255200123,
          differences: [exampleDifference],
        },
      },
    },
  });
  app.get('/v1/analytics/parity', { schema, config: { scope: 'read' } }, async (request) => {
    readParameters({}, request.query);
    return parity.latest;
  });
}

function registerCheck(app: FastifyInstance, { parity, jobs, profiles }: ParityRouteServices): void {
  const schema = describeRoute({
    tag: 'Operate',
    summary: 'Compare profiles with history now',
    description:
      `\`profiles\` of them, picked by hash (1 to ${limits.parityProfilesMax}, default ${limits.parityProfilesDefault}), ` +
      'or the one that `profile` names, by id or identifier. Answers a job: see `GET /v1/jobs/{id}`. Its result has the ' +
      'counts of `GET /v1/analytics/parity`, `skipped_for` (why profiles were not compared), `features_skipped_for` (why ' +
      'features were not), `skipped_features` (`[{ feature, reason, profiles }]`) and `differences`. Reasons: ' +
      "`defined_later` (after the profile's first event, and not filled from history), `input_defined_later` (a feature that " +
      'it reads is), `filled_estimate` (filled from history, and an estimate on both sides).',
    body: [{ type: 'application/json', example: { profiles: 50 } }],
    answers: { 202: { description: 'The job has been created.', example: { job: exampleJob } } },
  });
  app.post('/v1/analytics/parity', { schema, config: { scope: 'admin' } }, async (request, reply) => {
    const asked = readRequest(readJsonObject(bodyBytes(request)));
    const { reference } = asked;
    const wanted =
      reference === undefined
        ? { profiles: asked.profiles }
        : { ids: [(await findProfile(profiles, reference, JUST_ID)).profile_id] };
    const job = jobs.create({
      kind: 'parity',
      author: authorOf(request),
      run: (report, signal) => parity.check(wanted, { report, signal }),
    });
    reply.code(202).header('location', `/v1/jobs/${job.id}`);
    return { job };
  });
}

const JUST_ID = { reveal: false, features: NO_FEATURES };

function readRequest(body: JsonObject): { readonly profiles: number; readonly reference?: string } {
  refuseUnknownFields(body, ['profiles', 'profile']);
  const { profiles = limits.parityProfilesDefault, profile } = body;
  if (profile !== undefined && body.profiles !== undefined)
    throw invalidField('profiles', 'goes without profile');
  const fits =
    typeof profiles === 'number' &&
    Number.isInteger(profiles) &&
    profiles >= 1 &&
    profiles <= limits.parityProfilesMax;
  if (!fits) throw invalidField('profiles', `must be an integer from 1 to ${limits.parityProfilesMax}`);
  if (profile === undefined) return { profiles };
  if (typeof profile !== 'string') throw invalidField('profile', 'must be a profile id or an identifier');
  return { profiles, reference: profile };
}

function registerParityMetrics(parity: Parity, metrics: Metrics): void {
  const total = (name: string, help: string, read: (counts: ParityCounts) => number): void =>
    metrics.total(`tessera_parity_${name}_total`, help, () => read(parity.latest));
  total('profiles', 'Profiles compared with history.', ({ profiles }) => profiles);
  total(
    'profiles_skipped',
    'Profiles that could not be compared with history.',
    (counts) => counts.profiles_skipped,
  );
  total('features', 'Features compared with history.', ({ features }) => features);
  total(
    'features_skipped',
    'Features that could not be compared with history, mostly because they have not seen all of it.',
    (counts) => counts.features_skipped,
  );
  total(
    'mismatches',
    'Features that are another value in the state than out of history.',
    (counts) => counts.mismatch,
  );
  total('missing', 'Features that the state lacks and history has.', ({ missing }) => missing);
  total('extra', 'Features that the state has and history lacks.', ({ extra }) => extra);
  metrics.gauge(
    'tessera_parity_round_time_seconds',
    'When the last round of comparing ended, in seconds since 1970; 0: not yet.',
    () => (parity.latest.as_of ?? 0) / 1_000,
  );
}
