import { hash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { assert, TesseraError } from '../errors.ts';
import { type StaticPage, sendPage } from './docs-page.ts';
import { describeRoute } from './openapi.ts';

/** Beside the compiled engine; run from its sources, the engine has the console that was built last. */
const PLACES = ['../console/', '../../dist/console/'] as const;
const PAGE = 'index.html';
/** Assets carry a digest of what they hold in their names. */
const FOREVER = 'public, max-age=31536000, immutable';
const TYPES: Readonly<Record<string, string>> = Object.freeze({
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
});

/**
 * The page loads what lies beside it, asks this engine and nobody else, and runs nothing that is written into it. Charts set
 * styles of single elements, which the policy has no other word for.
 */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "form-action 'none'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

interface ConsoleFile {
  readonly plain: Buffer;
  readonly gzip: Buffer;
  readonly type: string;
  readonly etag: string;
}

/** By path below the console. */
export type ConsoleFiles = ReadonlyMap<string, ConsoleFile>;

/** The console that was built, read and compressed once; empty where none was. */
export function readConsole(): ConsoleFiles {
  const root = PLACES.map((place) => new URL(place, import.meta.url)).find((url) =>
    existsSync(new URL('assets/', url)),
  );
  if (root === undefined) return new Map();
  const names = readdirSync(fileURLToPath(new URL('assets/', root))).map((name) => `assets/${name}`);
  return prepareConsole([PAGE, ...names].map((name) => [name, readFileSync(new URL(name, root))]));
}

export function prepareConsole(files: readonly (readonly [string, Buffer])[]): ConsoleFiles {
  return new Map(files.map(([name, bytes]) => [name, prepare(bytes, name)]));
}

/** `/` and `/assets/…`: the operator console, or `landing` where there is none. */
export function registerConsoleRoutes(app: FastifyInstance, files: ConsoleFiles, landing: StaticPage): void {
  const page = files.get(PAGE);
  app.get(
    '/',
    {
      schema: describeRoute({
        tag: 'Operate',
        summary: 'The operator console',
        description:
          'A page that asks for a secret key with the scope `read`, and shows what the key may see. An engine that was built ' +
          'without it answers a page of links.',
        answers: {
          200: { description: 'The page.', type: 'text/html' },
          304: { description: 'The browser has it.' },
        },
      }),
      config: { scope: 'public' },
    },
    async (request, reply) =>
      page === undefined
        ? sendPage(reply, landing)
        : send(
            request,
            reply.header('cache-control', 'no-cache').header('content-security-policy', POLICY),
            page,
          ),
  );
  app.get<{ Params: { file: string } }>(
    '/assets/:file',
    {
      schema: describeRoute({
        tag: 'Operate',
        summary: 'A file of the operator console',
        path: { file: { description: 'The file, as the page names it.', example: 'index-5c0e6f0a.js' } },
        answers: {
          200: { description: 'The file.', type: 'text/javascript' },
          304: { description: 'The browser has it.' },
        },
      }),
      config: { scope: 'public' },
    },
    async (request, reply) => {
      const file = files.get(`assets/${request.params.file}`);
      if (file === undefined) throw new TesseraError('not_found');
      return send(request, reply.header('cache-control', FOREVER), file);
    },
  );
}

function prepare(plain: Buffer, name: string): ConsoleFile {
  const type = TYPES[extname(name)];
  assert(type !== undefined, `the console has no files like ${name}`);
  const etag = `"${hash('sha256', plain, 'hex').slice(0, 24)}"`;
  return { plain, gzip: gzipSync(plain, { level: 9 }), type, etag };
}

function send(
  request: FastifyRequest,
  reply: FastifyReply,
  { plain, gzip, type, etag }: ConsoleFile,
): FastifyReply {
  reply.header('etag', etag).header('vary', 'Accept-Encoding');
  if (request.headers['if-none-match']?.includes(etag) === true) return reply.code(304).send();
  reply.header('content-type', type);
  if (!/\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''))) return reply.send(plain);
  return reply.header('content-encoding', 'gzip').send(gzip);
}
