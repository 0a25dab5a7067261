import type { JsonObject } from '../model/json.ts';
import type { EpochMs } from '../model/time.ts';
import type { JobView } from './services.ts';

/** What is kept how long, and what has become of that. */
export interface RetentionView extends JsonObject {
  readonly rules: readonly JsonObject[];
  /** The result of the last run on this node; null before there was one. */
  readonly last_run: JsonObject | null;
  readonly last_run_at: EpochMs | null;
}

/** Lets go what the rules of retention no longer keep. */
export interface Retention {
  view(): RetentionView;
  /** The job; one at a time. `dry` only says what would go. */
  run(options: { readonly dry: boolean }, author: string): JobView;
}
