import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** What of an OpenAPI document is looked at here. */
export interface OpenApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, OpenApiOperation>>>>;
}

export interface OpenApiOperation {
  readonly tags?: readonly string[];
  readonly summary?: string;
  readonly parameters?: readonly OpenApiParameter[];
  readonly requestBody?: object;
}

interface OpenApiParameter {
  readonly in: string;
  readonly name: string;
  readonly schema: { readonly type?: string; readonly enum?: readonly string[] };
}

export interface NamedOperation extends OpenApiOperation {
  /** `GET /v1/profiles/{id}` */
  readonly name: string;
}

/** Operations that `call` does not offer, each with the reason. */
export const notCovered: readonly {
  readonly matches: (operation: NamedOperation) => boolean;
  readonly reason: string;
}[] = [
  {
    matches: ({ tags, name }) => tags?.includes('Ingest') === true && name !== 'POST /v1/events',
    reason:
      "paths and forms of vendors' libraries, which speak to them by themselves, and the script of the tracker",
  },
  {
    matches: ({ tags }) => tags?.includes('Streams') === true,
    reason: '`streams` reads them: they do not end',
  },
  { matches: ({ name }) => /^GET \/(docs)?$/.test(name), reason: 'pages for people' },
  {
    matches: ({ name }) => /^(HEAD|OPTIONS) /.test(name),
    reason: 'says what the same path answers to GET, without its body',
  },
];

const BIOME = fileURLToPath(new URL('../../node_modules/.bin/biome', import.meta.url));
const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export function operationsOf({ paths }: OpenApiDocument): readonly NamedOperation[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      ...operation,
      name: `${method.toUpperCase()} ${path}`,
    })),
  );
}

/** `src/sdk/client/operations.ts` as the document wants it. */
export function operationsText(document: OpenApiDocument): string {
  const covered = operationsOf(document)
    .filter((operation) => !notCovered.some(({ matches }) => matches(operation)))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const text = `/** Made from \`/openapi.json\`; \`npx vitest run test/sdk/operations.test.ts -u\` writes it anew after a build. */
/** What each operation takes: parameters of its path, of its query, and its body as JSON, text or bytes. */
export interface Operations {
${covered.map(lineOf).join('')}}
`;
  return execFileSync(BIOME, ['format', '--stdin-file-path=src/sdk/client/operations.ts'], {
    cwd: ROOT,
    input: text,
    encoding: 'utf8',
  });
}

function lineOf({ name, summary = '', parameters = [], requestBody }: NamedOperation): string {
  const path = parameters.filter((parameter) => parameter.in === 'path');
  const query = parameters.filter((parameter) => parameter.in === 'query');
  // Who a recommendation is for may be named by any identifier type.
  const open =
    name === 'GET /v1/recommendations' ? ' & Readonly<Record<string, string | number | undefined>>' : '';
  const members = [
    path.length === 0
      ? ''
      : `readonly path: { ${path.map((each) => `readonly ${keyOf(each)}: string;`).join(' ')} };`,
    query.length === 0
      ? ''
      : `readonly query?: { ${query.map((each) => `readonly ${keyOf(each)}?: ${typeOf(each)} | undefined;`).join(' ')} }${open};`,
    requestBody === undefined ? '' : 'readonly body?: unknown;',
  ].join('\n');
  return `/** ${summary} */\n'${name}': ${members.trim() === '' ? 'object' : `{\n${members}\n}`};\n`;
}

function keyOf({ name }: OpenApiParameter): string {
  return /^\w+$/.test(name) ? name : JSON.stringify(name);
}

function typeOf({ schema }: OpenApiParameter): string {
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  return schema.type === 'integer' || schema.type === 'number' ? 'number' : (schema.type ?? 'string');
}
