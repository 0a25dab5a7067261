import type { FastifyInstance } from 'fastify';
import { TesseraError } from '../../src/errors.ts';
import { allScopes } from '../../src/model/access-key.ts';
import type { JsonObject } from '../../src/model/json.ts';
import type { Firing } from '../../src/model/trigger.ts';
import type { AccessKeyDesk } from '../../src/serve/access-key-service.ts';
import type { RequestAudit } from '../../src/serve/audit-requests.ts';
import { type Authenticator, createAuthenticator } from '../../src/serve/authenticate.ts';
import type { CatalogService } from '../../src/serve/catalog-service.ts';
import type { ConservationReport } from '../../src/serve/conservation-service.ts';
import type { ConsoleFiles } from '../../src/serve/console-routes.ts';
import type { DecisionsRequest } from '../../src/serve/decision-service.ts';
import type { DefinitionVersion } from '../../src/serve/definition-versions-service.ts';
import { NodeEventHub } from '../../src/serve/event-hub.ts';
import { createFiringHub } from '../../src/serve/firing-hub.ts';
import { createLogger } from '../../src/serve/logger.ts';
import { createMetrics, type Metrics } from '../../src/serve/metrics.ts';
import type { Coupons, Webhooks } from '../../src/serve/outgoing-service.ts';
import type { ParityReport } from '../../src/serve/parity-report.ts';
import type { PastProfileView, ReadPastOptions } from '../../src/serve/past-profiles.ts';
import { createProfileHub } from '../../src/serve/profile-hub.ts';
import type { Quality, QualityReport } from '../../src/serve/quality-service.ts';
import { registerReadRoutes } from '../../src/serve/read-routes.ts';
import type { RecommendationService } from '../../src/serve/recommendation-service.ts';
import type { Segments, Tags } from '../../src/serve/segment-service.ts';
import { createServer } from '../../src/serve/server.ts';
import type {
  DefinitionKind,
  Jobs,
  PageRequest,
  ProfileView,
  ReadOptions,
  ReadServices,
} from '../../src/serve/services.ts';
import { FoldedKeys } from '../support/folded-keys.ts';
import { fakeConsents } from './consent-fakes.ts';
import { fakeAnalytics } from './fake-analytics.ts';
import { FakeDataQuality } from './fake-data-quality.ts';
import { fakeSteering } from './fake-steering.ts';
import { type FakeIdentity, fakeIdentity } from './identity-fakes.ts';
import { fakeRights } from './rights-fakes.ts';

export const WRITE_KEY = 'wk_write_0123456789abcdefghijklmn';
export const SECRET_KEY = 'sk_all_0123456789abcdefghijklmnop';
export const READ_KEY = 'sk_read_0123456789abcdefghijklmno';
export const ALICE = '019ab3d2-7c1e-7a40-8d5e-3f1c2b4a5d6e';
export const NOBODY = '019ab3d2-7c1e-7a40-8d5e-000000000000';

export const secret = { authorization: `Bearer ${SECRET_KEY}` };
export const reader = { authorization: `Bearer ${READ_KEY}` };

export function profile(id: string, { reveal, disclosed }: ReadOptions): ProfileView {
  if (reveal) disclosed?.of(id)('identifiers.phone');
  return {
    profile_id: id,
    kind: 'customer',
    identifiers: { phone: [reveal ? '+8613900001111' : '139****1111'] },
    traits: { size: 'L' },
    features: { views_1h: { value: 3, as_of: 1_795_255_200_123, partial: false } },
    segments: [],
    tags: [],
    lifecycle: null,
    consents: {},
    loyalty: null,
    first_seen: 1_795_255_100_000,
    last_seen: 1_795_255_200_123,
  };
}

export function pastProfile(id: string, { at, ...options }: ReadPastOptions): PastProfileView {
  const { identifiers, loyalty, ...known } = profile(id, options);
  void identifiers;
  void loyalty;
  return { ...known, as_of: at };
}

export const parityReport: ParityReport = {
  share: 0.01,
  profiles: 12,
  profiles_skipped: 1,
  features: 720,
  features_skipped: 3,
  mismatch: 0,
  missing: 2,
  extra: 0,
  as_of: 1_795_255_200_123,
  differences: [],
};

export const conservationReport: ConservationReport = {
  as_of: 1_795_255_200_123,
  from: 1_795_255_020_000,
  to: 1_795_255_080_000,
  complete: true,
  totals: { received: 3, applied: 1, duplicate: 0, quarantined: 1, refused: 0 },
  difference: 1,
  unexplained: 1,
  codes: { outcome_missing: 1 },
  minutes: [],
  minutes_total: 1,
  notes: [{ code: 'log_trimmed', partition: 'p0', text: 'The log of p0 was trimmed.' }],
};

export function firing(id: string, trigger = 'plus_size_hesitation'): Firing {
  return {
    id,
    trigger,
    profile_id: ALICE,
    decision: 'fired',
    at: 1_795_255_200_123,
    event_id: `event-of-${id}`,
    channel: 'preferred',
    payload: {},
    trace: {},
  };
}

export const definitionKinds = new Map<string, DefinitionKind>([
  [
    'features',
    {
      list: () => [
        { name: 'views_1h', on: ['product_viewed'], aggregate: 'count', window: '1h' },
        { name: 'orders_30d', on: ['order_completed'], aggregate: 'count', window: '30d' },
      ],
    },
  ],
  ['triggers', { list: () => [] }],
]);

/** Of the feature `views_1h`: it was there, was changed, and was removed. */
export const viewsVersions: readonly DefinitionVersion[] = [
  { number: 9, turn: 'removed', author: 'bob', since: 900, text: undefined, active: false },
  {
    ...{ number: 4, turn: 'changed', author: 'ann', since: 400, active: false },
    text: { version: 'v4', definition: { name: 'views_1h', window: '1h', on: ['product_viewed'] } },
  },
  {
    ...{ number: 0, turn: 'created', author: 'server', since: 100, active: false },
    text: { version: 'v0', definition: { name: 'views_1h', window: '30m' } },
  },
];

/** What the routes asked of history, for tests that look at it. */
export interface Asked {
  readonly sql: string[];
  readonly pages: PageRequest[];
  readonly decisions: DecisionsRequest[];
  readonly identifiers: string[];
  readonly fresh: boolean[];
}

export const qualityReport: QualityReport = {
  identifiers: [
    {
      type: 'phone',
      values: 120,
      profiles: 100,
      values_per_profile: { p50: 1, p99: 3, max: 5 },
      profiles_per_value: { p50: 1, p99: 1, max: 1 },
      shared: 2,
      blocked: 1,
      verdict: 'ideal',
    },
  ],
  as_of: 1_795_255_200_123,
};

export interface FakeServices extends ReadServices {
  readonly dataQuality: FakeDataQuality;
  readonly people: FakeIdentity;
  readonly asked: Asked;
  readonly firings: ReturnType<typeof createFiringHub>;
  readonly changes: ReturnType<typeof createProfileHub>;
  readonly events: NodeEventHub;
  readonly quality: { latest: QualityReport; report: Quality['report'] };
  readiness: { ok: boolean; reasons: readonly string[]; lag: Readonly<Record<string, number>> };
}

/** One segment, `loyal`, with one member. */
function fakeSegments(jobs: Jobs): Segments {
  const known = (name: string): void => {
    if (name !== 'loyal') throw new TesseraError('not_found');
  };
  return {
    counts: async () => new Map([['loyal', 1]]),
    async members({ segment, limit, consent, read }) {
      known(segment);
      const { kind, identifiers, consents } = profile(ALICE, read);
      const member = { profile_id: ALICE, since: 1_795_255_200_123, kind, identifiers, consents };
      if (consent !== undefined) return { members: [] };
      return limit === 1 ? { members: [member], next: ALICE } : { members: [member] };
    },
    async overlap(a, b) {
      known(a);
      known(b);
      return { a: 1, b: 1, both: 1 };
    },
    preview(body, author) {
      if (body.when === undefined) throw new TesseraError('invalid_definition', '/when', { path: '/when' });
      return jobs.create({ kind: 'segment_preview', author, run: async () => ({ members: 1 }) });
    },
  };
}

function fakeCatalog(): CatalogService {
  const found = (name: string): JsonObject => {
    if (name === 'none') throw new TesseraError('not_found');
    return { name };
  };
  return {
    put: async (part, rows, author) => ({ part, changed: rows.length, author }),
    item: async (name) => found(name),
    store: async (name) => found(name),
    stores: async () => [],
    stock: async (question) => ({ stock: [], ...question }),
    size: { items: 0, stock: 0, stores: 0 },
  };
}

function fakeRecommendations(): RecommendationService {
  const knows = (placement: string): void => {
    if (placement === 'nowhere') throw new TesseraError('placement_not_found');
  };
  return {
    knows,
    async recommend(question) {
      knows(question.placement);
      // What is asked is plain JSON.
      return { items: [], asked: question as unknown as JsonObject };
    },
    brief: async (id, { disclosed, ...question }) =>
      id === ALICE ? { profile_id: id, ...question, noted: disclosed !== undefined } : undefined,
    report: async (request) => ({ ...request, placements: [] }),
  };
}

function fakeTags(): Tags {
  return {
    async change(orders, author) {
      return orders.map(({ profile: of, tag, reason }) =>
        of === 'phone:none' ? { code: 'profile_not_found' } : { profile_id: ALICE, tag, author, reason },
      );
    },
    list: async () => ({ profile_id: ALICE, tags: [] }),
  };
}

function fakeOutgoing(): { readonly webhooks: Webhooks; readonly coupons: Coupons } {
  const found = (name: string): JsonObject => {
    if (name === 'none') throw new TesseraError('not_found');
    return { name };
  };
  return {
    webhooks: {
      list: async () => [{ name: 'crm' }, { name: 'app' }],
      show: async (name) => found(name),
      dead: async (name, page) => ({ dead: [{ ...found(name), ...page }] }),
      replay: async (name, ids, author) => ({ ...found(name), ids, author }),
    },
    coupons: {
      list: async () => [{ name: 'plus' }, { name: 'gold' }],
      show: async (pool) => found(pool),
      put: async (pool, settings, author) => ({ ...found(pool), ...settings, author }),
      addCodes: async (pool, codes, author) => ({ ...found(pool), codes, author }),
    },
  };
}

export function fakeServices(): FakeServices {
  const asked: Asked = { sql: [], pages: [], decisions: [], identifiers: [], fresh: [] };
  const people = fakeIdentity(ALICE);
  const { identity, findIdentifier, commands, jobs, simulation } = people;
  const services: FakeServices = {
    asked,
    people,
    identity,
    findIdentifier,
    commands,
    jobs,
    simulation,
    backfills: {
      async start(name, author) {
        if (name === 'none') throw new TesseraError('not_found');
        if (name === 'orders_30d') throw new TesseraError('feature_complete');
        return jobs.create({ kind: 'feature_backfill', author, run: async () => ({ definition: name }) });
      },
    },
    triggerResults: { report: async (question) => ({ ...question }) },
    analytics: fakeAnalytics(),
    steering: fakeSteering(),
    backtests: {
      start({ name, author, definition }) {
        if (name === 'none' && definition === undefined) throw new TesseraError('not_found');
        return jobs.create({ kind: 'trigger_backtest', author, run: async () => ({ trigger: name }) });
      },
    },
    schemas: {
      types: () => [],
      type: () => undefined,
      check({ event, definition, author, days = 30 }) {
        if (event === 'none' && definition === undefined) throw new TesseraError('not_found');
        return jobs.create({ kind: 'schema_check', author, run: async () => ({ event, days }) });
      },
    },
    points: {
      async adjust({ profile, points }, author) {
        if (profile === 'none') throw new TesseraError('profile_not_found');
        return { profile_id: profile, points, author };
      },
      async statement(profile, limit) {
        if (profile === 'none') throw new TesseraError('profile_not_found');
        return { profile_id: profile, points: 0, limit };
      },
    },
    segments: fakeSegments(jobs),
    tags: fakeTags(),
    catalog: fakeCatalog(),
    recommendations: fakeRecommendations(),
    ...fakeOutgoing(),
    ...fakeConsents(),
    ...fakeRights(jobs),
    fits: {
      start(name, body, author) {
        if (name === 'none') throw new TesseraError('invalid_parameter');
        return jobs.create({ kind: 'model_fit', author, run: async () => ({ name, ...body }) });
      },
    },
    readiness: { ok: true, reasons: [], lag: { people: 0 } },
    profiles: {
      byId: async (id, options) => (id === ALICE ? profile(id, options) : undefined),
      byIdentifier: async (type, value, options) => {
        asked.identifiers.push(`${type}|${value}`);
        return value.startsWith('1390000') ? profile(ALICE, options) : undefined;
      },
      list: async (after, limit, options) =>
        after === ''
          ? { profiles: [profile(ALICE, options)].slice(0, limit), next: ALICE }
          : { profiles: [] },
      unattributed: async (options) => ({
        ...profile('unattributed', options),
        kind: 'pseudo',
        identifiers: {},
      }),
    },
    past: {
      byId: async (id, options) => (id === ALICE ? pastProfile(id, options) : undefined),
      byIdentifier: async (type, value, options) => {
        asked.identifiers.push(`${type}|${value}`);
        return value.startsWith('1390000') ? pastProfile(ALICE, options) : undefined;
      },
      course: async (id, { days, features }) => ({
        profile_id: id,
        at: Array.from({ length: days }, (_, i) => i),
        features: Object.fromEntries([...(features ?? ['views_7d'])].map((name) => [name, [null, 1]])),
      }),
    },
    parity: {
      latest: parityReport,
      check: async (request) => ({ ...request }),
    },
    conservation: {
      latest: conservationReport,
      report: async ({ from, to, logs }) => ({
        ...conservationReport,
        from: from ?? conservationReport.from,
        to: to ?? conservationReport.to,
        notes: logs ? conservationReport.notes : [],
      }),
    },
    intake: {
      minutes: () =>
        [0, 60_000].map((after) => ({
          minute: conservationReport.from + after,
          source: 'shop',
          ...{ received: 3, logged: 1, quarantined: 1, refused: 1 },
        })),
      total: (name) => ({ shop: name === 'received' ? 6 : 2 }),
    },
    firings: createFiringHub(),
    changes: createProfileHub(),
    events: new NodeEventHub({ node: 'n-1', now: () => 0 }),
    eventsOfProfile: {
      add: async () => ({ accepted: [], rejected: [], timings: { validate_us: 0, log_us: 0, apply_us: 0 } }),
    },
    explainTrigger: async (profile, trigger) => {
      if (trigger === 'unknown') throw new TesseraError('not_found');
      return { profile_id: profile, trigger, says: [] };
    },
    eventTraces: {
      of: async ({ id, source = 'web', read }) =>
        id === 'e-1' ? [{ source, status: 'applied', masked: !read.reveal }] : [],
    },
    previewFeature: async (profile, { name = 'draft', on }) => {
      if (on === undefined) throw new TesseraError('invalid_definition', '/on: is missing', { path: '/on' });
      return { profile_id: profile, draft: true, features: { [String(name)]: { value: 7 } } };
    },
    previewTrigger: async (profile, { name = 'draft', on }) => {
      if (on === undefined) throw new TesseraError('invalid_definition', '/on: is missing', { path: '/on' });
      return { profile_id: profile, trigger: name, draft: true };
    },
    sql: {
      query: async (sql, format) => {
        asked.sql.push(`${format}: ${sql}`);
        return '{"data":[]}\n';
      },
    },
    history: {
      events: async (_id, page) => {
        asked.pages.push(page);
        return { rows: [{ id: 'e-1', type: 'product_viewed' }], next: '1-2-3' };
      },
      decisions: async (request) => {
        asked.decisions.push(request);
        return { rows: [{ id: 'd-1', decision: 'fired' }], next: '1-2-3-4' };
      },
    },
    quarantine: {
      list: async ({ code = 'schema_violation' }, page) => {
        asked.pages.push(page);
        return { rows: [{ id: 'q-1', code }] };
      },
      counts: async (filter, by) => ({ events: 1, counts: [{ by: [...by], filter: { ...filter } }] }),
      async show(id, { reveal, disclosed }) {
        if (id !== 'q-1') return undefined;
        if (reveal) disclosed?.ofNobody('quarantine.payload');
        return { id, masked: !reveal };
      },
    },
    quarantineReplays: {
      replay: async ({ ids = [] }, { dryRun }) =>
        ids.map((id) => ({ quarantine_id: id, status: 'accepted', ...(dryRun ? { dry_run: true } : {}) })),
      start: (filter, { author, dryRun }) =>
        services.jobs.create({
          kind: 'quarantine_replay',
          author,
          run: async () => ({ filter: { ...filter }, dry_run: dryRun }),
        }),
    },
    definitions: {
      kind: (name) => definitionKinds.get(name),
    },
    definitionVersions: { of: async (_kind, name) => (name === 'views_1h' ? [...viewsVersions] : []) },
    health: { ready: () => services.readiness },
    quality: {
      latest: qualityReport,
      report: async (fresh) => {
        asked.fresh.push(fresh);
        return qualityReport;
      },
    },
    dataQuality: new FakeDataQuality(),
    state: { digest: async () => ({ digest: 'd1', entries: 7 }) },
    accessKeys: new FoldedKeys().desk,
    audit: {
      head: () => 'local:1:head',
      verify: async (heads) => ({ ok: true, heads }),
      list: async (request) => ({ rows: [{ ...request }], next: '1-1-local' }),
    },
    backups: {
      make: (_name, author) =>
        services.jobs.create({ kind: 'backup', author, run: async () => ({ bytes: 0 }) }),
      list: async () => [],
      defaultName: () => '2026-11-21T10-00-00Z',
    },
    masterKey: {
      status: () => ({ id: '5f1c2b4a', previous: null }),
      rotate: (author) =>
        services.jobs.create({ kind: 'master_rotation', author, run: async () => ({ rewrapped: 0 }) }),
    },
  };
  return services;
}

export interface TestServer {
  readonly app: FastifyInstance;
  readonly metrics: Metrics;
  readonly services: FakeServices;
  readonly lines: string[];
}

export interface TestServerOptions {
  readonly metricsPublic?: boolean;
  readonly corsOrigins?: 'any' | readonly string[];
  /** Instead of the three keys of these tests. */
  readonly authenticator?: Authenticator;
  /** Hears what is accounted for. */
  readonly audit?: RequestAudit;
  /** Instead of keys that nobody has. */
  readonly accessKeys?: AccessKeyDesk;
  /** Registers further routes, before the server is ready. */
  readonly consoleFiles?: ConsoleFiles;
  readonly extend?: (app: FastifyInstance) => void;
}

export async function testServer(options: TestServerOptions = {}): Promise<TestServer> {
  const lines: string[] = [];
  const services = fakeServices();
  const metrics = createMetrics({ processMetrics: false });
  const app = await createServer({
    authenticator:
      options.authenticator ??
      createAuthenticator([
        { key: WRITE_KEY, name: 'web', scopes: [] },
        { key: SECRET_KEY, name: 'operator', scopes: allScopes },
        { key: READ_KEY, name: 'analyst', scopes: ['read'] },
      ]),
    metrics,
    logger: createLogger('debug', { write: (line) => lines.push(line) }),
    version: '0.1.0',
    corsOrigins: options.corsOrigins ?? 'any',
    ...(options.audit === undefined ? {} : { audit: options.audit }),
  });
  const { accessKeys = services.accessKeys } = options;
  registerReadRoutes(
    app,
    { ...services, accessKeys },
    {
      metrics,
      scrape: () => metrics.render(),
      version: '0.1.0',
      metricsPublic: options.metricsPublic ?? false,
      ...(options.consoleFiles === undefined ? {} : { consoleFiles: options.consoleFiles }),
    },
  );
  options.extend?.(app);
  await app.ready();
  return { app, metrics, services, lines };
}
