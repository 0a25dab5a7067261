import { sourcesIn } from '../definitions/sources-in.ts';
import { TesseraError } from '../errors.ts';
import { compileExpression } from '../features/derived/compile-expression.ts';
import { parseExpression } from '../features/derived/parse.ts';
import { limits } from '../limits.ts';
import type { NumberedDefinition } from '../model/definitions.ts';
import type { JsonObject } from '../model/json.ts';
import { canBeFilled } from '../pipeline/change-backfill.ts';
import type { Backfills as BackfillService, Jobs, JobView, ReportProgress } from '../serve/services.ts';
import { type BackfillParts, giveUpBackfill, recordRequest, runBackfill } from './backfill/run-backfill.ts';
import { STOPPED } from './jobs.ts';

export interface BackfillsOptions extends BackfillParts {
  readonly jobs: Jobs;
}

/** Which features a job fills. */
interface Wanted {
  readonly source: string;
  readonly features: readonly string[];
  readonly author: string;
}

interface Started {
  readonly id: string;
  /** Resolves once a restart would know of it. */
  readonly recorded: Promise<void>;
}

/**
 * Jobs that fill features from history, all windows of a definition at once. One is at work at a time, since that is how
 * jobs run. What was answered is in the log: after a restart the one at work and those that wait are taken up again under
 * their ids, in their order.
 */
export class Backfills implements BackfillService {
  readonly #options: BackfillsOptions;
  /** Unfinished jobs by definition. */
  readonly #jobs = new Map<string, Started>();

  constructor(options: BackfillsOptions) {
    this.#options = options;
  }

  async start(name: string, author: string): Promise<JobView> {
    const { jobs } = this.#options;
    const { source, features } = this.#find(name);
    const known = this.#jobs.get(source);
    const under = known !== undefined && jobs.get(known.id)?.finished_at === null ? known : undefined;
    const { id, recorded } = under ?? this.#create({ source, features, author });
    try {
      await recorded;
    } catch (error) {
      await jobs.cancel(id);
      throw error;
    }
    const job = jobs.get(id);
    if (job === undefined) throw new TesseraError('job_not_found');
    return job;
  }

  /** Goes on with what the last process has left. */
  resume(): void {
    const { backfill, requested = [] } = this.#options.definitions.entry;
    const begun =
      backfill === undefined
        ? []
        : [{ ...backfill, features: backfill.features.map((feature) => feature.name) }];
    // More would not fit among the jobs; those that are left over are taken up by the next start.
    for (const each of [...begun, ...requested].slice(0, limits.jobsKept)) this.#create(each, each.id);
  }

  #create(wanted: Wanted, taken?: string): Started {
    let recording = taken === undefined ? undefined : Promise.resolve();
    // The job may be at work before `create` has answered: whoever comes first records it.
    const record = (id: string): Promise<void> => {
      recording ??= recordRequest(this.#options, { ...wanted, id });
      return recording;
    };
    const { id } = this.#options.jobs.create({
      kind: 'feature_backfill',
      author: wanted.author,
      ...(taken === undefined ? {} : { id: taken }),
      run: async (report, signal, id) => {
        await record(id);
        return await this.#run({ ...wanted, id, report, signal });
      },
      withdraw: async (id) => {
        await record(id);
        await giveUpBackfill(this.#options, id);
        this.#forget(wanted.source, id);
      },
    });
    const started = { id, recorded: record(id) };
    this.#jobs.set(wanted.source, started);
    return started;
  }

  async #run(
    request: Wanted & { readonly id: string; readonly report: ReportProgress; readonly signal: AbortSignal },
  ): Promise<JsonObject> {
    try {
      return await runBackfill(this.#options, request);
    } catch (error) {
      // What the engine's stop interrupts goes on after its start.
      if (request.signal.reason !== STOPPED) await giveUpBackfill(this.#options, request.id);
      throw error;
    } finally {
      this.#forget(request.source, request.id);
    }
  }

  #forget(source: string, id: string): void {
    if (this.#jobs.get(source)?.id === id) this.#jobs.delete(source);
  }

  #find(name: string): { readonly source: string; readonly features: readonly string[] } {
    const { entry } = this.#options.definitions;
    const sources = sourcesIn(entry);
    const source =
      sources.find(({ definition }) => definition.name === name) ??
      sources.find(({ features }) => features.includes(name));
    if (source === undefined) throw new TesseraError('not_found', `There is no feature ${name}.`);
    const own = entry.features.filter(({ definition }) => source.features.includes(definition.name));
    const features = own.filter(({ definition, origin }) => canBeFilled(definition, origin));
    if (features.length === 0) throw refusal(own);
    return { source: source.definition.name, features: features.map(({ definition }) => definition.name) };
  }
}

function refusal(features: readonly NumberedDefinition[]): TesseraError {
  const inputs = features.flatMap(({ definition: { expression } }) =>
    expression === undefined ? [] : compileExpression(parseExpression(expression)).features,
  );
  if (inputs.length === 0) return new TesseraError('feature_complete');
  const named = [...new Set(inputs)].join(', ');
  return new TesseraError('feature_derived', `The feature is computed when read, from ${named}: fill those.`);
}
