import { TesseraError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { JsonObject } from '../model/json.ts';
import type { Clock } from '../ports/clock.ts';
import type { JobProgress, JobRequest, Jobs, JobView } from '../serve/services.ts';

/**
 * Background work that somebody asked for and comes back to look at. Jobs live in memory and end with the process:
 * what they compute can be asked for again. What must last keeps its own state, and takes up its job by its id. Both what runs and what is
 * remembered is bounded; the oldest finished job makes room for a new one.
 */
/** Why the signal of a job was given: the engine stops, which is not the end of work that lasts. */
export const STOPPED = 'stopped';

export interface JobRegistryOptions {
  readonly clock: Clock;
  /** Told of failures without a code, whose text stays out of answers. */
  readonly onError: (error: unknown, kind: string) => void;
}

interface Job {
  readonly request: JobRequest;
  readonly aborting: AbortController;
  view: JobView;
}

export class JobRegistry implements Jobs {
  readonly #options: JobRegistryOptions;
  /** In order of their creation. */
  readonly #jobs = new Map<string, Job>();
  readonly #running = new Set<Promise<void>>();
  #created = 0;
  #stopped = false;

  constructor(options: JobRegistryOptions) {
    this.#options = options;
  }

  create(request: JobRequest): JobView {
    if (this.#stopped) throw new TesseraError('stopping');
    this.#makeRoom();
    const now = this.#options.clock.now();
    // The time tells jobs of this process from those of the one before it, whose ids people may still ask for.
    const id = request.id ?? `j-${now.toString(36)}-${++this.#created}`;
    const view: JobView = {
      id,
      kind: request.kind,
      author: request.author,
      status: 'queued',
      progress: { done: 0, total: 0, note: '' },
      created_at: now,
      started_at: null,
      finished_at: null,
    };
    this.#jobs.set(id, { request, aborting: new AbortController(), view });
    this.#startNext();
    return this.get(id) ?? view;
  }

  get(id: string): JobView | undefined {
    return this.#jobs.get(id)?.view;
  }

  list(): readonly JobView[] {
    return [...this.#jobs.values()].map((job) => job.view).reverse();
  }

  /** A queued job is canceled at once, a running one as soon as it notices; a finished one stays as it is. */
  async cancel(id: string): Promise<JobView | undefined> {
    const job = this.#jobs.get(id);
    const ended = this.#end(id, 'canceled');
    if (job?.view.started_at === null) await job.request.withdraw?.(id);
    return ended;
  }

  #end(id: string, reason: string): JobView | undefined {
    const job = this.#jobs.get(id);
    if (job === undefined) return undefined;
    job.aborting.abort(reason);
    if (job.view.status === 'queued') this.#finish(job, { status: 'canceled' });
    return job.view;
  }

  /** Cancels everything and waits until nothing runs any more. Idempotent. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const id of this.#jobs.keys()) this.#end(id, STOPPED);
    await Promise.all(this.#running);
  }

  #makeRoom(): void {
    if (this.#jobs.size < limits.jobsKept) return;
    for (const [id, { view }] of this.#jobs) {
      if (view.finished_at === null) continue;
      this.#jobs.delete(id);
      return;
    }
    throw new TesseraError('too_many_requests', `${limits.jobsKept} jobs are waiting; cancel some of them.`);
  }

  #startNext(): void {
    for (const job of this.#jobs.values()) {
      if (this.#stopped || this.#running.size >= limits.jobsAtOnce) return;
      if (job.view.status !== 'queued') continue;
      job.view = { ...job.view, status: 'running', started_at: this.#options.clock.now() };
      const run: Promise<void> = this.#run(job).finally(() => {
        this.#running.delete(run);
        this.#startNext();
      });
      this.#running.add(run);
    }
  }

  async #run(job: Job): Promise<void> {
    const { signal } = job.aborting;
    const report = (progress: JobProgress): void => {
      if (job.view.status === 'running') job.view = { ...job.view, progress };
    };
    try {
      const result = await job.request.run(report, signal, job.view.id);
      this.#finish(job, signal.aborted ? { status: 'canceled' } : { status: 'done', result });
    } catch (error) {
      this.#finish(job, signal.aborted ? { status: 'canceled' } : this.#failureOf(error, job));
    }
  }

  #failureOf(error: unknown, { request }: Job): Pick<JobView, 'status' | 'error'> {
    const known = error instanceof TesseraError && error.code !== 'internal' ? error : undefined;
    if (known === undefined) this.#options.onError(error, request.kind);
    const { code, message } = known ?? new TesseraError('internal');
    return { status: 'failed', error: { code, detail: message } };
  }

  #finish(job: Job, end: Pick<JobView, 'status'> & { result?: JsonObject; error?: JobView['error'] }): void {
    const { error, result, status } = end;
    job.view = {
      ...job.view,
      status,
      // What turns out not to be needed is done as well.
      ...(status === 'done' ? { progress: { ...job.view.progress, done: job.view.progress.total } } : {}),
      finished_at: this.#options.clock.now(),
      ...(result === undefined ? {} : { result }),
      ...(error === undefined ? {} : { error }),
    };
  }
}
