import type { FastifyInstance, FastifyReply } from 'fastify';
import { TesseraError } from '../errors.ts';
import {
  changeParameters,
  changesFrom,
  type DefinitionPath,
  isSet,
  kindOf,
  kindPath,
} from './definition-requests.ts';
import { authorOf } from './identity-routes.ts';
import { describeRoute } from './openapi.ts';
import { readParameters } from './parameters.ts';
import type { Definitions } from './services.ts';

const exampleOff = {
  name: 'birthday',
  purpose: 'marketing',
  on: { calendar: { birthday: true } },
  action: { channel: 'preferred', template: 'birthday_greeting' },
  enabled: false,
  version: 'b1946ac92492d234',
  author: 'ops',
  since: 1_795_255_200_123,
};

/** `POST …/{name}/enable` and `…/disable`: a definition is kept while it is off. */
export function registerDefinitionSwitchRoutes(app: FastifyInstance, definitions: Definitions): void {
  registerTurn(app, definitions, true);
  registerTurn(app, definitions, false);
}

const SAYS = {
  on: {
    summary: 'Switch a trigger on again',
    description:
      'It starts anew from this moment: what happened before, and while it was off, completes no pattern and fires nothing. ' +
      'Where it is on already nothing changes.',
  },
  off: {
    summary: 'Switch a trigger off',
    description:
      'It stays, says `"enabled": false`, and decides nothing: nothing is fired or suppressed, and nothing is remembered for it. ' +
      'What its pattern waited for is forgotten, and a firing that was deferred ends as suppressed, `trigger_off`. What was ' +
      'fired before goes out. A record of the log, as every change of a definition. Where it is off already nothing changes.',
  },
} as const;

function registerTurn(app: FastifyInstance, definitions: Definitions, on: boolean): void {
  const schema = describeRoute({
    tag: 'Definitions',
    ...(on ? SAYS.on : SAYS.off),
    path: { ...kindPath, name: { description: 'The name of the definition.', example: 'birthday' } },
    query: changeParameters,
    answers: {
      200: {
        description:
          'The definition in force; or with `dry_run=1` the definition as it would be, and the changes.',
        example: on ? { ...exampleOff, enabled: undefined } : exampleOff,
      },
      404: { description: 'There is no definition of this name.' },
      405: { description: 'Definitions of this kind cannot be switched off: triggers can.' },
    },
  });
  app.post<DefinitionPath>(
    `/v1/definitions/:kind/:name/${on ? 'enable' : 'disable'}`,
    { schema, config: { scope: 'define' } },
    async (request, reply) => {
      const { kind: kindName, name } = request.params;
      const kind = kindOf(definitions, kindName);
      const turning = kind.editor?.switch ?? refuse(reply);
      const { dry_run } = readParameters(changeParameters, request.query);
      if (isSet(dry_run)) return changesFrom(kind, turning.plan(name, on));
      return await turning.turn(name, on, authorOf(request));
    },
  );
}

function refuse(reply: FastifyReply): never {
  reply.header('allow', '');
  throw new TesseraError('method_not_allowed', 'Definitions of this kind cannot be switched on or off.');
}
