import { createMemoryLog } from '../../src/adapters/memory/log.ts';
import { createManualClock } from '../../src/adapters/memory/manual-clock.ts';
import type { PastEvent } from '../../src/desks/past-events.ts';
import { readFeatures } from '../../src/features/read.ts';
import type { FeaturesPast, PastOfFeatures } from '../../src/jobs/backfill/past-of-features.ts';
import { Backfills } from '../../src/jobs/backfills.ts';
import { JobRegistry } from '../../src/jobs/jobs.ts';
import type { BackfillCursor } from '../../src/model/definitions.ts';
import type { FeatureDefinition } from '../../src/model/feature.ts';
import { historyColumns } from '../../src/model/history-rows.ts';
import { keys } from '../../src/model/keys.ts';
import type { Facet, Header } from '../../src/model/profile.ts';
import type { DefinitionsRecord, LogRecord } from '../../src/model/record.ts';
import type { Log } from '../../src/ports/log.ts';
import { createEntryCodec, decodeRecord, encodeRecord } from '../../src/runner/codec.ts';
import type { JobView } from '../../src/serve/services.ts';
import { createFusedEngine, type FusedEngine, type FusedOptions, retailPack } from './fused-engine.ts';
import { entriesOf } from './identity-state.ts';

/** Backfills beside a fused engine in memory: the rows of its spool are history. */
export interface BackfillRig {
  readonly backfills: Backfills;
  readonly jobs: JobRegistry;
  /** Folds and lets the jobs work until this one has ended; `meanwhile` is asked between the rounds. */
  follow(id: string, meanwhile?: (round: number) => Promise<void>): Promise<JobView>;
}

interface Row extends PastEvent {
  readonly type: string;
  readonly ledger: boolean;
}

const COLUMN = Object.fromEntries(historyColumns.events.map((name, at) => [name, at]));

function rowsOf(engine: FusedEngine): readonly Row[] {
  const rows: Row[] = [];
  for (const line of engine.rows().split('\n')) {
    if (!line.startsWith('events\t')) continue;
    const values = JSON.parse(line.slice(line.indexOf('\t') + 1)) as readonly (string | number | boolean)[];
    const at = (name: string) => values[COLUMN[name] ?? -1];
    rows.push({
      position: { seq: Number(at('seq')), index: Number(at('idx')) },
      now: Date.parse(`${String(at('applied_at')).replace(' ', 'T')}Z`),
      facet: String(at('facet_id')),
      raw: String(at('raw')),
      type: String(at('type')),
      ledger: Boolean(at('order_ledger')),
    });
  }
  return rows;
}

function byPosition(a: Row['position'], b: Row['position']): number {
  return a.seq - b.seq || a.index - b.index;
}

function byFacet(a: Pick<Row, 'facet' | 'position'>, b: Pick<Row, 'facet' | 'position'>): number {
  if (a.facet !== b.facet) return a.facet < b.facet ? -1 : 1;
  return byPosition(a.position, b.position);
}

/** What history would answer, in small pages. */
export function memoryPast(engine: FusedEngine, pageRows = 7): PastOfFeatures {
  const within = ({ cuts: [cut], types, orders }: FeaturesPast): readonly Row[] =>
    rowsOf(engine)
      .filter(({ position }) => cut !== undefined && byPosition(position, cut) < 0)
      .filter(({ type, ledger }) => types.includes(type) || (orders && ledger))
      .sort(byFacet);
  return {
    count: async (past, after) => within(past).filter(({ facet }) => facet > after).length,
    read: async (past, { facet, position }) =>
      within(past)
        .filter((row) => (position === undefined ? row.facet > facet : byFacet(row, { facet, position }) > 0))
        .slice(0, pageRows),
  };
}

export interface RigOptions {
  readonly past?: PastOfFeatures;
  /** What the jobs see instead of the log. */
  readonly log?: Pick<Log, 'append'>;
}

export function createBackfillRig(
  engine: FusedEngine,
  { past = memoryPast(engine), log = engine.log }: RigOptions = {},
): BackfillRig {
  const { clock, definitions, store } = engine;
  const jobs = new JobRegistry({
    clock,
    onError: (error) => {
      throw error;
    },
  });
  const codec = createEntryCodec(definitions);
  const backfills = new Backfills({
    definitions,
    log,
    past,
    clock,
    jobs,
    historian: { drain: async () => true },
    appliedSeq: () => store.checkpoint('p0')?.seq ?? 0,
    cursor() {
      const [bytes] = store.read('p0', [keys.backfill]);
      // The codec answers what lies under the key.
      return bytes && (codec.decode(keys.backfill, bytes) as BackfillCursor);
    },
    recordFacets: 3,
    aheadBytes: 0,
  });
  return {
    backfills,
    jobs,
    async follow(id, meanwhile) {
      for (let round = 0; ; round++) {
        const view = jobs.get(id);
        if (view === undefined || view.finished_at !== null) return view as JobView;
        await meanwhile?.(round);
        await engine.drain();
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    },
  };
}

/** The engine as a process that starts anew finds it: its log and its state, and nothing in memory. */
export async function restarted(engine: FusedEngine): Promise<FusedEngine> {
  const { log, store, clock, state, rows } = engine;
  const other = await createFusedEngine({ log, stateStore: store, clock, parse: true });
  await other.drain();
  return { ...other, store, state, rows };
}

/** Features by the definition that they are written as, so that those of one are filled together. */
export function recordOf(written: Readonly<Record<string, readonly FeatureDefinition[]>>): DefinitionsRecord {
  const { identity } = retailPack;
  const features = Object.values(written).flat();
  const sources = Object.entries(written).map(([name, own]) => ({
    definition: { name },
    features: own.map((feature) => feature.name),
  }));
  return { kind: 'definitions', author: 'test', features, sources, triggers: [], identity };
}

/**
 * The same log, but with what is defined last defined from the start, and nothing in the places of what a backfill wrote:
 * every event keeps its position and its time, so that even the ids of the profiles are equal.
 */
export async function fromTheStart(engine: FusedEngine, options: FusedOptions = {}): Promise<FusedEngine> {
  const messages = engine.log.read(0, Number.MAX_SAFE_INTEGER);
  const records = messages.map(({ records: bytes }) => bytes.map((each) => decodeRecord(each).record));
  const last = records.flat().findLast((record) => record.kind === 'definitions');
  const clock = createManualClock(0);
  const log = createMemoryLog({ clock });
  for (const [index, message] of messages.entries()) {
    clock.set(message.appendedAt);
    await log.append((records[index] ?? []).map((record) => encodeRecord(instead(record, last))));
  }
  clock.set(engine.clock.now());
  const other = await createFusedEngine({ ...options, log, clock, parse: true });
  await other.drain();
  return other;
}

function instead(record: LogRecord, last: LogRecord | undefined): LogRecord {
  if (record.kind === 'backfill') return { kind: 'backfill', id: 'none', step: { type: 'cancel' } };
  return record.kind === 'definitions' && last !== undefined ? last : record;
}

/** Features of every profile at a moment, as text, by profile. */
export function readAll(engine: FusedEngine, at: number): ReadonlyMap<string, string> {
  const facets = entriesOf<Facet>(engine, 'f/');
  const read = new Map<string, string>();
  for (const [id, header] of entriesOf<Header>(engine, 'h/')) {
    const held = header.facets.flatMap((facet) => facets.get(`${id}/${facet}`) ?? []);
    read.set(id, JSON.stringify(readFeatures(engine.definitions.features, held, at)));
  }
  return read;
}
