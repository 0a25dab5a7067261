import type { FastifyInstance } from 'fastify';
import { TesseraError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { JsonValue } from '../model/json.ts';
import { describeRoute } from './openapi.ts';
import { readParameters } from './parameters.ts';
import type { Jobs, JobView } from './services.ts';

const idPath = { id: { description: 'The id of the job.', example: 'j-mi8x3k2q-1' } };

export const exampleJob: JsonValue = {
  id: 'j-mi8x3k2q-1',
  kind: 'identity_simulation',
  author: 'server',
  status: 'running',
  progress: { done: 120000, total: 480000, note: 'reading the log' },
  created_at: 1795255200123,
  started_at: 1795255200124,
  finished_at: null,
};

/** Whoever may see results, or start a job, may look at jobs. */
const LOOKERS = ['read', 'define', 'admin', 'privacy'] as const;

export function registerJobRoutes(app: FastifyInstance, jobs: Jobs): void {
  const listing = describeRoute({
    tag: 'Operate',
    summary: 'Background jobs, newest first',
    description:
      `${limits.jobsAtOnce} at a time; the latest ${limits.jobsKept} are remembered. Jobs live in memory: a restart of ` +
      'the engine ends and forgets them, except unfinished backfills, which go on under their ids. `total` is 0 while it is ' +
      'not known.',
    answers: { 200: { description: 'All jobs that are remembered.', example: { jobs: [exampleJob] } } },
  });
  app.get('/v1/jobs', { schema: listing, config: { scope: LOOKERS } }, async (request) => {
    readParameters({}, request.query);
    return { jobs: jobs.list() };
  });
  const one = describeRoute({
    tag: 'Operate',
    summary: 'One job, with its progress, and its result once it is done',
    path: idPath,
    answers: { 200: { description: 'The job.', example: exampleJob } },
  });
  app.get<{ Params: { id: string } }>(
    '/v1/jobs/:id',
    { schema: one, config: { scope: LOOKERS } },
    async (request) => {
      readParameters({}, request.query);
      return found(jobs.get(request.params.id));
    },
  );
  registerCancel(app, jobs);
}

function registerCancel(app: FastifyInstance, jobs: Jobs): void {
  const schema = describeRoute({
    tag: 'Operate',
    summary: 'Cancel a job',
    description:
      'A waiting one is canceled at once, a running one as soon as it notices; a finished one stays as it is.',
    path: idPath,
    answers: { 200: { description: 'The job as it is now.', example: exampleJob } },
  });
  app.delete<{ Params: { id: string } }>(
    '/v1/jobs/:id',
    { schema, config: { scope: ['define', 'admin'] } },
    async (request) => {
      readParameters({}, request.query);
      return found(await jobs.cancel(request.params.id));
    },
  );
}

function found(job: JobView | undefined): JobView {
  if (job === undefined) throw new TesseraError('job_not_found');
  return job;
}
