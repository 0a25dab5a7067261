import { createHash } from 'node:crypto';
import type { FastifyReply } from 'fastify';
import { errorTable } from '../errors.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../model/json.ts';

/**
 * `/docs`: the OpenAPI document as one page that needs no script and loads nothing from elsewhere, so its
 * content policy can forbid everything but its own style.
 */
export interface StaticPage {
  readonly html: string;
  readonly contentSecurityPolicy: string;
}

export function renderDocs(document: JsonObject): StaticPage {
  const info = objectOf(document.info);
  const operations = operationsOf(document);
  const tags = [...new Set(operations.map(({ tag }) => tag))];
  const body = [
    `<header><h1>${text(info.title)} <small>${text(info.version)}</small></h1><p>${text(info.description)}</p>`,
    '<p>The same as data: <a href="/openapi.json">/openapi.json</a>. Keys are sent as <code>Authorization: Bearer KEY</code>, ',
    'as the user of Basic, as <code>X-Write-Key</code> or as <code>?writeKey=</code>.</p></header>',
    `<nav aria-label="Routes">${tags.map((tag) => contentsOf(tag, operations)).join('')}</nav><main>`,
    ...tags.map((tag) => sectionOf(tag, operations)),
    errorSection(),
    '</main>',
  ];
  return page(`${text(info.title)}: the API`, body.join(''));
}

export function renderLanding(version: string): StaticPage {
  const body = [
    `<header><h1>Tessera <small>${text(version)}</small></h1>`,
    '<p>One live profile per customer, over every channel.</p></header><main><ul>',
    '<li><a href="/docs">The API, route by route</a></li>',
    '<li><a href="/openapi.json">The same as OpenAPI</a></li>',
    '<li><a href="/readyz">Is it ready</a></li>',
    '</ul></main>',
  ];
  return page('Tessera', body.join(''));
}

interface Operation {
  readonly method: string;
  readonly path: string;
  readonly tag: string;
  readonly anchor: string;
  readonly detail: JsonObject;
}

function operationsOf(document: JsonObject): readonly Operation[] {
  const operations: Operation[] = [];
  for (const [path, methods] of Object.entries(objectOf(document.paths))) {
    for (const [method, detail] of Object.entries(objectOf(methods))) {
      const operation = objectOf(detail);
      const [tag] = arrayOf(operation.tags);
      const anchor = `${method}-${path.replace(/[^a-z0-9]+/gi, '-')}`;
      const name = typeof tag === 'string' ? tag : 'Other';
      operations.push({ method: method.toUpperCase(), path, tag: name, anchor, detail: operation });
    }
  }
  return operations;
}

function contentsOf(tag: string, operations: readonly Operation[]): string {
  const entries = operations
    .filter((operation) => operation.tag === tag)
    .map(
      ({ method, path, anchor }) => `<li><a href="#${text(anchor)}">${text(method)} ${text(path)}</a></li>`,
    );
  return `<section><h2>${text(tag)}</h2><ul>${entries.join('')}</ul></section>`;
}

function sectionOf(tag: string, operations: readonly Operation[]): string {
  const articles = operations.filter((operation) => operation.tag === tag).map(articleOf);
  return `<section><h2>${text(tag)}</h2>${articles.join('')}</section>`;
}

function articleOf({ method, path, anchor, detail }: Operation): string {
  return [
    `<article id="${text(anchor)}"><h3><b>${text(method)}</b> <code>${text(path)}</code></h3>`,
    `<p><strong>${text(detail.summary)}</strong></p>`,
    ...String(detail.description ?? '')
      .split('\n\n')
      .filter((part) => part !== '')
      .map((part) => `<p>${marked(part)}</p>`),
    parametersOf(arrayOf(detail.parameters)),
    bodyOf(objectOf(detail.requestBody)),
    answersOf(objectOf(detail.responses)),
    '</article>',
  ].join('');
}

function parametersOf(parameters: readonly JsonValue[]): string {
  if (parameters.length === 0) return '';
  const rows = parameters.map(objectOf).map((parameter) => {
    const schema = objectOf(parameter.schema);
    const description = marked(String(parameter.description ?? schema.description ?? ''));
    const range = [
      schema.type,
      schema.minimum === undefined ? undefined : `${schema.minimum} to ${schema.maximum}`,
      schema.default === undefined ? undefined : `default ${schema.default}`,
    ];
    const kind = range.filter((part) => part !== undefined).join(', ');
    return `<tr><td><code>${text(parameter.name)}</code></td><td>${text(parameter.in)}</td><td>${text(kind)}</td><td>${description}</td></tr>`;
  });
  return `<table><thead><tr><th>Parameter</th><th>In</th><th>Type</th><th>Meaning</th></tr></thead><tbody>${rows.join('')}</tbody></table>`;
}

function bodyOf(body: JsonObject): string {
  const contents = Object.entries(objectOf(body.content));
  return contents
    .map(([type, content]) => `<h4>Body: ${text(type)}</h4>${exampleOf(objectOf(content))}`)
    .join('');
}

function answersOf(responses: JsonObject): string {
  const answers = Object.entries(responses).map(([status, response]) => {
    const { description, content } = objectOf(response);
    const [first] = Object.entries(objectOf(content));
    const type = first === undefined ? '' : ` <small>${text(first[0])}</small>`;
    return `<h4>${text(status)} ${text(description)}${type}</h4>${first === undefined ? '' : exampleOf(objectOf(first[1]))}`;
  });
  return answers.join('');
}

function exampleOf(content: JsonObject): string {
  const schema = objectOf(content.schema);
  const example = content.example ?? schema.example ?? arrayOf(schema.examples)[0];
  if (example === undefined) return '';
  return `<pre tabindex="0">${text(typeof example === 'string' ? example : JSON.stringify(example, null, 2))}</pre>`;
}

function errorSection(): string {
  const rows = Object.entries(errorTable).map(
    ([code, [status, retryable, meaning]]) =>
      `<tr id="${text(code)}"><td><code>${text(code)}</code></td><td>${status}</td><td>${retryable ? 'yes' : 'no'}</td><td>${text(meaning)}</td></tr>`,
  );
  const head =
    '<thead><tr><th>Code</th><th>Status</th><th>Can repeating help</th><th>Meaning</th></tr></thead>';
  return `<section><h2 id="errors">Error codes</h2><table>${head}<tbody>${rows.join('')}</tbody></table></section>`;
}

/** Escaped text, with `code` between backticks as such. */
function marked(source: string): string {
  return text(source).replace(/`([^`]+)`/g, '<code>$1</code>');
}

function text(value: unknown): string {
  return String(value ?? '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

function objectOf(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

function arrayOf(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : [];
}

const STYLE = `
:root { color-scheme: light dark; --line: #d8d8de; --soft: #f4f4f6; --accent: #2450a8; }
@media (prefers-color-scheme: dark) { :root { --line: #3a3a42; --soft: #202026; --accent: #8fb4ff; } }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 0 auto; padding: 1rem; }
a { color: var(--accent); }
small { font-weight: normal; opacity: .7; }
nav { columns: 16rem; border-block: 1px solid var(--line); padding-block: 1rem; }
nav section { break-inside: avoid; }
nav h2 { font-size: 1rem; margin: 0; }
nav ul { list-style: none; margin: 0 0 1rem; padding: 0; overflow-wrap: anywhere; }
article { border-top: 1px solid var(--line); padding-block: .5rem; }
h3 b { color: var(--accent); }
h4 { margin: 1rem 0 .25rem; }
code, pre { font: .9em/1.45 ui-monospace, monospace; }
pre { background: var(--soft); padding: .75rem; overflow-x: auto; border-radius: 6px; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); padding: .25rem .75rem .25rem 0; }
`;

function page(title: string, body: string): StaticPage {
  const html =
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title}</title>` +
    `<meta name="viewport" content="width=device-width, initial-scale=1"><style>${STYLE}</style></head>` +
    `<body>${body}</body></html>\n`;
  const digest = createHash('sha256').update(STYLE).digest('base64');
  return {
    html,
    contentSecurityPolicy:
      `default-src 'none'; style-src 'sha256-${digest}'; base-uri 'none'; form-action 'none'; ` +
      "frame-ancestors 'none'",
  };
}

export function sendPage(reply: FastifyReply, page: StaticPage): FastifyReply {
  return reply
    .header('content-type', 'text/html; charset=utf-8')
    .header('content-security-policy', page.contentSecurityPolicy)
    .header('x-content-type-options', 'nosniff')
    .header('referrer-policy', 'no-referrer')
    .serializer((html: unknown) => String(html))
    .send(page.html);
}
