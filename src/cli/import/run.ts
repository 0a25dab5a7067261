import { TesseraError } from '../../errors.ts';
import { limits } from '../../limits.ts';
import { SECOND_MS } from '../../model/time.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Progress } from '../progress.ts';
import type { Outcomes } from './answer.ts';
import { type Batch, Batcher } from './batcher.ts';
import { Delivery } from './delivery.ts';
import { type Delivered, EngineClient } from './engine-client.ts';
import { compileEventBuilder, type EventBuilder } from './event-builder.ts';
import type { UnitSource } from './feed.ts';
import { createGroupSource, type GroupSource } from './group-source.ts';
import { type Input, openInput } from './input.ts';
import { Journal } from './journal.ts';
import { type LoadedMap, loadMap } from './load-map.ts';
import { type FilePosition, type RowsOptions, readHeader } from './read-rows.ts';
import { checkRebaseTarget, rebaseShift } from './rebase.ts';
import { compileRowParser } from './row-parser.ts';
import { createRowSource } from './row-source.ts';
import { addSettled, rejectsOf } from './settlement.ts';

export interface ImportOptions {
  readonly file: string;
  /** Path of the map, or the name of a shipped one. */
  readonly map: string;
  readonly url: string;
  readonly key: string | undefined;
  readonly clock: Clock;
  readonly progress: Progress;
  readonly rebaseTo?: string | undefined;
  /** Stop after so many rows (or groups, where the map groups). */
  readonly limit?: number | undefined;
  /** Forget an interrupted import and begin again. */
  readonly restart?: boolean | undefined;
  /** Wait for every batch to be applied, so that the summary counts duplicates; slower. */
  readonly countOutcomes?: boolean | undefined;
  readonly progressPath?: string | undefined;
  readonly rejectsPath?: string | undefined;
  /** For tests: how waiting between tries is done, and how much may be grouped in memory. */
  readonly delay?: ((ms: number, signal: AbortSignal) => Promise<unknown>) | undefined;
  readonly groupBytesMax?: number | undefined;
}

/** The answer of `--json`. Counts cover the whole import, also the part before an interruption. */
export interface ImportSummary {
  readonly file: string;
  readonly map: string;
  /** Rows read, or groups where the map groups. */
  readonly units: number;
  readonly events: number;
  readonly accepted: number;
  /** Refused on this side: rows and groups from which no event could be made. */
  readonly rejected_rows: number;
  /** Refused by the engine. */
  readonly rejected_events: number;
  readonly rejects_file: string | null;
  /** Events that were sent more than once because an answer did not come. */
  readonly resent: number;
  /** What became of the events whose application was awaited: all with `--count-outcomes`, else the last batch. */
  readonly outcomes: Outcomes & { readonly of: 'all' | 'last_batch' };
  readonly resumed: boolean;
  readonly shift_ms: number;
  readonly seconds: number;
  readonly events_per_second: number;
}

/** Everything that one import works with, once file and map are known to fit together. */
interface Import {
  readonly options: ImportOptions;
  readonly loaded: LoadedMap;
  readonly input: Input;
  readonly builder: EventBuilder;
  readonly rows: RowsOptions;
  readonly journal: Journal;
  readonly share: { value: number };
}

/**
 * Reads the file, turns it into events and sends them, as fast as the engine takes them and with memory that
 * does not grow with the file. Resolves when everything has been sent and the engine has applied it.
 *
 * Interrupted, it leaves a progress file, and the same call goes on after the last acknowledged prefix. Ids of
 * events come from the file, so what is sent twice is recognized. Fails with `import_failed`, `invalid_map`,
 * `invalid_parameter`, `unauthorized` or `forbidden`.
 */
export async function runImport(options: ImportOptions): Promise<ImportSummary> {
  const startedAt = options.clock.now();
  const client = clientOf(options);
  let work: Import | undefined;
  let source: Source | undefined;
  try {
    work = await prepare(options);
    const before = work.journal.counts.events;
    source = createSource(work);
    await startSource(work, source);
    await send(work, source.units, client);
    await work.journal.finish();
    return summarize(work, { events: before, at: startedAt });
  } finally {
    options.progress.stop();
    await client.stop();
    await work?.journal.rest();
    await source?.groups?.close();
  }
}

async function prepare(options: ImportOptions): Promise<Import> {
  if (options.rebaseTo !== undefined) checkRebaseTarget(options.rebaseTo);
  const loaded = await loadMap(options.map);
  const input = await openInput(options.file);
  const { columns, first } = await readHeader(input, loaded.map.format);
  const builder = compileEventBuilder(loaded.map, columns);
  const share = { value: 0 };
  const rows: RowsOptions = {
    input,
    format: loaded.map.format,
    parse: compileRowParser(loaded.map.format, builder.columns),
    from: first,
    onShare: (value) => {
      share.value = value;
    },
  };
  const journal = await openJournal(options, { loaded, input, first });
  return { options, loaded, input, builder, rows, journal, share };
}

function openJournal(
  options: ImportOptions,
  work: { readonly loaded: LoadedMap; readonly input: Input; readonly first: FilePosition },
): Promise<Journal> {
  const identity = {
    file: work.input.identity,
    map: work.loaded.hash,
    url: options.url,
    rebase_to: options.rebaseTo ?? null,
  };
  return Journal.open(
    {
      path: progressPathOf(options),
      rejectsPath: rejectsPathOf(options),
      identity,
      restart: options.restart === true,
    },
    { ...work.first, units: 0 },
  );
}

function clientOf(options: ImportOptions): EngineClient {
  if (options.key === undefined) {
    throw new TesseraError(
      'unauthorized',
      'There is no key: give a secret key by --key or TESSERA_SECRET_KEY.',
    );
  }
  return new EngineClient({
    url: options.url,
    key: options.key,
    clock: options.clock,
    delay: options.delay,
    onRetry: (reason, tries) =>
      options.progress.note(
        `waiting for the engine (${reason}), try ${tries} of ${limits.importRetriesMax + 1}`,
      ),
  });
}

interface Source {
  readonly units: UnitSource;
  readonly groups: GroupSource | undefined;
}

function createSource(work: Import): Source {
  const { builder, rows, journal, options, share } = work;
  if (builder.key === undefined) return { units: createRowSource(builder, rows), groups: undefined };
  const groups = createGroupSource({
    builder,
    rows: { ...rows, onShare: (value) => options.progress.update(value, 0) },
    temporaryPrefix: progressPathOf(options),
    groupBytesMax: options.groupBytesMax ?? limits.importGroupBytesMax,
    // An import that goes on has listed them before it was interrupted.
    onReject: (reject) => (journal.resumed ? undefined : journal.list(reject)),
    onShare: (value) => {
      share.value = value;
    },
  });
  return { units: groups, groups };
}

/** What has to be known before the first event: which rows belong together, and by how much times move. */
async function startSource(work: Import, source: Source): Promise<void> {
  const { options, journal } = work;
  if (source.groups !== undefined) {
    options.progress.start('Grouping');
    await source.groups.collect();
  }
  if (journal.resumed) return;
  if (options.rebaseTo === undefined) return journal.begin(0);
  options.progress.start('Looking for the newest event');
  const newest = await source.units.newest();
  journal.begin(newest === undefined ? 0 : rebaseShift(options.rebaseTo, newest, options.clock.now()));
}

async function send(work: Import, units: UnitSource, client: EngineClient): Promise<void> {
  const { options, journal, share } = work;
  const waitAlways = options.countOutcomes === true;
  options.progress.start('Importing');
  const delivery = new Delivery({
    client,
    onSettled: (batch, delivered) => {
      settle(journal, batch, delivered);
      options.progress.update(share.value, journal.counts.events);
    },
  });
  const batcher = new Batcher({
    from: journal.position,
    unitsMax: options.limit ?? Number.POSITIVE_INFINITY,
    deliver: async (batch) => {
      await delivery.submit(batch, waitAlways);
      if (journal.behind) await journal.idle();
    },
  });
  await units.run(batcher, journal.position, journal.shiftMs);
  // The engine applies in the order of its log, so when the last batch is applied, all of them are.
  const last = await batcher.finish();
  await delivery.drain();
  await delivery.submit(last, true);
  await delivery.drain();
}

function settle(journal: Journal, batch: Batch, delivered: Delivered | undefined): void {
  journal.settle(batch.position, addSettled(journal.counts, batch, delivered), rejectsOf(batch, delivered));
}

function summarize(work: Import, since: { readonly events: number; readonly at: number }): ImportSummary {
  const { options, journal, loaded } = work;
  const { counts } = journal;
  const seconds = (options.clock.now() - since.at) / SECOND_MS;
  const rejected = counts.rejected_rows + counts.rejected_events > 0;
  return {
    file: options.file,
    map: loaded.map.name,
    units: journal.position.units,
    events: counts.events,
    accepted: counts.accepted,
    rejected_rows: counts.rejected_rows,
    rejected_events: counts.rejected_events,
    rejects_file: rejected ? rejectsPathOf(options) : null,
    resent: counts.resent,
    outcomes: { ...counts.outcomes, of: options.countOutcomes === true ? 'all' : 'last_batch' },
    resumed: journal.resumed,
    shift_ms: journal.shiftMs,
    seconds,
    events_per_second: seconds > 0 ? Math.round((counts.events - since.events) / seconds) : 0,
  };
}

function progressPathOf(options: ImportOptions): string {
  return options.progressPath ?? `${options.file}.progress.json`;
}

function rejectsPathOf(options: ImportOptions): string {
  return options.rejectsPath ?? `${options.file}.rejected.ndjson`;
}
