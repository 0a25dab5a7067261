import type { FastifyInstance, FastifyRequest } from 'fastify';
import { TesseraError } from '../errors.ts';
import { limits } from '../limits.ts';
import {
  changeParameters,
  changesFrom,
  type DefinitionPath,
  definitionOf,
  isSet,
  type KindPath,
  kindOf,
  kindPath,
  namePath,
  withoutProvenance,
} from './definition-requests.ts';
import { registerDefinitionSwitchRoutes } from './definition-switch-routes.ts';
import { readJsonObject } from './json-body.ts';
import { describeRoute } from './openapi.ts';
import { invalidParameter, readParameters, textParameter } from './parameters.ts';
import { bodyBytes } from './server.ts';
import type { DefinitionEditor, DefinitionKind, Definitions, NamedDefinition } from './services.ts';

/**
 * Definitions of any kind through the API. A kind says what it lists and, where it can be changed, has an editor: a kind
 * that gets one is served by these routes without a change here.
 */
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

const exampleFeature = {
  name: 'views',
  on: 'product_viewed',
  aggregate: 'count',
  windows: ['1h', '30d'],
  numbers: { views_1h: 61, views_30d: 7 },
  version: '0b9d3f0e7a51c2d4',
  author: 'server',
  since: 1_795_255_200_123,
};
const putParameters = {
  ...changeParameters,
  keep: textParameter({
    description:
      '`1`: features only. What the change replaces stays readable and goes on counting as `name@number`, until that name ' +
      `is deleted; at most ${limits.featureVersionsKeptMax} are kept.`,
    charactersMax: 5,
    pattern: /^(1|true|0|false)$/,
    example: '1',
  }),
};

export function registerDefinitionRoutes(app: FastifyInstance, definitions: Definitions): void {
  registerReading(app, definitions);
  registerPut(app, definitions);
  registerDelete(app, definitions);
  registerDefinitionSwitchRoutes(app, definitions);
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
      'As its author wrote it, with `version`, `author` and `since`; a trigger that is off with `"enabled": false`; a feature with the `numbers` of what it stands for. A ' +
      'feature with `windows` is one definition; the name of one of its windows answers that window, and says in `part_of` ' +
      'where it belongs. Identifiers in the lists of an identity policy are answered as blind indexes, `type#hash`.',
    path: namePath,
    answers: { 200: { description: 'The definition.', example: exampleDefinition } },
  });
  app.get<DefinitionPath>('/v1/definitions/:kind/:name', { schema: one, config }, async (request) => {
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
      '`version`, `author`, `since`, `numbers` and `warnings` of an earlier answer are ignored. Kinds: `features`, `triggers`, ' +
      '`segments`, `models` (what was fitted to history), `templates` (of messages), `coupons` (settings of pools), `placements` (of recommendations), `retention` (how long things are kept), `schemas` (of events: what their properties have to look like), `webhooks` (secrets ' +
      'are answered as `***`, which leaves them as they are), and `loyalty`, `messaging`, `privacy`, `quality` and `identity`, of which there is one each, `default`. A changed feature gets a new number and starts empty: `partial` says ' +
      'until when. A feature with `windows` is one definition; of its windows, those that stay as they are keep their state. ' +
      'What is odd but not wrong stands under `warnings`, such as an event type that no schema knows.',
    path: namePath,
    query: putParameters,
    body: [{ type: 'application/json', example: exampleDefinition }],
    answers: {
      200: {
        description:
          'The definition in force. With `dry_run=1`: the definition as it would be, and the changes.',
        example: exampleFeature,
      },
      400: {
        description:
          'The definition is not valid: `invalid_definition`, with the place: an unknown event type or path, a value of ' +
          'another type than the aggregate takes, a window that is too long, too many features, a name that is taken, a ' +
          'feature that there is none of, derived features that read each other in a circle.',
      },
      405: { description: 'Definitions of this kind come from the directory only.' },
      409: {
        description:
          '`definition_in_use`: a window that is left out is read by a trigger or a derived feature, which is named.',
      },
    },
  });
  const config = { scope: 'define' } as const;
  app.put<DefinitionPath>('/v1/definitions/:kind/:name', { schema, config }, async (request, reply) => {
    const { kind, name } = request.params;
    const editor = kindOf(definitions, kind).editor ?? readOnly((allow) => reply.header('allow', allow));
    const parameters = readParameters(putParameters, request.query);
    const keep = isSet(parameters.keep);
    if (keep && editor.keeps !== true) throw invalidParameter('keep', 'belongs to features');
    const body = withoutProvenance(readJsonObject(bodyBytes(request)));
    const planned = editor.check(name, body, keep);
    const warnings = editor.warnings?.(planned) ?? [];
    const answer = await change({
      request,
      kind: kindOf(definitions, kind),
      editor,
      name,
      planned,
      keep,
      dryRun: isSet(parameters.dry_run),
    });
    return warnings.length === 0 ? answer : { ...answer, warnings };
  });
}

function registerDelete(app: FastifyInstance, definitions: Definitions): void {
  const schema = describeRoute({
    tag: 'Definitions',
    summary: 'Take back a definition that was put in force',
    description:
      'Where the definitions directory has one of the name, as it always has for `identity`, that one is in force again: ' +
      'the directory as it was when the engine started. To be rid of one of the directory, take it out there and start again. ' +
      'Anything else is removed; the state of a removed feature leaves each profile when that is written next. A version that ' +
      'was kept is deleted by its name, `name@number`.',
    path: namePath,
    query: changeParameters,
    answers: {
      200: {
        description:
          'The definition in force now, or `{"name": …, "removed": true}`; or the dry run of that, with `definition` null.',
        example: exampleChanged,
      },
      404: { description: 'There is no definition of this name.' },
      405: { description: 'Definitions of this kind come from the directory only.' },
      409: {
        description:
          '`definition_in_use`: a trigger or a derived feature, which is named, reads the feature.',
      },
    },
  });
  const config = { scope: 'define' } as const;
  app.delete<DefinitionPath>('/v1/definitions/:kind/:name', { schema, config }, async (request, reply) => {
    const { kind, name } = request.params;
    const editor = kindOf(definitions, kind).editor ?? readOnly((allow) => reply.header('allow', allow));
    const parameters = readParameters(changeParameters, request.query);
    return await change({
      request,
      kind: kindOf(definitions, kind),
      editor,
      name,
      planned: editor.original(name),
      keep: false,
      dryRun: isSet(parameters.dry_run),
    });
  });
}

interface Change {
  readonly request: FastifyRequest;
  readonly kind: DefinitionKind;
  readonly editor: DefinitionEditor;
  readonly name: string;
  /** Undefined where the definition is removed. */
  readonly planned: NamedDefinition | undefined;
  readonly keep: boolean;
  readonly dryRun: boolean;
}

async function change(options: Change): Promise<Readonly<Record<string, unknown>>> {
  const { request, kind, editor, name, planned, keep } = options;
  if (options.dryRun) return changesFrom(kind, planned, name);
  // A route with a scope always has its principal.
  const author = request.principal?.name ?? '';
  if (planned !== undefined) return await editor.put(planned, author, keep);
  await editor.remove?.(name, author);
  return { name, removed: true };
}

function readOnly(allow: (methods: string) => void): never {
  allow('GET, HEAD');
  throw new TesseraError('method_not_allowed', 'Definitions of this kind come from the directory only.');
}

function byName(a: NamedDefinition, b: NamedDefinition): number {
  return a.name < b.name ? -1 : 1;
}
