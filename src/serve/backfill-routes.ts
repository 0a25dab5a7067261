import type { FastifyInstance } from 'fastify';
import type { JsonObject } from '../model/json.ts';
import { authorOf } from './identity-routes.ts';
import { readJsonObject, refuseUnknownFields } from './json-body.ts';
import { describeRoute } from './openapi.ts';
import { readParameters } from './parameters.ts';
import { bodyBytes } from './server.ts';
import type { Backfills } from './services.ts';

const exampleBackfill: JsonObject = {
  id: 'j-mi8x3k2q-2',
  kind: 'feature_backfill',
  author: 'server',
  status: 'running',
  progress: { done: 120_000, total: 300_000, note: 'views: reading history' },
  created_at: 1_795_255_200_123,
  started_at: 1_795_255_200_124,
  finished_at: null,
};

/** Filling a feature that was defined later with what was before it. */
export function registerBackfillRoutes(app: FastifyInstance, backfills: Backfills): void {
  const schema = describeRoute({
    tag: 'Definitions',
    summary: 'Fill a feature from history',
    description:
      'Computes what the feature would be, had it been defined from the start, while events keep arriving; until that is ' +
      'complete the value so far is answered, `partial` as before. All windows of a definition are filled at once; the name ' +
      'of one of them stands for all. Answers a job, once the request is durable: see `GET /v1/jobs/{id}`, which goes on, or ' +
      'waits on, under this id after a restart of the engine; `DELETE /v1/jobs/{id}` takes it back. Asked again meanwhile it ' +
      'answers the same job. One is at work at a time. A change of the definition ends the job with `backfill_dropped`.',
    path: { name: { description: 'The name of the definition.', example: 'views' } },
    answers: {
      202: { description: 'The job, new or under way already.', example: { job: exampleBackfill } },
      404: { description: '`not_found`: there is no feature of this name.' },
      409: {
        description:
          '`feature_complete`: the feature has missed nothing. `feature_derived`: it has no state of its own; the features ' +
          'that it reads are named, and are what can be filled.',
      },
    },
  });
  app.post<{ Params: { name: string } }>(
    '/v1/features/:name/backfills',
    { schema, config: { scope: 'define' } },
    async (request, reply) => {
      readParameters({}, request.query);
      const bytes = bodyBytes(request);
      if (bytes.byteLength > 0) refuseUnknownFields(readJsonObject(bytes), []);
      const job = await backfills.start(request.params.name, authorOf(request));
      reply.code(202).header('location', `/v1/jobs/${job.id}`);
      return { job };
    },
  );
}
