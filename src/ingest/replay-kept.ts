/**
 * Kept events on their way again. Each takes the way it came, with the time at which it was first received, but the log and the
 * fold are asked once for all of them: a replay of thousands costs what as many new events cost, and they go in in their order.
 */
import { type ErrorCode, TesseraError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Outcome } from '../model/effect.ts';
import type { Event } from '../model/event.ts';
import type { QuarantineRecord } from '../model/quarantine-records.ts';
import { quarantineIdOf } from '../model/quarantine-rows.ts';
import type { EpochMs } from '../model/time.ts';
import type { Clock } from '../ports/clock.ts';
import type { Admission, Admit, OutcomeSource } from './admit.ts';
import type { BodyReader } from './body.ts';
import type { DecodedEvent, Dialect } from './dialects/dialect.ts';
import { defaultLateness } from './event-time.ts';
import type { Intake } from './intake.ts';
import { type Kept, openKept, type QuarantinedEvent } from './quarantine.ts';
import type { Sealer } from './seal.ts';

/** A row of the quarantine as history has it. */
export interface QuarantineRow {
  readonly id: string;
  readonly source: string;
  readonly receivedAt: EpochMs;
  readonly sealed: string;
}

export interface ReplayOptions {
  readonly dialects: readonly Dialect[];
  readonly bodies: BodyReader;
  readonly sealer: Sealer;
  /** An admission of its own, whose events go where it is told instead of into the log. */
  readonly admitting: (intake: Intake) => Admit;
  readonly intake: Intake;
  readonly outcomes: OutcomeSource;
  readonly clock: Clock;
  /** What is sent again is received again. */
  readonly tally: { readonly received: { add(count: number): void } };
}

export interface ReplayedEvent {
  readonly quarantine_id: string;
  /** Whether the log has it, or would have. */
  readonly status: 'accepted' | 'rejected';
  /** What its fold has made of it; absent where that was not known in time, and where nothing was to be stored. */
  readonly outcome?: Outcome['status'];
  /** Why it is not valid, or was refused or kept on applying. */
  readonly code?: string;
  readonly path?: string;
  readonly message?: string;
  readonly schema_version?: string;
  /** It was kept anew, under another id: what this one stood for has been brought in. */
  readonly renamed?: true;
}

export type Replay = (
  rows: readonly QuarantineRow[],
  options: { readonly dryRun: boolean },
) => Promise<readonly ReplayedEvent[]>;

/**
 * Repeating a replay is harmless within the window of deduplication: each event keeps its id, or takes that of its row. Fails as
 * appends do; then any of them may be in or not.
 */
export function createReplay(options: ReplayOptions): Replay {
  const taken = new Taken();
  let admit = options.admitting(taken);
  let turn: Promise<unknown> = Promise.resolve();
  const bringAll: Replay = async (rows, { dryRun }) => {
    const found: Admitted[] = [];
    for (const row of rows) found.push(await admitAgain(row, { taken, admit, dryRun, options }));
    const events = found.flatMap(({ events }) => events);
    const outcomes = dryRun || events.length === 0 ? [] : await bring(events, options);
    let at = 0;
    return found.map((one, i) => {
      const own = outcomes?.slice(at, at + one.events.length);
      at += one.events.length;
      return answerOf(rows[i] as QuarantineRow, one, dryRun ? undefined : own);
    });
  };
  return (rows, order) => {
    const mine = turn.then(() => bringAll(rows, order));
    // One at a time: what was taken is left at one place.
    turn = mine.catch(() => {
      // What it believes to be in the log, such as sealed identifiers of people, may not be there.
      admit = options.admitting(taken);
    });
    return mine;
  };
}

/** Where an admission leaves its events, sealed and in order. What it would keep in quarantine is kept there already. */
class Taken implements Intake {
  #events: readonly Event[] = [];
  #refused: QuarantineRecord | undefined;

  append(
    events: readonly Event[],
    [refused]: readonly QuarantineRecord[],
  ): Promise<readonly { seq: number; index: number }[]> {
    this.#events = events;
    this.#refused = refused;
    return Promise.resolve(events.map((_, index) => ({ seq: 0, index })));
  }

  drain(): { readonly events: readonly Event[]; readonly refused: QuarantineRecord | undefined } {
    const taken = { events: this.#events, refused: this.#refused };
    this.#events = [];
    this.#refused = undefined;
    return taken;
  }
}

interface Admitted {
  readonly events: readonly Event[];
  /** The canonical event was in the log before. */
  readonly wasTaken: boolean;
  readonly fault?: Pick<ReplayedEvent, 'code' | 'path' | 'message' | 'schema_version'>;
}

interface Again {
  readonly taken: Taken;
  readonly admit: Admit;
  readonly dryRun: boolean;
  readonly options: ReplayOptions;
}

/** One that cannot be read any more is refused with the reason and does not hold up the others. */
async function admitAgain(row: QuarantineRow, again: Again): Promise<Admitted> {
  try {
    const kept = openKept(row.sealed, again.options.sealer);
    if (kept.as === 'taken')
      return { events: [withLateness(kept.event, again.options.clock.now())], wasTaken: true };
    const [rejected] = (await admitSent(row, kept, again)).rejected;
    const { events, refused } = again.taken.drain();
    if (rejected === undefined) return { events, wasTaken: false };
    const { code, path, message } = rejected;
    const version = refused?.schemaVersion === undefined ? {} : { schema_version: refused.schemaVersion };
    return { events: [], wasTaken: false, fault: { code, path, message, ...version } };
  } catch (error) {
    again.taken.drain();
    if (!(error instanceof TesseraError) || error.retryable) throw error;
    const { code, message } = error;
    return { events: [], wasTaken: false, fault: { code, path: '', message } };
  }
}

async function admitSent(
  row: QuarantineRow,
  { event: kept }: Extract<Kept, { as: 'sent' }>,
  { admit, dryRun, options }: Again,
): Promise<Admission> {
  const { dialect, route } = wayOf(kept, options.dialects);
  const { items } = await options.bodies.read(Buffer.from(kept.text), undefined, {});
  return await admit({
    items,
    decode(item) {
      const decoded = dialect.decode(item, kept.envelope, route);
      if (!('ok' in decoded)) return decoded.map((each, n) => named(each, `${row.id}-${n}`));
      return decoded.ok ? named(decoded, row.id) : decoded;
    },
    context: {
      receivedAt: row.receivedAt,
      takenAt: options.clock.now(),
      source: row.source,
      defaultChannel: kept.channel,
      publicKey: kept.publicKey,
    },
    origin: { dialect: kept.dialect, path: kept.path, envelope: kept.envelope },
    verified: !kept.publicKey,
    wait: false,
    dryRun,
  });
}

function wayOf({ dialect: name, path }: QuarantinedEvent, dialects: readonly Dialect[]) {
  const dialect = dialects.find((each) => each.name === name);
  const route = dialect?.routes.find((each) => each.path === path);
  if (dialect === undefined || route === undefined)
    throw new TesseraError('data_format', `the dialect ${name} no longer has the path ${path}`);
  return { dialect, route };
}

/** An event that its sender has not named takes the name of its row, so that a second replay adds nothing. */
function named(decoded: DecodedEvent, id: string): DecodedEvent {
  const sent = decoded.event.id;
  if (sent !== undefined && sent !== null) return decoded;
  return { ...decoded, event: { ...decoded.event, id } };
}

/** What was no news any more when it was sent again sets nothing off, as with events that come late. */
function withLateness(event: Event, now: EpochMs): Event {
  const budget = defaultLateness[event.channel] ?? limits.latenessOnlineMs;
  return event.late === true || now - event.time <= budget ? event : { ...event, late: true };
}

const IN_THE_LOG: ReadonlySet<ErrorCode> = new Set(['wait_timeout', 'too_many_requests']);

/** What became of them; undefined where they are in the log and nobody could say in time. */
async function bring(
  events: readonly Event[],
  { intake, outcomes, tally }: ReplayOptions,
): Promise<readonly Outcome[] | undefined> {
  const withdraw = outcomes.announce();
  try {
    const places = await intake.append(events, []);
    tally.received.add(events.length);
    return await outcomes.outcomesOf(places);
  } catch (error) {
    if (error instanceof TesseraError && IN_THE_LOG.has(error.code)) return undefined;
    throw error;
  } finally {
    withdraw();
  }
}

/** The first that there is: an item is as bad as the worst of its events, and as new as the newest. */
const WORST: readonly Outcome['status'][] = ['quarantined', 'applied', 'refused', 'duplicate'];

function answerOf(
  { id }: QuarantineRow,
  { events, wasTaken, fault }: Admitted,
  outcomes: readonly Outcome[] | undefined,
): ReplayedEvent {
  if (fault !== undefined) return { quarantine_id: id, status: 'rejected', ...fault };
  const accepted = { quarantine_id: id, status: 'accepted' as const };
  if (outcomes === undefined) return accepted;
  const status = WORST.find((each) => outcomes.some((outcome) => outcome.status === each)) ?? 'duplicate';
  const code = outcomes.find((outcome) => outcome.status === status)?.code;
  const same = wasTaken && events.every((event) => quarantineIdOf(event) === id);
  return {
    ...accepted,
    outcome: status,
    ...(code === undefined ? {} : { code }),
    ...(status === 'quarantined' && !same ? { renamed: true as const } : {}),
  };
}
