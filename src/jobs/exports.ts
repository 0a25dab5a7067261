import { randomUUID, timingSafeEqual } from 'node:crypto';
import type { Readable } from 'node:stream';
import type { Definitions } from '../definitions/definitions.ts';
import type { HistoryReach } from '../desks/profile-history/history-reach.ts';
import { TesseraError } from '../errors.ts';
import { limits } from '../limits.ts';
import { HOUR_MS } from '../model/time.ts';
import type { AuditTrail } from '../ports/audit.ts';
import type { Clock } from '../ports/clock.ts';
import type { ExportFiles } from '../ports/export-files.ts';
import type { History } from '../ports/history.ts';
import type { StateReader } from '../ports/state.ts';
import type { EntryCodec } from '../runner/entry-cache.ts';
import type { Exports, ExportView } from '../serve/export-service.ts';
import type { Jobs, JobView } from '../serve/services.ts';
import type { OpenSealed } from './export/open-values.ts';
import { type ExportSources, writeArchive, writeExport } from './export/write-export.ts';

export interface ExportsOptions {
  readonly files: ExportFiles;
  readonly jobs: Jobs;
  readonly clock: Clock;
  readonly state: Pick<StateReader, 'read'>;
  readonly codec: EntryCodec;
  readonly definitions: Definitions;
  readonly history: Pick<History, 'query'>;
  readonly reach: Pick<HistoryReach, 'now'>;
  readonly open: OpenSealed;
  readonly sealer: ExportSources['sealer'];
  readonly readerNow: ExportSources['readerNow'];
  /** The profile of an id or identifier, as merges have left it. */
  readonly find: (profile: string) => Promise<string | undefined>;
  readonly audit: Pick<AuditTrail, 'record'>;
  readonly onError: (error: unknown) => void;
}

interface Held {
  view: ExportView;
  /** Of the file; undefined until it is written and after it is gone. */
  key?: Uint8Array;
  /** Somebody is reading it. */
  busy: boolean;
}

/**
 * Files with what is held of people. The key of a file is in its link and in the memory of this process, and nowhere else: a
 * restart, or the end of its time, makes what lies on the disk unreadable, and then it is removed.
 */
export class PersonExports implements Exports {
  readonly #options: ExportsOptions;
  /** In order of their creation. */
  readonly #held = new Map<string, Held>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ExportsOptions) {
    this.#options = options;
  }

  /** Removes what an earlier process has left, and from now on what is over. Idempotent. */
  async begin(): Promise<void> {
    if (this.#timer !== undefined) return;
    this.#timer = setInterval(() => {
      this.sweep().catch(this.#options.onError);
    }, limits.exportSweepMs).unref();
    await this.#options.files.clear();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
    for (const id of [...this.#held.keys()]) await this.#drop(id);
  }

  /** Removes files whose time is over. */
  async sweep(): Promise<void> {
    const now = this.#options.clock.now();
    for (const [id, { view }] of [...this.#held])
      if (view.expires_at !== null && view.expires_at <= now) await this.#drop(id);
  }

  async start(
    profile: string,
    author: string,
    hours: number = limits.exportHoursDefault,
  ): Promise<{ readonly job: JobView; readonly export: ExportView }> {
    const found = await this.#options.find(profile);
    if (found === undefined) throw new TesseraError('profile_not_found');
    await this.#makeRoom();
    const id = `x-${randomUUID()}`;
    const job = this.#options.jobs.create({
      kind: 'export',
      author,
      run: async (report, signal) => {
        report({ done: 0, total: 0, note: 'writing what is held' });
        return { export: await this.#write(id, { profiles: [found], list: false, author, hours, signal }) };
      },
    });
    this.#held.set(id, { busy: false, view: this.#founded(id, found, job.id) });
    return { job, export: this.view(id) };
  }

  view(id: string): ExportView {
    const held = this.#held.get(id);
    if (held === undefined) throw new TesseraError('export_not_found');
    const { key, view } = held;
    if (view.status !== 'ready' || key === undefined) return view;
    return { ...view, link: linkOf(id, key) };
  }

  /**
   * What is held of many people, in one file: a JSON list. It outlives them for its hours, which is what it is for. Answers once
   * it is written.
   */
  async archive(profiles: readonly string[], author: string, signal: AbortSignal): Promise<ExportView> {
    await this.#makeRoom();
    const id = `x-${randomUUID()}`;
    this.#held.set(id, { busy: false, view: this.#founded(id, '', '') });
    return await this.#write(id, { profiles, list: true, author, hours: limits.exportHoursMax, signal });
  }

  async open(
    id: string,
    token: string,
    author: string,
  ): Promise<{ readonly text: Readable; readonly profile: string }> {
    const held = this.#held.get(id);
    if (held === undefined) throw new TesseraError('export_not_found');
    const { status, profile_id: profile, expires_at: until } = held.view;
    if (status === 'writing') throw new TesseraError('export_not_ready');
    const { key } = held;
    if (status !== 'ready' || key === undefined) throw new TesseraError('export_taken');
    const over = until !== null && until <= this.#options.clock.now();
    if (over || !isSame(token, key)) throw new TesseraError('export_not_found');
    // Two who read at once would both have it.
    if (held.busy) throw new TesseraError('export_not_ready', 'Somebody is reading the export.');
    held.busy = true;
    try {
      const entry = { action: 'data_exported', author, subjects: [profile], target: id } as const;
      await this.#options.audit.record({ ...entry, detail: 'handed out' });
    } catch (error) {
      held.busy = false;
      throw error;
    }
    return { text: this.#reading(id, held, key), profile };
  }

  /** Read to its end it is taken; broken off it may be read again. */
  #reading(id: string, held: Held, key: Uint8Array): Readable {
    const text = this.#options.files.read(id, key);
    let whole = false;
    text.once('end', () => {
      whole = true;
    });
    text.once('close', () => {
      held.busy = false;
      if (whole) this.#taken(id, held);
    });
    return text;
  }

  async forget(profiles: readonly string[]): Promise<void> {
    const gone = new Set(profiles);
    for (const [id, { view }] of [...this.#held]) {
      if (!gone.has(view.profile_id)) continue;
      if (view.status === 'writing') await this.#options.jobs.cancel(view.job);
      await this.#drop(id);
    }
  }

  #founded(id: string, profile: string, job: string): ExportView {
    const times = { created_at: this.#options.clock.now(), expires_at: null };
    return { id, profile_id: profile, job, status: 'writing', ...times, bytes: 0 };
  }

  async #write(id: string, { profiles, list, author, hours, signal }: Writing): Promise<ExportView> {
    const { files, audit, clock, reach, jobs: _jobs, ...sources } = this.#options;
    try {
      await reach.now();
      const reading = { ...sources, now: clock.now(), signal };
      const [only = ''] = profiles;
      const text = list ? writeArchive(profiles, reading) : writeExport(only, reading);
      const { key, bytes } = await files.write(id, text, limits.exportBytesMax);
      const held = this.#held.get(id);
      // Its person was erased meanwhile.
      if (held === undefined) {
        await files.remove(id);
        throw new TesseraError('export_taken');
      }
      const subjects = profiles.slice(0, limits.auditSubjectsMax);
      const count = profiles.length;
      await audit.record({ action: 'data_exported', author, subjects, count, target: id, via: 'export' });
      const expires = clock.now() + hours * HOUR_MS;
      held.key = key;
      held.view = { ...held.view, status: 'ready', bytes, expires_at: expires };
      return held.view;
    } catch (error) {
      const held = this.#held.get(id);
      if (held !== undefined)
        held.view = { ...held.view, status: 'failed', expires_at: clock.now() + HOUR_MS };
      await files.remove(id);
      throw error;
    }
  }

  #taken(id: string, held: Held): void {
    delete held.key;
    held.view = { ...held.view, status: 'taken' };
    this.#options.files.remove(id).catch(this.#options.onError);
  }

  async #drop(id: string): Promise<void> {
    this.#held.delete(id);
    await this.#options.files.remove(id);
  }

  /** What was handed out makes room first; what somebody still waits for makes none. */
  async #makeRoom(): Promise<void> {
    if (this.#held.size < limits.exportsKept) return;
    for (const [id, { view }] of this.#held) {
      if (view.status !== 'taken' && view.status !== 'failed') continue;
      await this.#drop(id);
      return;
    }
    throw new TesseraError('too_many_requests', `${limits.exportsKept} exports wait to be read.`);
  }
}

interface Writing {
  readonly profiles: readonly string[];
  /** Also one alone stands in a list. */
  readonly list: boolean;
  readonly author: string;
  readonly hours: number;
  readonly signal: AbortSignal;
}

function linkOf(id: string, key: Uint8Array): string {
  return `/v1/privacy/exports/${id}/file?token=${Buffer.from(key).toString('base64url')}`;
}

function isSame(token: string, key: Uint8Array): boolean {
  const given = Buffer.from(token, 'base64url');
  return given.length === key.length && timingSafeEqual(given, key);
}
