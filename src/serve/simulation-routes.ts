import type { FastifyInstance } from 'fastify';
import { limits } from '../limits.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../model/json.ts';
import type { EpochMs } from '../model/time.ts';
import { authorOf } from './identity-routes.ts';
import { exampleJob } from './job-routes.ts';
import { invalidField, readJsonObject, refuseUnknownFields } from './json-body.ts';
import { describeRoute } from './openapi.ts';
import { parseTime, TIME_FORMS } from './parameters.ts';
import { bodyBytes } from './server.ts';
import type { Jobs } from './services.ts';
import type { IdentitySimulation, SimulationRange } from './simulation-service.ts';

/** What another policy would have done, as a job: it reads the past and touches nothing. */
export function registerSimulationRoutes(
  app: FastifyInstance,
  { simulation, jobs }: { readonly simulation: IdentitySimulation; readonly jobs: Jobs },
): void {
  const schema = describeRoute({
    tag: 'Operate',
    summary: 'Ask what another identity policy would have done',
    description:
      'Replays events under the policy given (the definition as an object, or its YAML as a text) and reports merges, ' +
      'splits, people gained and lost, the largest profiles and sample differences. State is not touched. `from` and ' +
      `\`to\` bound the time of receipt: ${TIME_FORMS} or epoch milliseconds. Answers a job: see \`GET /v1/jobs/{id}\`.`,
    body: [
      {
        type: 'application/json',
        example: { policy: { name: 'default', types: ['…'] }, from: '2026-11-01T00:00:00Z' },
      },
    ],
    answers: { 202: { description: 'The job has been created.', example: { job: exampleJob } } },
  });
  app.post('/v1/identity/simulations', { schema, config: { scope: 'define' } }, async (request, reply) => {
    const body = readJsonObject(bodyBytes(request));
    refuseUnknownFields(body, ['policy', 'from', 'to']);
    if (!isJsonObject(body.policy) && typeof body.policy !== 'string') {
      throw invalidField('policy', 'must be a definition of identity: an object, or YAML as a text');
    }
    const policy = simulation.readPolicy(body.policy);
    const range = readRange(body);
    const job = jobs.create({
      kind: 'identity_simulation',
      author: authorOf(request),
      run: (report, signal) => simulation.simulate(policy, { range, report, signal }),
    });
    reply.code(202).header('location', `/v1/jobs/${job.id}`);
    return { job };
  });
}

function readRange(body: JsonObject): SimulationRange {
  const from = readTime(body.from, 'from');
  const to = readTime(body.to, 'to');
  if (from !== undefined && to !== undefined && from >= to) throw invalidField('to', 'must be after from');
  return { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
}

function readTime(value: JsonValue | undefined, name: string): EpochMs | undefined {
  if (value === undefined || value === null) return undefined;
  const at = typeof value === 'string' ? parseTime(value) : value;
  if (typeof at === 'number' && Number.isSafeInteger(at) && at >= limits.earliestTimeMs) return at;
  throw invalidField(name, `must be ${TIME_FORMS} or epoch milliseconds`);
}
