import { type Import, packageOf, unitOf } from './imports.ts';

/** What a unit may import: `value` freely, `types` only as types. Its own files are always allowed. */
interface Row {
  readonly value: readonly string[];
  readonly types?: readonly string[];
}

const PLAIN = ['model', 'limits', 'errors'] as const;
const STAGES = [
  'identity',
  'profile',
  'features',
  'segments',
  'triggers',
  'loyalty',
  'messages',
  'value',
  'catalog',
  'recommend',
] as const;
const PURE_STAGE: Row = { value: [...PLAIN, 'conditions'] };
const ADAPTER: Row = { value: PLAIN, types: ['ports'] };
const LOG_ADAPTER: Row = { ...ADAPTER, value: [...PLAIN, 'adapters/packed'] };

/** Between the pure stages and the outside: these know ports by type only, and no adapter and no route. */
const SHELL = ['pipeline', 'runner', 'historian', 'cluster', 'background', 'definitions'] as const;
const SHELL_ROW: Row = { value: [...PLAIN, ...STAGES, ...SHELL], types: ['conditions', 'ports'] };

/** The table of `src/README.md`. `undefined` means everything: only `engine`, the composition root. */
export const importTable: Readonly<Record<string, Row | undefined>> = {
  model: { value: PLAIN },
  limits: { value: PLAIN },
  errors: { value: PLAIN },
  ports: { value: [], types: ['model'] },
  conditions: { value: PLAIN },
  identity: PURE_STAGE,
  profile: PURE_STAGE,
  features: PURE_STAGE,
  segments: PURE_STAGE,
  loyalty: PURE_STAGE,
  triggers: PURE_STAGE,
  messages: PURE_STAGE,
  value: { value: PLAIN },
  // What a placement excludes may depend on a condition over the item.
  recommend: PURE_STAGE,
  catalog: { value: PLAIN },
  // Questions to history, as SQL, and what their answers mean.
  analytics: { value: [...PLAIN, 'value'] },
  // What kind of profile somebody is may depend on a condition over the event.
  ingest: { value: [...PLAIN, 'conditions'], types: [...STAGES, 'ports'] },
  serve: { value: PLAIN, types: [...STAGES, 'analytics', 'ports', 'ingest'] },
  // The form of messages that every log on a store shares.
  'adapters/packed': ADAPTER,
  'adapters/embedded': LOG_ADAPTER,
  'adapters/nats': LOG_ADAPTER,
  'adapters/memory': ADAPTER,
  'adapters/clickhouse': ADAPTER,
  'adapters/redis': ADAPTER,
  'adapters/webhook': ADAPTER,
  'adapters/command': ADAPTER,
  pipeline: SHELL_ROW,
  runner: SHELL_ROW,
  historian: SHELL_ROW,
  cluster: SHELL_ROW,
  // What goes to webhooks is sealed and named as ingest does it.
  background: { ...SHELL_ROW, value: [...SHELL_ROW.value, 'ingest'] },
  // Reads the identity policy the way ingest does, which applies it; lists and changes for `serve` what is in force.
  definitions: {
    value: [...SHELL_ROW.value, 'ingest'],
    types: [...(SHELL_ROW.types ?? []), 'serve'],
  },
  // What `serve` asks for, over committed state, history, and the sealing and naming that ingest has done.
  desks: {
    value: [
      ...SHELL_ROW.value,
      'analytics',
      'ingest',
      'serve/profile-reference',
      'jobs/parity/pick-profiles',
    ],
    types: ['ports', 'serve'],
  },
  // Long work that routes start, over the past, by the code that decides live.
  jobs: { value: [...SHELL_ROW.value, 'analytics', 'ingest', 'desks'], types: ['ports', 'serve'] },
  // Puts ingest and serve on one server: all of both, and the shell that they speak to.
  'http-role': {
    value: [...SHELL_ROW.value, 'ingest', 'serve', 'desks', 'jobs', 'observe-engine'],
    types: ['ports', 'config'],
  },
  // What `/metrics` reads.
  'observe-engine': { value: [...PLAIN, 'serve'], types: ['http-role'] },
  config: { value: PLAIN },
  // A world made of numbers: no input, no output, no time of its own.
  generate: { value: PLAIN },
  cli: { value: [...PLAIN, 'generate', 'recommend'], types: ['ports'] },
  // Commands that only talk to an engine need its clock and nothing else of the adapters.
  main: { value: ['cli', 'config', 'engine', ...PLAIN, 'adapters/embedded/system-clock'] },
  // Runs in pages and in other people's programs, so nothing of the engine comes along.
  sdk: { value: [] },
  // Talks to the engine as every program does.
  console: { value: ['sdk', '../docs/trackers.md?raw'] },
  engine: undefined,
};

export function findForbiddenImports(imports: readonly Import[]): readonly string[] {
  return imports
    .filter((found) => found.target !== undefined && !isAllowed(found, found.target))
    .map(({ place, target, typeOnly }) => `${place} imports ${typeOnly ? 'types of ' : ''}${target}`);
}

function isAllowed({ from, typeOnly }: Import, target: string): boolean {
  const unit = unitOf(from);
  if (!Object.hasOwn(importTable, unit)) return false;
  const row = importTable[unit];
  if (row === undefined || unitOf(target) === unit) return true;
  const names = [unitOf(target), target.replace(/\.ts$/, '')];
  const allowed = typeOnly ? [...row.value, ...(row.types ?? [])] : row.value;
  return names.some((name) => allowed.includes(name));
}

/**
 * Where each package may be imported: paths or prefixes of paths. A driver, something that talks to the outside or
 * fixes a stored format, has exactly one home.
 */
export const drivers: Readonly<Record<string, string>> = {
  lmdb: 'adapters/embedded/',
  liquidjs: 'messages/',
  'ipaddr.js': 'adapters/webhook/address-rules.ts',
  '@nats-io/transport-node': 'adapters/nats/',
  '@nats-io/jetstream': 'adapters/nats/',
  '@clickhouse/client': 'adapters/clickhouse/',
  ioredis: 'adapters/redis/',
  chdb: 'adapters/clickhouse/embedded-engine.ts',
  msgpackr: 'runner/codec.ts',
  undici: 'cli/',
  '@fastify/cors': 'serve/server.ts',
  '@fastify/swagger': 'serve/openapi.ts',
  pino: 'serve/logger.ts',
  'prom-client': 'serve/',
  'ml-kmeans': 'jobs/fit/find-clusters.ts',
  'libphonenumber-js': 'ingest/normalize-identifier.ts',
  'lru-cache': 'ingest/',
  // Of shipped schemas, and of those that definitions bring.
  'ajv-formats': 'ingest/',
  'close-with-grace': 'cli/run-engine.ts',
  preact: 'console/',
  '@preact/signals': 'console/',
  uplot: 'console/live/rate-chart.tsx',
};

/** What the build puts into the console: no program that runs the engine needs them. */
export const bundled = ['preact', '@preact/signals', 'uplot'] as const;

/** Packages with more than one home, each with the reason. */
export const shared: Readonly<
  Record<string, { readonly homes: readonly string[]; readonly reason: string }>
> = {
  fastify: {
    homes: ['serve/', 'engine.ts', 'http-role.ts'],
    reason: 'routes and server live in serve; the engine and its role name the type of what they compose',
  },
  commander: { homes: ['cli/', 'main.ts'], reason: 'main makes the program, each command registers itself' },
  ajv: {
    homes: ['ingest/', 'definitions/', 'cli/import/load-map.ts'],
    reason: 'one validator per kind of document: events and identity, definitions, import maps',
  },
  yaml: {
    homes: [
      'config/config-file.ts',
      'definitions/definitions-pack.ts',
      'ingest/identity-policy.ts',
      'cli/import/load-map.ts',
      'cli/backtest.ts',
      'cli/read-definition.ts',
      'jobs/backtests.ts',
      'console/triggers/draft.ts',
      'console/triggers/yaml-place.ts',
    ],
    reason: 'every file that people write is YAML, and each has its own reader',
  },
};

export function findStrayPackages(imports: readonly Import[]): readonly string[] {
  const stray: string[] = [];
  for (const { from, place, specifier } of imports) {
    const name = packageOf(specifier);
    if (name === undefined) continue;
    const driver = drivers[name];
    const homes = driver === undefined ? (shared[name]?.homes ?? []) : [driver];
    if (!homes.some((home) => from.startsWith(home))) stray.push(`${place} imports ${name}`);
  }
  return stray;
}
