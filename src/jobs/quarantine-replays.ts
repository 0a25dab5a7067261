import { Pace } from '../background/pace.ts';
import type { Topology } from '../cluster/topology.ts';
import { countKept, type KeptEvent, readKept, walkKept } from '../desks/quarantine/kept-events.ts';
import type { Replay, ReplayedEvent } from '../ingest/replay-kept.ts';
import { limits } from '../limits.ts';
import type { JsonObject } from '../model/json.ts';
import type { QuarantineAttempt } from '../model/quarantine-records.ts';
import type { Clock } from '../ports/clock.ts';
import type { History } from '../ports/history.ts';
import type { Log } from '../ports/log.ts';
import { encodeRecord } from '../runner/codec.ts';
import type {
  QuarantineFilter,
  QuarantineReplay,
  ReplayOrder,
  ReplayRequest,
} from '../serve/quarantine-service.ts';
import type { Jobs, JobView, ReportProgress } from '../serve/services.ts';
import { ReplayReport } from './quarantine/replay-report.ts';

export interface QuarantineReplaysOptions {
  readonly history: Pick<History, 'query'>;
  /** Resolves once history has what has been committed by now. */
  readonly reach: { now(): Promise<void> };
  readonly replay: Replay;
  readonly topology: Topology;
  readonly logOf: (partition: string) => Pick<Log, 'append'>;
  readonly jobs: Jobs;
  readonly clock: Clock;
}

interface Running {
  readonly report: ReportProgress;
  readonly signal: AbortSignal;
}

/**
 * Sends kept events on their way again, a few at once or all that match, in the background. What came of each is written down
 * once the event is durable: a crash in between leaves some that are in and still listed as waiting, and whoever replays them
 * again finds duplicates.
 */
export class QuarantineReplays implements QuarantineReplay {
  readonly #options: QuarantineReplaysOptions;
  #latest: { readonly id: string; readonly asked: string } | undefined;
  /** Settles once no replay is at work: two at a time would try the same events. */
  #before: Promise<unknown> = Promise.resolve();

  constructor(options: QuarantineReplaysOptions) {
    this.#options = options;
  }

  async replay(request: ReplayRequest, order: ReplayOrder): Promise<readonly JsonObject[]> {
    const events = await readKept(this.#options.history, request);
    const answers: JsonObject[] = [];
    for (const part of partsOf(events)) {
      const results = await this.#bring(part, order);
      answers.push(...results.map(({ renamed, ...answer }) => answer));
    }
    return answers;
  }

  start(filter: QuarantineFilter, order: ReplayOrder): JobView {
    const { jobs } = this.#options;
    const asked = JSON.stringify([filter, order.dryRun]);
    const known = this.#latest?.asked === asked ? jobs.get(this.#latest.id) : undefined;
    if (known?.finished_at === null) return known;
    const job = jobs.create({
      kind: 'quarantine_replay',
      author: order.author,
      run: (report, signal) => this.#inTurn(() => this.#run(filter, order, { report, signal })),
    });
    this.#latest = { id: job.id, asked };
    return job;
  }

  #inTurn(work: () => Promise<JsonObject>): Promise<JsonObject> {
    const mine = this.#before.then(work);
    this.#before = mine.catch(() => undefined);
    return mine;
  }

  async #run(filter: QuarantineFilter, order: ReplayOrder, { report, signal }: Running): Promise<JsonObject> {
    const { history, clock, reach } = this.#options;
    const pace = new Pace(clock, signal);
    pace.check();
    report({ done: 0, total: 0, note: 'waits for history' });
    await reach.now();
    const waiting: QuarantineFilter = { ...filter, state: 'waiting' };
    const { total, latest } = await countKept(history, waiting);
    // What is kept from here on is another replay's: where nothing was mended, this one would never end.
    const there: QuarantineFilter = { ...waiting, receivedTo: latest + 1 };
    const result = new ReplayReport(order.dryRun);
    for await (const page of walkKept(history, there)) {
      for (const part of partsOf(page)) {
        const began = performance.now();
        result.add(await this.#bring(part, order), part);
        report({ done: result.events, total: Math.max(total, result.events), note: result.note });
        await pace.restAfter(performance.now() - began);
      }
    }
    if (!order.dryRun) await reach.now();
    return result.answer();
  }

  /** Events that are in already are left alone: the window of deduplication may be over for them. */
  async #bring(events: readonly KeptEvent[], order: ReplayOrder): Promise<readonly ReplayedEvent[]> {
    const open = events.filter(({ state }) => state !== 'replayed');
    const results = await this.#options.replay(open, order);
    if (!order.dryRun) await this.#note(open, results, order.author);
    const byId = new Map(results.map((result) => [result.quarantine_id, result]));
    return events.map(
      ({ id }) => byId.get(id) ?? { quarantine_id: id, status: 'accepted', outcome: 'duplicate' },
    );
  }

  async #note(
    events: readonly KeptEvent[],
    results: readonly ReplayedEvent[],
    author: string,
  ): Promise<void> {
    const { topology, logOf } = this.#options;
    // All of them in one log, whose order is theirs.
    const log = logOf(topology.people[0] ?? topology.identity);
    const attempts = events.flatMap((event, i) => attemptOf(event, results[i]));
    const records: Uint8Array[] = [];
    for (let from = 0; from < attempts.length; from += limits.quarantineAttemptsPerRecord) {
      const part = attempts.slice(from, from + limits.quarantineAttemptsPerRecord);
      records.push(encodeRecord({ kind: 'quarantine_attempts', author, attempts: part }));
    }
    if (records.length > 0) await log.append(records);
  }
}

/** Of an event that is in the log, but not applied in time, nothing is known yet: it waits, and the next attempt will tell. */
function attemptOf(event: KeptEvent, result: ReplayedEvent | undefined): readonly QuarantineAttempt[] {
  if (result === undefined) return [];
  const { status: taken, outcome, code, path, message, schema_version: schemaVersion, renamed } = result;
  const status = taken === 'rejected' ? taken : outcome;
  if (status === undefined) return [];
  const failed = status === 'rejected' || (status === 'quarantined' && renamed !== true);
  const spent = event.attempts + 1 >= limits.quarantineAttemptsMax;
  const max = limits.quarantineReasonCharactersMax;
  return [
    {
      id: event.id,
      status,
      state: failed ? (spent ? 'given_up' : 'waiting') : 'replayed',
      ...(code === undefined ? {} : { code }),
      ...(path === undefined ? {} : { path: path.slice(0, max) }),
      ...(message === undefined ? {} : { message: message.slice(0, max) }),
      ...(schemaVersion === undefined ? {} : { schemaVersion }),
    },
  ];
}

/** As many as go into the log at once, in their order. */
function* partsOf(events: readonly KeptEvent[]): Generator<readonly KeptEvent[]> {
  let part: KeptEvent[] = [];
  let characters = 0;
  for (const event of events) {
    if (part.length > 0 && characters + event.sealed.length > limits.quarantineReplayCharacters) {
      yield part;
      part = [];
      characters = 0;
    }
    part.push(event);
    characters += event.sealed.length;
  }
  if (part.length > 0) yield part;
}
