import { fileURLToPath } from 'node:url';
import { createMemoryKeyStore } from '../../src/adapters/memory/key-store.ts';
import { createMemoryLog } from '../../src/adapters/memory/log.ts';
import { createManualClock } from '../../src/adapters/memory/manual-clock.ts';
import { createMemoryStateStore } from '../../src/adapters/memory/state-store.ts';
import { Definitions } from '../../src/definitions/definitions.ts';
import { createAdmit } from '../../src/ingest/admit.ts';
import { createBodyReader } from '../../src/ingest/body.ts';
import { createIdentityIntake } from '../../src/ingest/identity-intake.ts';
import { loadIdentityPolicy } from '../../src/ingest/identity-policy.ts';
import { createLogIntake } from '../../src/ingest/intake.ts';
import { createKeyring } from '../../src/ingest/keyring.ts';
import { createNormalizer } from '../../src/ingest/normalize.ts';
import { loadEventSchemas } from '../../src/ingest/schemas.ts';
import { createSealer } from '../../src/ingest/seal.ts';
import { validateEvent } from '../../src/ingest/validate.ts';
import type { HistoryRow } from '../../src/model/effect.ts';
import type { FeatureDefinition } from '../../src/model/feature.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { packSpool } from '../../src/model/spool-entry.ts';
import { createPipeline } from '../../src/pipeline/pipeline.ts';
import { createEntryCodec, createRecordCodec, encodeRecord } from '../../src/runner/codec.ts';
import { EntryCache } from '../../src/runner/entry-cache.ts';
import { OutcomeBoard } from '../../src/runner/outcome-board.ts';
import { StageRunner } from '../../src/runner/runner.ts';
import { benchFeatures, benchTriggers } from '../support/definitions.ts';
import { formatTable } from '../support/report.ts';
import { Traffic } from '../support/traffic.ts';

/**
 * What each step of the way costs an event in a batch of 100, in process and without sockets, disk or servers: reading the body (guard and
 * JSON.parse), validation, normalization, admission as a whole up to the encoded record, the fold with its commit to memory, and of that the
 * encoding and decoding of each kind of entry, and the rows for history. In turns with JSON.parse of the same events, 60 features and 30 triggers in force.
 * Run: npx tsx benchmarks/micro/hot-path.ts [rounds, default 31] [people, default 1000]
 */
const [ROUNDS = 31, PEOPLE = 1_000] = process.argv.slice(2).map(Number);
const BATCH = 100;
const BATCHES = 10;
const EVENTS = BATCH * BATCHES;
const NOW = Date.UTC(2026, 10, 22, 10);
const PARTITION = 'p0';
const ROOT = new URL('../../', import.meta.url);
const KINDS = {
  'i/': 'link',
  'g/': 'person',
  'o/': 'place',
  'h/': 'header',
  'f/': 'facet',
  'd/': 'ids of a day',
};

const schemas = loadEventSchemas(fileURLToPath(new URL('schemas/events', ROOT)));
const policy = loadIdentityPolicy(new URL('deploy/retail/identity.yaml', ROOT));
const clock = createManualClock(NOW);
const keyring = createKeyring({
  master: Buffer.alloc(32, 3),
  keys: createMemoryKeyStore(),
  space: 'bench',
  clock,
});
const records = createRecordCodec();
const definitions = new Definitions({ reportingCurrency: 'CNY' });
const entries = createEntryCodec(definitions);
const log = createMemoryLog({ clock });
const store = createMemoryStateStore();
const board = new OutcomeBoard();
const normalize = createNormalizer({ schemas, defaultCurrency: 'CNY', allowCustomTypes: true, sources: {} });
const reader = createBodyReader();
const context = { receivedAt: NOW, source: 'shop', defaultChannel: 'web', publicKey: false };
let rows: readonly HistoryRow[] = [];

const runner = new StageRunner({
  partition: PARTITION,
  partitionNumber: 0,
  log,
  store,
  stage: createPipeline({ space: 'bench', dedupKey: '00', definitions }).fused,
  cache: new EntryCache(entries, 256 * 1024 * 1024),
  decode: records.decode,
  encode: encodeRecord,
  onCommitted: (batch) => {
    rows = batch.rows;
    board.post(batch.outcomes);
  },
});
const admit = createAdmit({
  normalize,
  identifiers: createIdentityIntake({
    policy: () => ({ version: '1', definition: policy }),
    indexKey: keyring.indexKey,
    defaultRegion: 'CN',
  }),
  keyring,
  sealer: createSealer(keyring),
  intake: createLogIntake({ log, encodeEvent: records.encodeEvent, encodeQuarantine: encodeRecord }),
  clock,
  outcomes: board,
  tally: { received: { add: () => undefined }, refused: { add: () => undefined } },
});

const traffic = new Traffic({ people: PEOPLE });
const features: readonly FeatureDefinition[] = benchFeatures.map(({ on, ...rest }) => ({
  ...rest,
  on: [on],
}));
await log.append([
  encodeRecord({
    kind: 'definitions',
    author: 'bench',
    features,
    triggers: benchTriggers(30),
    identity: policy,
  }),
]);

/** Microseconds of CPU per event, by step. */
const costs = new Map<string, number[]>();

async function timed<T>(step: string, action: () => T | Promise<T>, times = EVENTS): Promise<T> {
  const before = process.cpuUsage();
  const result = await action();
  const { user, system } = process.cpuUsage(before);
  const values = costs.get(step) ?? [];
  costs.set(step, values);
  values.push((user + system) / times);
  return result;
}

async function round(): Promise<void> {
  const bodies = Array.from({ length: BATCHES }, () => traffic.batch(BATCH));
  await timed('JSON.parse', () => bodies.map((body) => JSON.parse(body)));
  const bytes = bodies.map((body) => Buffer.from(body));
  const read = await timed('body: guard and JSON.parse', async () => {
    const found: JsonObject[][] = [];
    for (const body of bytes) {
      const { items } = await reader.read(body, 'application/json', {});
      found.push(items.flatMap((item) => (item.ok ? [item.value] : [])));
    }
    return found;
  });
  await timed('validate (ajv)', () => read.flat().map((event) => validateEvent(schemas, event)));
  // The normalizer may keep what it is given, so each step gets texts of its own.
  const copies = bodies.map((body) => JSON.parse(body) as JsonObject[]);
  await timed('validate and normalize', () => copies.flat().map((event) => normalize(event, context)));
  await timed('admit: all of it up to the log in memory', async () => {
    for (const values of read) await admitBatch(values);
  });
  await timed('fold and commit to memory', async () => {
    while (await runner.step());
  });
  await timed('rows for history (in the commit)', () => packSpool(rows), Math.max(1, rows.length));
  await log.trim(log.stats().lastSeq - 1);
  await entryCosts();
}

async function admitBatch(values: readonly JsonObject[]): Promise<void> {
  const { rejected } = await admit({
    items: values.map((value) => ({ ok: true, value, text: '' })),
    decode: (event) => ({ ok: true, event }),
    context,
    origin: { dialect: 'canonical', path: '/v1/events', envelope: {} },
    verified: true,
    wait: false,
    dryRun: false,
  });
  if (rejected.length > 0) throw new TypeError(`refused: ${JSON.stringify(rejected[0])}`);
}

/** Per entry, of as many as there are of its kind. */
async function entryCosts(): Promise<void> {
  for (const [prefix, kind] of Object.entries(KINDS)) {
    const stored = store.scan(PARTITION, prefix, '', EVENTS);
    if (stored.length === 0) continue;
    const values = await timed(
      `decode an entry: ${kind}`,
      () => stored.map(([key, bytes]) => [key, entries.decode(key, bytes)] as const),
      stored.length,
    );
    await timed(
      `encode an entry: ${kind}`,
      () => values.map(([key, value]) => entries.encode(key, value)),
      stored.length,
    );
  }
}

for (let n = 0; n < 5; n++) await round();
costs.clear();
for (let n = 0; n < ROUNDS; n++) await round();

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
const unit = median(costs.get('JSON.parse') ?? []);
const lines = [...costs].map(([step, values]) => [
  step,
  median(values).toFixed(2),
  (median(values) / unit).toFixed(2),
]);
process.stdout.write(`${formatTable(['step', 'CPU µs', '÷ JSON.parse of an event'], lines)}\n`);
