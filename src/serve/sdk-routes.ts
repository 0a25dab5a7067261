import { hash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { TesseraError } from '../errors.ts';
import { describeRoute } from './openapi.ts';

/** Beside the compiled engine; run from its sources, the engine has the tracker that was built last. */
const PLACES = ['../sdk/tessera.js', '../../dist/sdk/tessera.js'] as const;
const NAME = /^tessera(?:-(\d[\w.+-]*))?\.js$/;
const HOUR = 'public, max-age=3600, stale-while-revalidate=86400';
const FOREVER = 'public, max-age=31536000, immutable';

export interface SdkRouteOptions {
  readonly version: string;
  /** The tracker's bytes; those of the build where it is absent. */
  readonly script?: Buffer;
}

interface Script {
  readonly plain: Buffer;
  readonly gzip: Buffer;
  readonly etag: string;
}

/** `/sdk/tessera.js` and `/sdk/tessera-<version>.js`: the browser tracker, read and compressed once. */
export function registerSdkRoutes(app: FastifyInstance, { version, script }: SdkRouteOptions): void {
  const bytes = script ?? readScript();
  const prepared = bytes === undefined ? undefined : prepare(bytes);
  app.get<{ Params: { file: string } }>(
    '/sdk/:file',
    {
      schema: describeRoute({
        tag: 'Ingest',
        summary: 'The browser tracker',
        description:
          '`tessera.js` may be kept for an hour; under its version, `tessera-0.1.0.js`, for ever. Another version than ' +
          'the one that is here leads to `tessera.js`, so that a page with an old address goes on reporting.',
        path: { file: { description: 'The script.', example: 'tessera.js' } },
        answers: {
          200: { description: 'The script.', type: 'text/javascript' },
          302: { description: 'The version is not here.' },
          304: { description: 'The browser has it.' },
        },
      }),
      config: { scope: 'public' },
    },
    async (request, reply) => {
      const match = NAME.exec(request.params.file);
      if (match === null || prepared === undefined) throw new TesseraError('not_found');
      const asked = match[1];
      if (asked !== undefined && asked !== version) {
        return reply.header('cache-control', 'no-store').redirect('tessera.js', 302);
      }
      return sendScript(
        request,
        reply.header('cache-control', asked === undefined ? HOUR : FOREVER),
        prepared,
      );
    },
  );
}

function readScript(): Buffer | undefined {
  const path = PLACES.map((place) => new URL(place, import.meta.url)).find((url) => existsSync(url));
  return path === undefined ? undefined : readFileSync(path);
}

function prepare(plain: Buffer): Script {
  return {
    plain,
    gzip: gzipSync(plain, { level: 9 }),
    etag: `"${hash('sha256', plain, 'hex').slice(0, 24)}"`,
  };
}

function sendScript(
  request: FastifyRequest,
  reply: FastifyReply,
  { plain, gzip, etag }: Script,
): FastifyReply {
  // A page that isolates itself loads nothing of others without the second header.
  reply
    .header('etag', etag)
    .header('cross-origin-resource-policy', 'cross-origin')
    .header('x-content-type-options', 'nosniff')
    .header('vary', 'Accept-Encoding, Origin');
  if (request.headers['if-none-match']?.includes(etag) === true) return reply.code(304).send();
  reply.header('content-type', 'text/javascript; charset=utf-8');
  if (!/\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''))) return reply.send(plain);
  return reply.header('content-encoding', 'gzip').send(gzip);
}
