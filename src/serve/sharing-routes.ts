import type { FastifyInstance } from 'fastify';
import { limits } from '../limits.ts';
import type { Sharing } from './consent-service.ts';
import { authorOf } from './identity-routes.ts';
import { describeRoute } from './openapi.ts';
import {
  choiceParameter,
  integerParameter,
  invalidParameter,
  readParameters,
  textParameter,
} from './parameters.ts';

const NAME = /^[a-z][a-z0-9_]{0,63}$/;

const parameters = {
  partner: textParameter({
    description: 'A partner of the definition of privacy.',
    charactersMax: 64,
    pattern: NAME,
    example: 'ad_network',
  }),
  by: textParameter({
    description: 'Answer numbers of people by this field, one that the partner may have, instead of rows.',
    charactersMax: 80,
    pattern: /^[a-z]+(\.[A-Za-z][A-Za-z0-9_]{0,63})?$/,
    example: 'lifecycle',
  }),
  removals: choiceParameter({
    description:
      '`true`: list everybody who ever was in the segment, those who may not be shared any more under `removed`.',
    choices: ['true', 'false'],
  }),
  after: textParameter({
    description: '`next` of the previous page.',
    charactersMax: 64,
    pattern: /^[\w-]{1,64}$/,
  }),
  limit: integerParameter({
    description: 'How many to look at at most.',
    minimum: 1,
    maximum: limits.segmentMembersMax,
    fallback: limits.pageDefault,
  }),
};

/** What of a segment a partner may have. */
export function registerSharingRoutes(app: FastifyInstance, sharing: Sharing): void {
  const schema = describeRoute({
    tag: 'Privacy',
    summary: 'What of a segment a partner may have',
    description:
      'Members who consent to `sharing`, or to `sharing.PARTNER`, with the fields of the agreement, under a pseudonym that is ' +
      'another one for every partner; never identifiers, what is sealed, or what is sensitive. Whoever is restricted, staff or a test ' +
      'is left out. `expires_at` says when the partner has to have forgotten the rows. With `removals=true` pseudonyms that must go ' +
      'now stand under `removed`, also of people that the partner never had. With `by` the answer is numbers of people, of groups of ' +
      `at least ${limits.sharedGroupPeopleMin}; \`suppressed\` says whether there are smaller ones, \`complete\` whether all ` +
      `members were looked at (${limits.sharedGroupsLookedAtMax} at most). Members are listed from history, seconds behind, and held ` +
      'against each profile as it is now. Every answer is in the audit log.',
    path: { name: { description: 'The name of the segment.', example: 'high_value_dormant' } },
    query: parameters,
    answers: {
      200: {
        description: 'A page of rows, `next` absent on the last one; or groups.',
        example: {
          segment: 'high_value_dormant',
          partner: 'ad_network',
          expires_at: '2027-02-19T10:00:00.123Z',
          members: [
            {
              pseudonym: 'mXn0S2pQ0v0jWl8sZ1mYhM4eGk7uB3aT',
              since: 1795255200123,
              fields: { lifecycle: 'loyal', 'traits.city': 'Shanghai' },
            },
          ],
        },
      },
      403: { description: 'The agreement has ended, or does not cover this: `sharing_not_allowed`.' },
      404: { description: 'There is no such segment or partner.' },
    },
  });
  app.get<{ Params: { name: string } }>(
    '/v1/segments/:name/export',
    { schema, config: { scope: 'privacy' } },
    async (request) => {
      const { partner, by, removals, after = '', limit } = readParameters(parameters, request.query);
      if (partner === undefined) throw invalidParameter('partner', 'must name a partner');
      const segment = request.params.name;
      const author = authorOf(request);
      if (by !== undefined) return await sharing.groups({ segment, partner, by }, author);
      return await sharing.rows({ segment, partner, after, limit, removals: removals === 'true' }, author);
    },
  );
}
