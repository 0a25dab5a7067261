import type { FastifyInstance } from 'fastify';
import type { JsonObject } from '../model/json.ts';
import { authorOf } from './identity-routes.ts';
import { readJsonObject } from './json-body.ts';
import { describeRoute } from './openapi.ts';
import { readParameters } from './parameters.ts';
import { bodyBytes } from './server.ts';
import type { Fits } from './services.ts';

const NOTHING: JsonObject = Object.freeze({});

const exampleFit: JsonObject = {
  id: 'j-mi8x3k2q-3',
  kind: 'model_fit',
  author: 'server',
  status: 'running',
  progress: { done: 0, total: 0, note: 'how often: BG/NBD' },
  created_at: 1_795_255_200_123,
  started_at: 1_795_255_200_124,
  finished_at: null,
};

/** Fitting models to history: customer lifetime value, the fifths of RFM, clusters. */
export function registerFitRoutes(app: FastifyInstance, fits: Fits): void {
  const schema = describeRoute({
    tag: 'Definitions',
    summary: 'Fit a model to history',
    description:
      'Fits `clv` (how often customers will buy and for how much: BG/NBD and Gamma-Gamma by maximum likelihood), `rfm` (the ' +
      'fifths of recency, frequency and value) or `clusters` (k-means on chosen features, as many as the silhouette likes ' +
      'best), and puts the result in force as a definition of the kind `models`; derived features ask it from then on. ' +
      'Customers only: staff, resellers and the like stay out. The body may be empty. All types: `type`, where the name is ' +
      'another one. `clv` and `rfm`: `feature` (of the aggregate `purchases`), `as_of` (a day: what came later does not ' +
      'count). `rfm`: `parts` (feature by name), `weights`, `groups`. `clusters`: `features`, `k` (a number, or least and ' +
      'most), `log`. What is left out is as it was the last time. Answers a job: see `GET /v1/jobs/{id}`, whose result is ' +
      'the model; it fails with `fit_impossible` where history does not say enough. Asked again meanwhile it answers the ' +
      'same job.',
    path: {
      name: { description: 'The name of the model: `clv`, `rfm`, `clusters`, or another.', example: 'clv' },
    },
    body: [{ type: 'application/json', example: { as_of: '2026-11-20' } }],
    answers: {
      202: { description: 'The job, new or under way already.', example: { job: exampleFit } },
      400: { description: '`invalid_parameter`: the body asks for what there is not; the field is named.' },
    },
  });
  app.post<{ Params: { name: string } }>(
    '/v1/models/:name/fits',
    { schema, config: { scope: 'define' } },
    async (request, reply) => {
      readParameters({}, request.query);
      const bytes = bodyBytes(request);
      const body = bytes.byteLength === 0 ? NOTHING : readJsonObject(bytes);
      const job = fits.start(request.params.name, body, authorOf(request));
      reply.code(202).header('location', `/v1/jobs/${job.id}`);
      return { job };
    },
  );
}
