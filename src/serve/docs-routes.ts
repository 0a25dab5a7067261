import type { FastifyInstance, FastifyReply } from 'fastify';
import { assert } from '../errors.ts';
import { isJsonObject, type JsonObject } from '../model/json.ts';
import { renderDocs, renderLanding, type StaticPage } from './docs-page.ts';
import { describeRoute } from './openapi.ts';

/** `/openapi.json`, `/docs` and the landing page. Both documents are made once, when all routes are known. */
export function registerDocsRoutes(app: FastifyInstance, version: string): void {
  let document: JsonObject | undefined;
  let docs: StaticPage | undefined;
  const landing = renderLanding(version);
  const openApi = (): JsonObject => {
    document ??= openApiDocument(app);
    return document;
  };
  app.get(
    '/openapi.json',
    {
      schema: describeRoute({
        tag: 'Operate',
        summary: 'This API as an OpenAPI 3.1 document',
        answers: { 200: { description: 'The document.', example: { openapi: '3.1.0' } } },
      }),
      config: { scope: 'public' },
    },
    () => Promise.resolve(openApi()),
  );
  app.get(
    '/docs',
    {
      schema: describeRoute({
        tag: 'Operate',
        summary: 'This API as a page',
        answers: { 200: { description: 'The page.', type: 'text/html' } },
      }),
      config: { scope: 'public' },
    },
    async (_request, reply) => {
      docs ??= renderDocs(openApi());
      return sendPage(reply, docs);
    },
  );
  app.get(
    '/',
    {
      schema: describeRoute({
        tag: 'Operate',
        summary: 'Where to go from here',
        answers: { 200: { description: 'A page of links.', type: 'text/html' } },
      }),
      config: { scope: 'public' },
    },
    async (_request, reply) => sendPage(reply, landing),
  );
}

function openApiDocument(app: FastifyInstance): JsonObject {
  const document: unknown = JSON.parse(JSON.stringify(app.swagger()));
  assert(isJsonObject(document), 'the OpenAPI document is an object');
  return document;
}

function sendPage(reply: FastifyReply, page: StaticPage): FastifyReply {
  return reply
    .header('content-type', 'text/html; charset=utf-8')
    .header('content-security-policy', page.contentSecurityPolicy)
    .header('x-content-type-options', 'nosniff')
    .header('referrer-policy', 'no-referrer')
    .serializer((html: unknown) => String(html))
    .send(page.html);
}
