import type { FastifyInstance } from 'fastify';
import { TesseraError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { JsonObject } from '../model/json.ts';
import { type DefinitionPath, kindOf, namePath } from './definition-requests.ts';
import type { DefinitionVersion, DefinitionVersions } from './definition-versions-service.ts';
import { jsonDiff } from './json-diff.ts';
import { describeRoute } from './openapi.ts';
import { readParameters, textParameter } from './parameters.ts';
import type { Definitions } from './services.ts';

export interface DefinitionVersionServices {
  readonly definitions: Definitions;
  readonly definitionVersions: DefinitionVersions;
}

const exampleVersion = {
  number: 12,
  edition: 3,
  version: 'b1946ac92492d234',
  author: 'ops',
  since: 1_795_255_200_123,
  change: 'changed',
  active: true,
};

const config = { scope: ['read', 'define'] } as const;

/** `GET …/{name}/versions`: what a definition was, and what changed from one version to another. */
export function registerDefinitionVersionRoutes(
  app: FastifyInstance,
  services: DefinitionVersionServices,
): void {
  registerList(app, services);
  registerOne(app, services);
}

function registerList(app: FastifyInstance, services: DefinitionVersionServices): void {
  const schema = describeRoute({
    tag: 'Definitions',
    summary: 'The versions of a definition, newest first',
    description:
      'Who brought it when, and whether it was `created`, `changed`, `removed`, `enabled` or `disabled`. `number` names a version; ' +
      'it grows over the changes of all definitions, and 0 is what was in force before what is kept: the newest ' +
      `${limits.definitionJournalMax} changes of definitions, of at most ${limits.definitionJournalBytesMax / 1024 / 1024} MiB together. ` +
      '`edition` counts those of this definition, from 1 for the oldest that is kept. A definition that was removed still answers its versions.',
    path: namePath,
    answers: {
      200: { description: 'The versions that are kept.', example: { versions: [exampleVersion] } },
      404: { description: 'Nothing is known of the name.' },
    },
  });
  app.get<DefinitionPath>('/v1/definitions/:kind/:name/versions', { schema, config }, async (request) => {
    readParameters({}, request.query);
    const versions = await versionsOf(services, request.params);
    return { versions: versions.map((version) => shown(version, versions)) };
  });
}

const numberPath = {
  ...namePath,
  number: { description: 'The number that the list names.', example: '12' },
};

const oneParameters = {
  against: textParameter({
    description:
      'The number of the version that `changes` start from. Unless told the one before it, as far as it is kept.',
    charactersMax: 15,
    pattern: /^\d+$/,
    example: '7',
  }),
};

function registerOne(app: FastifyInstance, services: DefinitionVersionServices): void {
  const schema = describeRoute({
    tag: 'Definitions',
    summary: 'A definition as it was',
    description:
      '`definition` is its text, null where it was removed; sent with `PUT` it is in force again. Secrets of webhooks are answered as ' +
      '`***`, which leaves those that there are. `changes` are the places in which it differs from the version before it.',
    path: numberPath,
    query: oneParameters,
    answers: {
      200: {
        description: 'The version.',
        example: {
          ...exampleVersion,
          definition: { name: 'views_1h', on: ['product_viewed'], aggregate: 'count', window: '1h' },
          changes: [{ path: '/window', before: '30m', after: '1h' }],
        },
      },
      404: { description: 'There is no such version of it, or it is not kept any more.' },
    },
  });
  app.get<{ Params: DefinitionPath['Params'] & { readonly number: string } }>(
    '/v1/definitions/:kind/:name/versions/:number',
    { schema, config },
    async (request) => {
      const { against } = readParameters(oneParameters, request.query);
      const versions = await versionsOf(services, request.params);
      const wanted = find(versions, Number(request.params.number));
      const before =
        against === undefined ? versions[versions.indexOf(wanted) + 1] : find(versions, Number(against));
      const definition = wanted.text?.definition ?? null;
      const changes = jsonDiff(
        before?.text?.definition ?? {},
        definition ?? {},
        limits.definitionChangesShownMax,
      );
      return { ...shown(wanted, versions), definition, changes };
    },
  );
}

async function versionsOf(
  { definitions, definitionVersions }: DefinitionVersionServices,
  { kind, name }: DefinitionPath['Params'],
): Promise<readonly DefinitionVersion[]> {
  kindOf(definitions, kind);
  const versions = await definitionVersions.of(kind, name);
  if (versions.length === 0) throw new TesseraError('not_found', 'There is no definition of this name.');
  return versions;
}

function find(versions: readonly DefinitionVersion[], number: number): DefinitionVersion {
  const found = versions.find((version) => version.number === number);
  if (found === undefined)
    throw new TesseraError('not_found', 'This version of the definition is not kept, or there was none.');
  return found;
}

/** `versions`: all that are kept, the newest first. */
function shown(wanted: DefinitionVersion, versions: readonly DefinitionVersion[]): JsonObject {
  const { number, turn, author, since, text, active } = wanted;
  return {
    number,
    edition: versions.length - versions.indexOf(wanted),
    ...(text === undefined ? {} : { version: text.version }),
    author,
    since,
    change: turn,
    active,
  };
}
