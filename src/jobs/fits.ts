import { Pace } from '../background/pace.ts';
import { TesseraError, unreachable } from '../errors.ts';
import { limits } from '../limits.ts';
import type { JsonObject } from '../model/json.ts';
import type { DurationMs } from '../model/time.ts';
import type { ModelDefinition } from '../model/value-model.ts';
import type {
  DefinitionKind,
  Fits as FitService,
  Jobs,
  JobView,
  NamedDefinition,
  ReportProgress,
} from '../serve/services.ts';
import { fitClusters } from './fit/fit-clusters.ts';
import { fitClv } from './fit/fit-clv.ts';
import type { FitParts, FitRun } from './fit/fit-parts.ts';
import { type FitRequest, readFitRequest } from './fit/fit-request.ts';
import { fitRfm } from './fit/fit-rfm.ts';

export interface FitsOptions extends FitParts {
  readonly jobs: Jobs;
  /** Models as the API changes them. */
  readonly models: DefinitionKind;
  /** How old a fitted model may become before it is fitted again; undefined: as old as it likes. */
  readonly every: DurationMs | undefined;
  /** Whether this is the node that does what needs doing once. */
  readonly leads: () => boolean;
  readonly onError: (error: unknown) => void;
}

/** Fits models to history in the background and puts them in force; those in force now and then anew. */
export class Fits implements FitService {
  readonly #options: FitsOptions;
  /** Jobs by name of the model. */
  readonly #jobs = new Map<string, string>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: FitsOptions) {
    this.#options = options;
  }

  start(name: string, body: JsonObject, author: string): JobView {
    const { definitions, clock, jobs } = this.#options;
    const known = jobs.get(this.#jobs.get(name) ?? '');
    if (known?.finished_at === null) return known;
    const request = readFitRequest(name, body, { now: clock.now(), definitions });
    const job = jobs.create({
      kind: 'model_fit',
      author,
      run: async (report, signal) => await this.#run(request, author, { report, signal }),
    });
    this.#jobs.set(name, job.id);
    return job;
  }

  /** Looks now and then whether a model in force has become too old. Idempotent. */
  keepFresh(): void {
    if (this.#options.every === undefined || this.#timer !== undefined) return;
    this.#timer = setInterval(() => this.refresh(), limits.fitLookMs).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Fits again, with the options of the last time, what is older than it may be. */
  refresh(): void {
    const { every, leads, clock, definitions, onError } = this.#options;
    if (every === undefined || !leads()) return;
    for (const { definition } of definitions.entry.models ?? []) {
      const { name, fit } = definition;
      if (fit === undefined || fit.options.as_of !== undefined || clock.now() - fit.as_of < every) continue;
      try {
        // A model that cannot be fitted any more would be tried every time: once per its term is enough.
        if (!this.#isWaiting(name, every)) this.start(name, fit.options, 'schedule');
      } catch (error) {
        onError(error);
      }
    }
  }

  #isWaiting(name: string, every: DurationMs): boolean {
    const last = this.#options.jobs.get(this.#jobs.get(name) ?? '');
    return last !== undefined && this.#options.clock.now() - last.created_at < every;
  }

  async #run(
    request: FitRequest,
    author: string,
    { report, signal }: { readonly report: ReportProgress; readonly signal: AbortSignal },
  ): Promise<JsonObject> {
    const { models, clock } = this.#options;
    const { editor } = models;
    if (editor === undefined) throw new TesseraError('internal', 'models cannot be changed');
    const run: FitRun = { parts: this.#options, report, pace: new Pace(clock, signal) };
    const fitted = await fitModel(request, run);
    // A definition is plain JSON.
    const checked = editor.check(fitted.name, fitted as unknown as NamedDefinition);
    return await editor.put(checked, author);
  }
}

function fitModel(request: FitRequest, run: FitRun): Promise<ModelDefinition> {
  switch (request.type) {
    case 'clv':
      return fitClv(request, run);
    case 'rfm':
      return fitRfm(request, run);
    case 'clusters':
      return fitClusters(request, run);
    default:
      return unreachable(request);
  }
}
