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
] as const;
const PURE_STAGE: Row = { value: [...PLAIN, 'conditions'] };
const ADAPTER: Row = { value: PLAIN, types: ['ports'] };
const LOG_ADAPTER: Row = { ...ADAPTER, value: [...PLAIN, 'adapters/packed'] };

/** Files between the pure stages and the outside; they know ports by type only, and no adapter and no route. */
const SHELL = [
  'alarms',
  'catalog-follower',
  'catalog-stage',
  'change-backfill',
  'codec',
  'commands',
  'definition-checks',
  'definition-set',
  'definitions',
  'definitions-pack',
  'delivery-worker',
  'entry-cache',
  'historian',
  'look-at-profile',
  'maintenance',
  'membership',
  'moment-walk',
  'outcome-board',
  'people-needs',
  'outgoing-set',
  'pipeline',
  'profile-days',
  'profile-loyalty',
  'profile-moment',
  'profile-segments',
  'profile-memberships',
  'record-work',
  'reduce-event',
  'remote-outcomes',
  'repeated-look',
  'runner',
  'segment-catalog',
  'send-firings',
  'served-definitions',
  'settled',
  'spilled-entries',
  'spool-cut',
  'spool-lag',
  'spool-spill',
  'stage-loop',
  'topology',
  'waiting-profiles',
  'whole-state',
] as const;
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
  recommend: { value: PLAIN },
  catalog: { value: PLAIN },
  // What kind of profile somebody is may depend on a condition over the event.
  ingest: { value: [...PLAIN, 'conditions'], types: [...STAGES, 'ports'] },
  serve: { value: PLAIN, types: [...STAGES, 'ports', 'ingest'] },
  // The form of messages that every log on a store shares.
  'adapters/packed': ADAPTER,
  'adapters/embedded': LOG_ADAPTER,
  'adapters/nats': LOG_ADAPTER,
  'adapters/memory': ADAPTER,
  'adapters/clickhouse': ADAPTER,
  'adapters/redis': ADAPTER,
  'adapters/webhook': ADAPTER,
  ...Object.fromEntries(SHELL.map((file) => [file, SHELL_ROW])),
  // Reads the identity policy the way ingest does, which applies it.
  'definitions-pack': { ...SHELL_ROW, value: [...SHELL_ROW.value, 'ingest/identity-policy'] },
  // Lists and changes for `serve` what is in force, checked by ingest's reading of policies and identifiers.
  'definition-kinds': {
    value: [
      ...PLAIN,
      'ingest',
      'definition-checks',
      'definition-writer',
      'definitions-pack',
      'feature-kind',
      'listed-kind',
      'loyalty-kind',
      'messaging-kind',
      'webhook-kind',
    ],
    types: ['serve'],
  },
  'feature-kind': {
    value: [...PLAIN, 'definition-set', 'definitions', 'definitions-pack'],
    types: ['serve', 'definition-kinds', 'definition-writer'],
  },
  'listed-kind': {
    value: [...PLAIN, 'definition-set', 'feature-kind'],
    types: ['serve', 'definition-kinds', 'definition-writer'],
  },
  'loyalty-kind': {
    value: [...PLAIN, 'definition-checks'],
    types: ['serve', 'definition-kinds', 'definition-writer'],
  },
  'messaging-kind': {
    value: [...PLAIN, 'definition-checks', 'definition-set'],
    types: ['serve', 'definition-kinds', 'definition-writer'],
  },
  'webhook-kind': {
    value: [...PLAIN, 'definition-checks', 'definition-set', 'feature-kind', 'messages/sign-message'],
    types: ['serve', 'definition-kinds', 'definition-writer'],
  },
  // What `/metrics` reads.
  'observe-engine': { value: [...PLAIN, 'serve'], types: ['http-role'] },
  // What goes to webhooks, and how that is going.
  'compose-message': { value: [...PLAIN, 'ingest', 'messages'], types: ['ports', 'entry-cache'] },
  'webhook-desk': { value: [...PLAIN, 'codec'], types: ['ports', 'serve', 'entry-cache'] },
  'coupon-desk': { value: PLAIN, types: ['ports', 'serve', 'commands', 'entry-cache'] },
  'outgoing-desks': {
    value: [...PLAIN, 'ingest', 'commands', 'coupon-desk', 'webhook-desk'],
    types: ['ports', 'serve', 'entry-cache', 'topology', 'webhook-kind'],
  },
  'definition-writer': {
    value: [...PLAIN, 'codec', 'definition-set'],
    types: ['ports', 'definitions'],
  },
  // Answers what `serve` asks for, over state, features and the sealing that ingest has done.
  'profile-reader': {
    value: [...PLAIN, ...STAGES, 'ingest', 'profile-memberships'],
    types: ['ports', 'serve', 'definitions', 'entry-cache'],
  },
  'identity-reader': {
    value: [...PLAIN, ...STAGES, 'ingest'],
    types: ['ports', 'serve', 'entry-cache'],
  },
  // Slices of background work, and rests between them.
  pace: { value: PLAIN, types: ['ports'] },
  // Runs the stages over the past, whose events it names and blocks as ingest does.
  'identity-simulation': {
    value: [...PLAIN, ...STAGES, 'ingest', 'pace', 'past-events'],
    types: ['ports', 'serve', 'definitions'],
  },
  // What history holds of events, parsed.
  'past-events': { value: PLAIN, types: ['ports'] },
  // Profiles of the past for `serve`: facets are found as ingest names them, reduced as the pipeline does it.
  'profile-history': {
    value: [
      ...PLAIN,
      ...STAGES,
      'ingest',
      'pace',
      'past-events',
      'profile-reader',
      'profile-segments',
      'profile-memberships',
      'reduce-event',
    ],
    types: ['ports', 'serve', 'definitions', 'historian'],
  },
  // Holds state and history against each other.
  parity: {
    value: [...PLAIN, 'features', 'profile', 'pace', 'profile-history'],
    types: ['ports', 'serve', 'definitions', 'entry-cache', 'topology'],
  },
  // Looks over committed state for `serve`.
  'identity-lint': { value: [...PLAIN, 'pace'], types: ['ports', 'serve', 'definitions', 'entry-cache'] },
  // Fill features from history for `serve`: they read the past with the reducer, and append records.
  backfill: {
    value: [...PLAIN, 'features', 'profile', 'change-backfill', 'codec', 'pace', 'past-events'],
    types: ['ports', 'serve', 'definitions', 'historian'],
  },
  backfills: {
    value: [...PLAIN, 'features', 'backfill', 'change-backfill', 'definitions', 'jobs'],
    types: ['serve'],
  },
  // Runs a trigger over history by the code that decides live.
  backtest: {
    value: [
      ...PLAIN,
      ...STAGES,
      'definitions',
      'pace',
      'past-events',
      'pipeline',
      'profile-history/history-bound',
    ],
    types: ['ports', 'serve'],
  },
  backtests: { value: [...PLAIN, 'backtest'], types: ['serve', 'profile-history'] },
  // What has become of a trigger's messages, out of history.
  'trigger-results': { value: [...PLAIN, 'past-events'], types: ['ports', 'serve'] },
  // Fit models to history and to profiles, for `serve`.
  fit: {
    value: [...PLAIN, 'features', 'profile', 'value', 'pace', 'past-events'],
    types: ['ports', 'serve', 'definitions', 'entry-cache', 'profile-history'],
  },
  fits: { value: [...PLAIN, 'fit', 'pace'], types: ['serve'] },
  // What `serve` shows of segments: counts of the state, lists of history, drafts over committed profiles.
  'segment-members': { value: [...PLAIN, 'past-events'], types: ['ports'] },
  'segment-preview': {
    value: [
      ...PLAIN,
      'segments',
      'definition-set',
      'definition-checks',
      'pace',
      'parity/pick-profiles',
      'profile-segments',
      'segment-catalog',
    ],
    types: ['ports', 'serve', 'definitions', 'entry-cache'],
  },
  // Wakes everybody by records of the log, at its pace.
  'segment-walk': {
    value: [...PLAIN, 'codec', 'pace', 'profile-days', 'repeated-look'],
    types: ['ports', 'definitions', 'entry-cache'],
  },
  'trigger-explainer': {
    value: [...PLAIN, ...STAGES, 'profile-moment'],
    types: ['ports', 'serve', 'definitions', 'entry-cache'],
  },
  'segment-reader': {
    value: [...PLAIN, 'segment-members', 'segment-preview'],
    types: ['ports', 'serve', 'definitions', 'entry-cache'],
  },
  // Operators' tags as events, which find their person by ingest's names of facets.
  'operator-events': {
    value: [...PLAIN, 'ingest', 'serve/profile-reference'],
    types: ['ports', 'serve', 'definitions', 'entry-cache'],
  },
  'hand-tags': {
    value: [...PLAIN, 'profile', 'operator-events'],
    types: ['ports', 'serve', 'definitions', 'entry-cache'],
  },
  // Operators' corrections of points, sent as tags are.
  'points-desk': {
    value: [...PLAIN, 'loyalty', 'operator-events'],
    types: ['ports', 'serve', 'definitions', 'entry-cache'],
  },
  // Goods, stock and stores as systems change them and ask for them.
  'catalog-desk': {
    value: [...PLAIN, 'catalog'],
    types: ['ports', 'serve', 'catalog-follower', 'commands'],
  },
  // Keeps the jobs that routes start and show.
  jobs: { value: PLAIN, types: ['ports', 'serve'] },
  // Puts ingest and serve on one server: all of both, and the shell that they speak to.
  'http-role': {
    value: [
      ...PLAIN,
      ...STAGES,
      ...SHELL,
      'ingest',
      'serve',
      'profile-history',
      'profile-reader',
      'catalog-desk',
      'identity-reader',
      'identity-simulation',
      'definition-kinds',
      'segment-reader',
      'trigger-explainer',
      'catalog-desk',
      'hand-tags',
      'points-desk',
      'outgoing-desks',
      'observe-engine',
      'backtests',
      'trigger-results',
      'fits',
    ],
    types: ['ports', 'config', 'jobs', 'backfills', 'identity-lint', 'parity'],
  },
  config: { value: PLAIN },
  // A world made of numbers: no input, no output, no time of its own.
  generate: { value: PLAIN },
  cli: { value: [...PLAIN, 'generate', 'recommend'], types: ['ports'] },
  // Commands that only talk to an engine need its clock and nothing else of the adapters.
  main: { value: ['cli', 'config', 'engine', ...PLAIN, 'adapters/embedded/system-clock'] },
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
  msgpackr: 'codec.ts',
  undici: 'cli/',
  '@fastify/cors': 'serve/server.ts',
  '@fastify/swagger': 'serve/openapi.ts',
  pino: 'serve/logger.ts',
  'prom-client': 'serve/',
  'ml-kmeans': 'fit/find-clusters.ts',
  'libphonenumber-js': 'ingest/normalize-identifier.ts',
  'lru-cache': 'ingest/',
  'ajv-formats': 'ingest/schemas.ts',
  'close-with-grace': 'cli/run-engine.ts',
};

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
    homes: ['ingest/', 'definition-checks.ts', 'definitions-pack.ts', 'cli/import/load-map.ts'],
    reason: 'one validator per kind of document: events and identity, definitions, import maps',
  },
  yaml: {
    homes: [
      'config.ts',
      'definitions-pack.ts',
      'ingest/identity-policy.ts',
      'cli/import/load-map.ts',
      'cli/backtest.ts',
      'cli/segments.ts',
      'backtests.ts',
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
