import type { FastifyInstance } from 'fastify';
import { assert } from '../errors.ts';
import { isJsonObject, type JsonObject } from '../model/json.ts';
import { type ConsoleFiles, registerConsoleRoutes } from './console-routes.ts';
import { renderDocs, renderLanding, type StaticPage, sendPage } from './docs-page.ts';
import { describeRoute } from './openapi.ts';

/** `/openapi.json`, `/docs` and the console. Documents are made once, when all routes are known. */
export function registerDocsRoutes(app: FastifyInstance, version: string, consoleFiles: ConsoleFiles): void {
  let document: JsonObject | undefined;
  let docs: StaticPage | undefined;
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
  registerConsoleRoutes(app, consoleFiles, renderLanding(version));
}

function openApiDocument(app: FastifyInstance): JsonObject {
  const document: unknown = JSON.parse(JSON.stringify(app.swagger()));
  assert(isJsonObject(document), 'the OpenAPI document is an object');
  return document;
}
