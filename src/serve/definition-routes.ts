import type { FastifyInstance, FastifyRequest } from 'fastify';
import { TesseraError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { JsonObject } from '../model/json.ts';
import { readJsonObject } from './json-body.ts';
import { jsonDiff } from './json-diff.ts';
import { describeRoute } from './openapi.ts';
import { readParameters, textParameter } from './parameters.ts';
import { bodyBytes } from './server.ts';
import type { DefinitionEditor, DefinitionKind, Definitions, NamedDefinition } from './services.ts';

/**
 * Definitions of any kind through the API. A kind says what it lists and, where it can be changed, has an editor: a kind
 * that gets one is served by these routes without a change here.
 */
const kindPath = { kind: { description: '`features`, `triggers` or `identity`.', example: 'features' } };
const namePath = { ...kindPath, name: { description: 'The name of the definition.', example: 'views_1h' } };
const changeParameters = {
  dry_run: textParameter({
    description: '`1`: check the definition and answer what it would change; change nothing.',
    charactersMax: 5,
    pattern: /^(1|true|0|false)$/,
    example: '1',
  }),
};

const exampleDefinition = {
  name: 'views_1h',
  description: 'Product views in the last hour.',
  on: ['product_viewed'],
  aggregate: 'count',
  window: '1h',
};
const examplePolicy = {
  name: 'default',
  types: [{ type: 'user_id', limit: 1, period: 'ever', strong: true, normalize: 'exact' }],
  blocked: { values: ['', 'null', 'guest'], repeated_digits_from: 2 },
};
const exampleChanged = {
  ...examplePolicy,
  version: '5f1c0a9be7d24c33',
  author: 'server',
  since: 1_795_255_200_123,
};

/** What an answer adds to a definition; taken out again of what is sent, so that an answer can be edited and put back. */
const PROVENANCE = ['version', 'author', 'since'] as const;

interface KindPath {
  readonly Params: { readonly kind: string };
}
interface NamePath {
  readonly Params: { readonly kind: string; readonly name: string };
}

export function registerDefinitionRoutes(app: FastifyInstance, definitions: Definitions): void {
  registerReading(app, definitions);
  registerPut(app, definitions);
  registerDelete(app, definitions);
}

function registerReading(app: FastifyInstance, definitions: Definitions): void {
  const config = { scope: ['read', 'define'] } as const;
  const list = describeRoute({
    tag: 'Definitions',
    summary: 'All definitions of a kind that are in force',
    path: kindPath,
    answers: {
      200: { description: 'In order of their names.', example: { definitions: [exampleDefinition] } },
    },
  });
  app.get<KindPath>('/v1/definitions/:kind', { schema: list, config }, async (request) => {
    readParameters({}, request.query);
    return { definitions: [...kindOf(definitions, request.params.kind).list()].sort(byName) };
  });
  const one = describeRoute({
    tag: 'Definitions',
    summary: 'One definition in force',
    description:
      'Kinds that can be changed through the API add `version`, `author` and `since` to the definition. Identifiers in ' +
      'the lists of an identity policy are answered as blind indexes, `type#hash`.',
    path: namePath,
    answers: { 200: { description: 'The definition.', example: exampleDefinition } },
  });
  app.get<NamePath>('/v1/definitions/:kind/:name', { schema: one, config }, async (request) => {
    readParameters({}, request.query);
    const { kind, name } = request.params;
    return definitionOf(kindOf(definitions, kind), name);
  });
}

function registerPut(app: FastifyInstance, definitions: Definitions): void {
  const schema = describeRoute({
    tag: 'Definitions',
    summary: 'Put a definition in force',
    description:
      'The complete definition, as JSON; what it leaves out takes its default. It is a record of the log: events before ' +
      'it keep what they were given. The answer comes once the definition is in force, and a restart keeps it. ' +
      '`version`, `author` and `since` of an earlier answer are ignored. Kinds: `identity`, whose one policy is `default`.',
    path: namePath,
    query: changeParameters,
    body: [{ type: 'application/json', example: examplePolicy }],
    answers: {
      200: {
        description:
          'The definition in force. With `dry_run=1`: the definition as it would be, and the changes.',
        example: exampleChanged,
      },
      400: { description: 'The definition is not valid: `invalid_definition`, with the place.' },
      405: { description: 'Definitions of this kind come from the directory only.' },
    },
  });
  const config = { scope: 'define' } as const;
  app.put<NamePath>('/v1/definitions/:kind/:name', { schema, config }, async (request, reply) => {
    const { kind, name } = request.params;
    const editor = kindOf(definitions, kind).editor ?? readOnly((allow) => reply.header('allow', allow));
    const body = withoutProvenance(readJsonObject(bodyBytes(request)));
    return await change({
      request,
      kind: kindOf(definitions, kind),
      editor,
      planned: editor.check(name, body),
    });
  });
}

function registerDelete(app: FastifyInstance, definitions: Definitions): void {
  const schema = describeRoute({
    tag: 'Definitions',
    summary: 'Take back a definition that was put in force',
    description:
      'Where the definitions directory has one of the name, as it always has for `identity`, that one is in force again: ' +
      'the directory as it was when the engine started.',
    path: namePath,
    query: changeParameters,
    answers: {
      200: { description: 'The definition in force now, or the dry run of that.', example: exampleChanged },
      405: { description: 'Definitions of this kind come from the directory only.' },
    },
  });
  const config = { scope: 'define' } as const;
  app.delete<NamePath>('/v1/definitions/:kind/:name', { schema, config }, async (request, reply) => {
    const { kind, name } = request.params;
    const editor = kindOf(definitions, kind).editor ?? readOnly((allow) => reply.header('allow', allow));
    return await change({ request, kind: kindOf(definitions, kind), editor, planned: editor.original(name) });
  });
}

interface Change {
  readonly request: FastifyRequest;
  readonly kind: DefinitionKind;
  readonly editor: DefinitionEditor;
  readonly planned: NamedDefinition;
}

async function change({ request, kind, editor, planned }: Change): Promise<unknown> {
  const { dry_run } = readParameters(changeParameters, request.query);
  if (dry_run === '1' || dry_run === 'true') {
    const before = withoutProvenance(kind.list().find(({ name }) => name === planned.name) ?? {});
    const changes = jsonDiff(before, planned, limits.definitionChangesShownMax);
    return { dry_run: true, definition: planned, changes };
  }
  // A route with a scope always has its principal.
  return await editor.put(planned, request.principal?.name ?? '');
}

function withoutProvenance(definition: JsonObject): JsonObject {
  const copy = { ...definition };
  for (const field of PROVENANCE) delete copy[field];
  return copy;
}

function readOnly(allow: (methods: string) => void): never {
  allow('GET, HEAD');
  throw new TesseraError('method_not_allowed', 'Definitions of this kind come from the directory only.');
}

function kindOf(definitions: Definitions, kind: string): DefinitionKind {
  const found = definitions.kind(kind);
  if (found === undefined) throw new TesseraError('not_found', 'There is no such kind of definition.');
  return found;
}

function definitionOf(kind: DefinitionKind, name: string): NamedDefinition {
  const found = kind.list().find((definition) => definition.name === name);
  if (found === undefined) throw new TesseraError('not_found', 'There is no definition of this name.');
  return found;
}

function byName(a: NamedDefinition, b: NamedDefinition): number {
  return a.name < b.name ? -1 : 1;
}
