import type { FastifyInstance } from 'fastify';
import { limits } from '../limits.ts';
import { csvLine } from '../model/csv.ts';
import type { JsonObject, JsonValue } from '../model/json.ts';
import { authorOf } from './identity-routes.ts';
import { exampleJob } from './job-routes.ts';
import { invalidField, readJsonObject, refuseUnknownFields } from './json-body.ts';
import { describeRoute } from './openapi.ts';
import {
  choiceParameter,
  integerParameter,
  invalidParameter,
  readParameters,
  textParameter,
} from './parameters.ts';
import { readOptions } from './profile-routes.ts';
import type { SegmentMember, Segments } from './segment-service.ts';
import { bodyBytes } from './server.ts';
import type { Definitions } from './services.ts';

export interface SegmentRouteServices {
  readonly segments: Segments;
  readonly definitions: Definitions;
}

const NAME = /^[a-z][a-z0-9_]{0,63}$/;

const namePath = { name: { description: 'The name of the segment.', example: 'high_value_dormant' } };

const memberParameters = {
  after: textParameter({
    description: '`next` of the previous page.',
    charactersMax: 64,
    pattern: /^[\w-]{1,64}$/,
  }),
  limit: integerParameter({
    description: 'How many to answer at most.',
    minimum: 1,
    maximum: limits.segmentMembersMax,
    fallback: limits.pageDefault,
  }),
  consent: textParameter({
    description: 'Only members who have given this consent, a purpose or a purpose and a channel.',
    charactersMax: 256,
    pattern: /^[\w-]+(\.[\w-]+)?$/,
    example: 'marketing.sms',
  }),
  purpose: textParameter({
    description:
      'What the list is for: `service` needs no consent; of any other purpose only members who have consented to it are listed.',
    charactersMax: 256,
    pattern: /^[\w-]+(\.[\w-]+)?$/,
    example: 'marketing.email',
  }),
  format: choiceParameter({ description: 'How to answer (default `json`).', choices: ['json', 'csv'] }),
};

const name = textParameter({ description: 'A segment.', charactersMax: 64, pattern: NAME, example: 'loyal' });
const overlapParameters = { a: name, b: name };

const exampleMember: JsonValue = {
  profile_id: '019ab3d2-7c1e-7a40-8d5e-3f1c2b4a5d6e',
  since: 1795255200123,
  kind: 'customer',
  identifiers: { phone: ['139****1111'] },
  consents: { marketing: { sms: true } },
};

export function registerSegmentRoutes(app: FastifyInstance, services: SegmentRouteServices): void {
  registerList(app, services);
  registerMembers(app, services.segments);
  registerOverlap(app, services.segments);
  registerPreviews(app, services.segments);
}

function registerList(app: FastifyInstance, { segments, definitions }: SegmentRouteServices): void {
  const schema = describeRoute({
    tag: 'Segments',
    summary: 'All segments with their live numbers of members',
    description:
      'Members are counted with the commits that change them, so the numbers are those of what has been applied. A ' +
      'segment that was just defined fills up while everybody is looked at in the background.',
    answers: {
      200: {
        description: 'The definitions in force, each with `members`.',
        example: {
          segments: [
            {
              name: 'high_value_dormant',
              kind: 'segment',
              when: { feature: 'spend_365d', gte: 5000 },
              version: '9f2c1b7a5d3e8c40',
              author: 'server',
              since: 1795255100000,
              members: 42,
            },
          ],
        },
      },
    },
  });
  app.get('/v1/segments', { schema, config: { scope: 'read' } }, async (request) => {
    readParameters({}, request.query);
    const counts = await segments.counts();
    const listed = definitions.kind('segments')?.list() ?? [];
    return { segments: listed.map((each) => ({ ...each, members: counts.get(each.name) ?? 0 })) };
  });
}

function registerMembers(app: FastifyInstance, segments: Segments): void {
  const schema = describeRoute({
    tag: 'Segments',
    summary: 'The members of a segment, page by page, in the order of their ids',
    description:
      'Listed from history, which is at most seconds behind, and held against each profile as it is now. Identifiers are ' +
      'masked unless the key holds the scope `pii`. A page may be short where members were left out; `next` says whether ' +
      'another one follows. As CSV the next page is named by the header `x-next`.',
    path: namePath,
    query: memberParameters,
    answers: {
      200: {
        description: 'A page; `next` is absent on the last one.',
        example: { members: [exampleMember], next: '019ab3d2-7c1e-7a40-8d5e-3f1c2b4a5d6e' },
      },
      404: { description: 'There is no segment of this name.' },
    },
  });
  app.get<{ Params: { name: string } }>(
    '/v1/segments/:name/profiles',
    { schema, config: { scope: 'read' } },
    async (request, reply) => {
      const { after = '', limit, consent, purpose, format } = readParameters(memberParameters, request.query);
      const read = { ...readOptions(request), features: NO_FEATURES };
      const segment = request.params.name;
      const wanted = { consent, ...(purpose === undefined ? {} : { purpose }) };
      const page = await segments.members({ segment, after, limit, ...wanted, read });
      if (format !== 'csv') return page;
      if (page.next !== undefined) reply.header('x-next', page.next);
      reply.type('text/csv; charset=utf-8');
      return csvOf(page.members);
    },
  );
}

const NO_FEATURES: ReadonlySet<string> = new Set();

function registerOverlap(app: FastifyInstance, segments: Segments): void {
  const schema = describeRoute({
    tag: 'Segments',
    summary: 'How many are in two segments at once',
    description: 'From history: what was applied within the last seconds may not count yet.',
    query: overlapParameters,
    answers: { 200: { description: 'Members of each, and of both.', example: { a: 120, b: 45, both: 12 } } },
  });
  app.get('/v1/segments/overlap', { schema, config: { scope: 'read' } }, async (request) => {
    const { a, b } = readParameters(overlapParameters, request.query);
    if (a === undefined || b === undefined)
      throw invalidParameter(a === undefined ? 'a' : 'b', 'must name a segment');
    return await segments.overlap(a, b);
  });
}

function registerPreviews(app: FastifyInstance, segments: Segments): void {
  const schema = describeRoute({
    tag: 'Segments',
    summary: 'Count whom a draft would hold for, before it is saved',
    description:
      'The definition as it would be put in force; `name` may be left out. Profiles are looked at in the background, all of ' +
      `them up to ${limits.segmentPreviewProfilesMax}. Answers a job: see \`GET /v1/jobs/{id}\`. Its result says how many ` +
      'profiles were looked at (`profiles`), how many the draft holds for (`members`), whether that was everybody ' +
      `(\`complete\`), and ${limits.segmentSampleMax} of the members at most, drawn by chance (\`sample\`).`,
    body: [
      {
        type: 'application/json',
        example: { definition: { name: 'big_spenders', when: { feature: 'spend_365d', gte: 5000 } } },
      },
    ],
    answers: {
      202: { description: 'The job has been created.', example: { job: exampleJob } },
      400: { description: 'The definition is not valid: `invalid_definition`, with the place.' },
    },
  });
  app.post('/v1/segments/previews', { schema, config: { scope: 'define' } }, async (request, reply) => {
    const body = readJsonObject(bodyBytes(request));
    refuseUnknownFields(body, ['definition']);
    const { definition } = body;
    if (typeof definition !== 'object' || definition === null || Array.isArray(definition))
      throw invalidField('definition', 'must be a segment as it would be put in force');
    const job = segments.preview(definition as JsonObject, authorOf(request));
    reply.code(202).header('location', `/v1/jobs/${job.id}`);
    return { job };
  });
}

/** One line per member; identifiers of a type are separated by spaces, and columns are those types that occur. */
function csvOf(members: readonly SegmentMember[]): string {
  const types = [...new Set(members.flatMap(({ identifiers }) => Object.keys(identifiers)))].sort();
  const lines = members.map(({ profile_id, since, kind, identifiers }) => [
    profile_id,
    new Date(since).toISOString(),
    kind,
    ...types.map((type) => (identifiers[type] ?? []).join(' ')),
  ]);
  return [['profile_id', 'since', 'kind', ...types], ...lines].map(csvLine).join('');
}
