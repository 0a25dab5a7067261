import type { FastifyInstance } from 'fastify';
import { TesseraError } from '../errors.ts';
import type { JsonValue } from '../model/json.ts';
import type { BackupService } from './backup-service.ts';
import { authorOf } from './identity-routes.ts';
import { readJsonObject, refuseUnknownFields } from './json-body.ts';
import { describeRoute } from './openapi.ts';
import { readParameters } from './parameters.ts';
import { bodyBytes } from './server.ts';

const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;

const exampleBackup: JsonValue = {
  name: 'before-upgrade',
  path: '/var/lib/tessera.backups/before-upgrade',
  made_at: 1_795_255_200_123,
  tessera: '0.1.0',
  bytes: 48_210_944,
  applied: { p0: 120_417 },
};

export function registerBackupRoutes(app: FastifyInstance, backups: BackupService): void {
  const list = describeRoute({
    tag: 'Operate',
    summary: 'Backups of the data directory, newest first',
    description:
      'Those that lie where the setting `TESSERA_BACKUP_DIR` says. `applied` tells of each log up to which message the copied ' +
      'state has it; the copied log goes further.',
    answers: { 200: { description: 'The backups.', example: { backups: [exampleBackup] } } },
  });
  app.get('/v1/backups', { schema: list, config: { scope: 'admin' } }, async (request) => {
    readParameters({}, request.query);
    return { backups: await backups.list() };
  });
  const make = describeRoute({
    tag: 'Operate',
    summary: 'Make a backup of the data directory, while everything goes on',
    description:
      'A job; its result says where the backup lies on the machine of the engine. It holds log, state, history and keys, ' +
      'so it is as confidential as the data directory; the register of erasures stays apart. `name` is that of a new directory: ' +
      'letters, digits, - and _, at most 64; by default it says when. `tessera restore` brings it back. On servers: `backup_elsewhere`.',
    body: [{ type: 'application/json', example: { name: 'before-upgrade' } }],
    answers: {
      202: {
        description: 'The job.',
        example: {
          name: 'before-upgrade',
          job: { id: '019ab3d2-7c1e-7a40-8d5e-3f1c2b4a5d6e', kind: 'backup', status: 'queued' },
        },
      },
    },
  });
  app.post(
    '/v1/backups',
    { schema: make, config: { scope: 'admin', audit: 'data_exported' } },
    async (request, reply) => {
      const name = readName(bodyBytes(request)) ?? backups.defaultName();
      request.auditDetail = `backup ${name}`;
      return reply.code(202).send({ name, job: backups.make(name, authorOf(request)) });
    },
  );
}

function readName(bytes: Buffer): string | undefined {
  if (bytes.length === 0) return undefined;
  const body = readJsonObject(bytes);
  refuseUnknownFields(body, ['name']);
  if (body.name === undefined) return undefined;
  if (typeof body.name === 'string' && NAME.test(body.name)) return body.name;
  throw new TesseraError('invalid_parameter', 'A name has letters, digits, - and _, at most 64.', {
    path: '/name',
  });
}
