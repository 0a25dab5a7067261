import { type BackfillParts, giveUpBackfill, runBackfill } from './backfill/run-backfill.ts';
import { canBeFilled } from './change-backfill.ts';
import { sourcesIn } from './definitions.ts';
import { TesseraError } from './errors.ts';
import { compileExpression } from './features/derived/compile-expression.ts';
import { parseExpression } from './features/derived/parse.ts';
import { STOPPED } from './jobs.ts';
import type { NumberedDefinition } from './model/definitions.ts';
import type { JsonObject } from './model/json.ts';
import type { Backfills as BackfillService, Jobs, JobView, ReportProgress } from './serve/services.ts';

export interface BackfillsOptions extends BackfillParts {
  readonly jobs: Jobs;
}

/** Which features a job fills. */
interface Wanted {
  readonly source: string;
  readonly features: readonly string[];
  readonly author: string;
}

/**
 * Jobs that fill features from history, all windows of a definition at once. One is at work at a time, since that is how
 * jobs run; those that wait are forgotten by a restart, the one at work is taken up again under its id.
 */
export class Backfills implements BackfillService {
  readonly #options: BackfillsOptions;
  /** Unfinished jobs by definition. */
  readonly #jobs = new Map<string, string>();

  constructor(options: BackfillsOptions) {
    this.#options = options;
  }

  start(name: string, author: string): JobView {
    const { source, features } = this.#find(name);
    const known = this.#options.jobs.get(this.#jobs.get(source) ?? '');
    if (known?.finished_at === null) return known;
    return this.#create({ source, features, author });
  }

  /** Goes on with what the last process has left. */
  resume(): void {
    const { backfill } = this.#options.definitions.entry;
    if (backfill === undefined) return;
    const { id, source, author } = backfill;
    this.#create({ source, features: backfill.features.map(({ name }) => name), author }, id);
  }

  #create({ source, features, author }: Wanted, taken?: string): JobView {
    const job = this.#options.jobs.create({
      kind: 'feature_backfill',
      author,
      ...(taken === undefined ? {} : { id: taken }),
      run: (report, signal, id) => this.#run({ source, features, author, id, report, signal }),
    });
    this.#jobs.set(source, job.id);
    return job;
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
      if (this.#jobs.get(request.source) === request.id) this.#jobs.delete(request.source);
    }
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
