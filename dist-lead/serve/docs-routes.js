import { assert } from "../errors.js";
import { isJsonObject } from "../model/json.js";
import { renderDocs, renderLanding } from "./docs-page.js";
import { describeRoute } from "./openapi.js";
/** `/openapi.json`, `/docs` and the landing page. Both documents are made once, when all routes are known. */
export function registerDocsRoutes(app, version) {
    let document;
    let docs;
    const landing = renderLanding(version);
    const openApi = () => {
        document ??= openApiDocument(app);
        return document;
    };
    app.get('/openapi.json', {
        schema: describeRoute({
            tag: 'Operate',
            summary: 'This API as an OpenAPI 3.1 document',
            answers: { 200: { description: 'The document.', example: { openapi: '3.1.0' } } },
        }),
        config: { scope: 'public' },
    }, () => Promise.resolve(openApi()));
    app.get('/docs', {
        schema: describeRoute({
            tag: 'Operate',
            summary: 'This API as a page',
            answers: { 200: { description: 'The page.', type: 'text/html' } },
        }),
        config: { scope: 'public' },
    }, async (_request, reply) => {
        docs ??= renderDocs(openApi());
        return sendPage(reply, docs);
    });
    app.get('/', {
        schema: describeRoute({
            tag: 'Operate',
            summary: 'Where to go from here',
            answers: { 200: { description: 'A page of links.', type: 'text/html' } },
        }),
        config: { scope: 'public' },
    }, async (_request, reply) => sendPage(reply, landing));
}
function openApiDocument(app) {
    const document = JSON.parse(JSON.stringify(app.swagger()));
    assert(isJsonObject(document), 'the OpenAPI document is an object');
    return document;
}
function sendPage(reply, page) {
    return reply
        .header('content-type', 'text/html; charset=utf-8')
        .header('content-security-policy', page.contentSecurityPolicy)
        .header('x-content-type-options', 'nosniff')
        .header('referrer-policy', 'no-referrer')
        .serializer((html) => String(html))
        .send(page.html);
}
//# sourceMappingURL=docs-routes.js.map