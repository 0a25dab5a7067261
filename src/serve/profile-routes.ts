import type { FastifyInstance, FastifyRequest } from 'fastify';
import { TesseraError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { JsonValue } from '../model/json.ts';
import { revealTo } from './disclosure.ts';
import { describeRoute } from './openapi.ts';
import { integerParameter, readParameters, TIME_FORMS, textParameter, timeParameter } from './parameters.ts';
import type { PastProfiles } from './past-profiles.ts';
import { featuresOf, selectFields } from './profile-fields.ts';
import { parseReference } from './profile-reference.ts';
import type { HistoryRows, ProfileReader, ReadOptions } from './services.ts';

export interface ProfileRouteServices {
  readonly profiles: ProfileReader;
  readonly past: PastProfiles;
  readonly history: HistoryRows;
}

const fields = textParameter({
  description:
    'Only these, separated by commas: a part (`traits`), an entry of a part (`features.views_1h`) or the bare name ' +
    'of a feature.',
  charactersMax: 4_096,
  example: 'traits,views_1h',
});

const limit = integerParameter({
  description: 'How many to answer at most.',
  minimum: 1,
  maximum: limits.pageMax,
  fallback: limits.pageDefault,
});

const readParameterSet = { fields };
const profileParameters = {
  fields,
  at: timeParameter({
    description: `The profile as it was at this moment, which must be over: ${TIME_FORMS} or epoch milliseconds. See above.`,
    example: '2026-11-21T10:00:00Z',
  }),
};
const listParameters = {
  after: textParameter({ description: '`next` of the previous page.', charactersMax: 256 }),
  limit,
  fields,
};
const eventParameters = {
  limit,
  before: textParameter({
    description: '`next` of the previous page.',
    charactersMax: 128,
    pattern: /^\d+-\d+-\d+$/,
  }),
};

export const profilePath = {
  id: {
    description:
      'A profile id, or `type:value`, or `type@issuer:value`; percent-encoded where the value needs it. Ids of ' +
      'profiles that were merged away answer the profile that they belong to now.',
    example: 'phone:13900001111',
  },
};

const exampleProfile: JsonValue = {
  profile_id: '019ab3d2-7c1e-7a40-8d5e-3f1c2b4a5d6e',
  kind: 'customer',
  identifiers: { phone: ['139****1111'] },
  traits: { name: '张*' },
  features: { views_1h: { value: 3, as_of: 1795255200123, partial: false } },
  segments: [],
  tags: [],
  lifecycle: null,
  consents: { personalization: true },
  loyalty: { points: 183, pending: 83, debt: 0, tier: 'silver', tier_until: 1826791200123, expiring: null },
  first_seen: 1795255100000,
  last_seen: 1795255200123,
};

const exampleEvent: JsonValue = {
  id: 'e-1',
  type: 'order_completed',
  time: 1795255200123,
  received_at: 1795255200200,
  source: 'pos',
  channel: 'pos',
  late: false,
  currency: 'CNY',
  order: { order_id: 'o-1', transition: 'completed', total: '399.00', spend: '399.00', refund: '0.00' },
};

export function registerProfileRoutes(app: FastifyInstance, services: ProfileRouteServices): void {
  registerListing(app, services.profiles);
  registerUnattributed(app, services.profiles);
  registerProfile(app, services);
  registerEvents(app, services);
}

function registerProfile(app: FastifyInstance, { profiles, past }: ProfileRouteServices): void {
  const schema = describeRoute({
    tag: 'Profiles',
    summary: 'One profile, by id or identifier',
    description:
      'Features are computed for the moment of reading. Identifiers and personal traits are masked unless the key ' +
      'holds the scope `pii`.\n\n' +
      'With `at` the profile is recomputed from history, out of the events that had been applied by then to what was ' +
      'this profile (or the holder of the identifier) then, under the definitions in force now, as if they had been ' +
      'there from the start; segments, tags and lifecycle too. `as_of` is that moment. What history does not tell is left out: identifiers, ' +
      'loyalty. Answers 404 `profile_not_found` where there was no such profile, 400 ' +
      '`invalid_parameter` for a moment that is none or not over, 503 `history_behind` where history does not hold the ' +
      `moment within ${limits.historyWaitMs / 1_000} seconds, and 413 \`replay_too_large\` beyond ` +
      `${limits.replayEventsMax} events.`,
    path: profilePath,
    query: profileParameters,
    answers: { 200: { description: 'The profile.', example: exampleProfile } },
  });
  app.get<{ Params: { id: string } }>(
    '/v1/profiles/:id',
    { schema, config: { scope: 'read' } },
    async (request) => {
      const parameters = readParameters(profileParameters, request.query);
      const { at } = parameters;
      const options = readOptions(request, parameters.fields);
      const { id } = request.params;
      const profile =
        at === undefined
          ? await findProfile(profiles, id, options)
          : await findProfile(past, id, { ...options, at });
      return selectFields(profile, parameters.fields);
    },
  );
}

function registerListing(app: FastifyInstance, profiles: ProfileReader): void {
  const schema = describeRoute({
    tag: 'Profiles',
    summary: 'All profiles, page by page, in order of their ids',
    query: listParameters,
    answers: {
      200: {
        description: 'A page; `next` is absent on the last one.',
        example: { profiles: [exampleProfile], next: '019ab3d2-7c1e-7a40-8d5e-3f1c2b4a5d6e' },
      },
    },
  });
  app.get('/v1/profiles', { schema, config: { scope: 'read' } }, async (request) => {
    const parameters = readParameters(listParameters, request.query);
    const page = await profiles.list(
      parameters.after ?? '',
      parameters.limit,
      readOptions(request, parameters.fields),
    );
    const selected = page.profiles.map((profile) => selectFields(profile, parameters.fields));
    return page.next === undefined ? { profiles: selected } : { profiles: selected, next: page.next };
  });
}

function registerUnattributed(app: FastifyInstance, profiles: ProfileReader): void {
  const schema = describeRoute({
    tag: 'Profiles',
    summary: 'What no person can be named for',
    description: 'The sum over events without a usable identifier: with all profiles, it is everything.',
    query: readParameterSet,
    answers: { 200: { description: 'A profile of nobody.', example: exampleProfile } },
  });
  app.get('/v1/profiles/unattributed', { schema, config: { scope: 'read' } }, async (request) => {
    const parameters = readParameters(readParameterSet, request.query);
    return selectFields(
      await profiles.unattributed(readOptions(request, parameters.fields)),
      parameters.fields,
    );
  });
}

function registerEvents(app: FastifyInstance, { profiles, history }: ProfileRouteServices): void {
  const schema = describeRoute({
    tag: 'Profiles',
    summary: "A profile's events, newest first",
    description: 'From history, so an event appears here within two seconds of being applied.',
    path: profilePath,
    query: eventParameters,
    answers: {
      200: {
        description: 'A page; `next` is absent on the last one.',
        example: { events: [exampleEvent], next: '1795255200123-42-0' },
      },
    },
  });
  app.get<{ Params: { id: string } }>(
    '/v1/profiles/:id/events',
    { schema, config: { scope: 'read' } },
    async (request) => {
      const { limit: size, before } = readParameters(eventParameters, request.query);
      const { profile_id } = await findProfile(profiles, request.params.id, {
        reveal: false,
        features: NO_FEATURES,
      });
      const page = await history.events(
        profile_id,
        before === undefined ? { limit: size } : { limit: size, before },
      );
      return page.next === undefined ? { events: page.rows } : { events: page.rows, next: page.next };
    },
  );
}

export function readOptions(request: FastifyRequest, fields?: string): ReadOptions {
  const shown = revealTo(request);
  const features = featuresOf(fields);
  return features === undefined ? shown : { ...shown, features };
}

/** For a look-up of which only the id matters. */
export const NO_FEATURES: ReadonlySet<string> = new Set();

/** Profiles as they are or as they were. */
interface Finder<View, Options> {
  byId(id: string, options: Options): Promise<View | undefined>;
  byIdentifier(type: string, value: string, options: Options): Promise<View | undefined>;
}

/** A profile by what stands in the path; unknown, erased and unreadable ones look the same from outside. */
export async function findProfile<View, Options>(
  profiles: Finder<View, Options>,
  reference: string,
  options: Options,
): Promise<View> {
  const profile = await lookUp(profiles, reference, options);
  if (profile === undefined) throw new TesseraError('profile_not_found');
  return profile;
}

async function lookUp<View, Options>(
  profiles: Finder<View, Options>,
  reference: string,
  options: Options,
): Promise<View | undefined> {
  const parsed = parseReference(reference);
  if (parsed === undefined) return undefined;
  if (parsed.kind === 'id') return profiles.byId(parsed.id, options);
  return profiles.byIdentifier(parsed.type, parsed.value, options);
}
