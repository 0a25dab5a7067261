import { Pace } from '../background/pace.ts';
import type { HistoryReach } from '../desks/profile-history/history-reach.ts';
import { limits } from '../limits.ts';
import type { JsonObject } from '../model/json.ts';
import type { RetentionDefinition } from '../model/retention.ts';
import type { EpochMs } from '../model/time.ts';
import type { AuditTrail } from '../ports/audit.ts';
import type { Clock } from '../ports/clock.ts';
import type { History } from '../ports/history.ts';
import type { Retention, RetentionView } from '../serve/retention-service.ts';
import type { Jobs, JobView, ReportProgress } from '../serve/services.ts';
import type { PersonExports } from './exports.ts';
import { type DormantOptions, dormantPeople } from './retention/dormant-people.ts';
import { expiredRows } from './retention/expired-rows.ts';

export interface RetentionsOptions extends Omit<DormantOptions, 'now' | 'history'> {
  readonly jobs: Jobs;
  readonly clock: Clock;
  readonly history: Pick<History, 'query' | 'expire'>;
  readonly reach: Pick<HistoryReach, 'now'>;
  readonly exports: Pick<PersonExports, 'archive'>;
  /** Has people erased, as whoever asks for it; the erasure goes on by itself. */
  readonly erase: (profiles: readonly string[], author: string) => Promise<{ readonly id: string }>;
  readonly audit: Pick<AuditTrail, 'record'>;
  /** Whether this is the node that does what needs doing once. */
  readonly leads: () => boolean;
  readonly onError: (error: unknown) => void;
}

interface Run {
  readonly dry: boolean;
  readonly author: string;
  readonly report: ReportProgress;
  readonly signal: AbortSignal;
}

/** Whoever a run by the schedule is in the name of. */
const SCHEDULE = 'schedule';

/** Runs the rules of retention, once a day by itself where there are any, or when somebody asks. */
export class Retentions implements Retention {
  readonly #options: RetentionsOptions;
  #job = '';
  #lastAt: EpochMs | null = null;
  #last: JsonObject | null = null;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: RetentionsOptions) {
    this.#options = options;
  }

  /** Looks now and then whether a run is due. Idempotent. */
  begin(): void {
    this.#timer ??= setInterval(() => this.look(), limits.retentionLookMs).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Begins a run where one is due. */
  look(): void {
    const { leads, clock, onError } = this.#options;
    const recent = this.#lastAt !== null && clock.now() - this.#lastAt < limits.retentionEveryMs;
    if (recent || this.#rules.length === 0 || !leads()) return;
    try {
      this.run({ dry: false }, SCHEDULE);
    } catch (error) {
      onError(error);
    }
  }

  view(): RetentionView {
    const rules = (this.#options.definitions.entry.retention ?? []).map(
      ({ definition, version }): JsonObject => ({ ...plain(definition), version }),
    );
    return { rules, last_run: this.#last, last_run_at: this.#lastAt };
  }

  run({ dry }: { readonly dry: boolean }, author: string): JobView {
    const { jobs } = this.#options;
    const known = jobs.get(this.#job);
    if (known?.finished_at === null) return known;
    const job = jobs.create({
      kind: dry ? 'retention_dry_run' : 'retention',
      author,
      run: (report, signal) => this.#run({ dry, author, report, signal }),
    });
    this.#job = job.id;
    return job;
  }

  get #rules(): readonly RetentionDefinition[] {
    return (this.#options.definitions.entry.retention ?? []).map(({ definition }) => definition);
  }

  async #run(run: Run): Promise<JsonObject> {
    const { clock, audit, reach } = this.#options;
    const { dry, author } = run;
    // What is open between people and the house stands in history.
    await reach.now();
    const at = clock.now();
    const rules = this.#rules;
    const rows = await this.#letGo(rules, at, run);
    const dormant = rules.find((rule) => rule.dormant !== undefined);
    const people = dormant === undefined ? null : await this.#dormant(dormant, at, run);
    const result = { dry_run: dry, at, rows, dormant: people };
    if (dry) return result;
    const count = rows.reduce((sum, each) => sum + Number(each.rows), 0);
    await audit.record({ action: 'privacy_job', author, via: 'retention', count });
    this.#last = result;
    this.#lastAt = at;
    return result;
  }

  async #letGo(
    rules: readonly RetentionDefinition[],
    now: EpochMs,
    { dry, report, signal }: Run,
  ): Promise<readonly JsonObject[]> {
    const { history, clock } = this.#options;
    const pace = new Pace(clock, signal);
    const gone: JsonObject[] = [];
    const expired = expiredRows(rules, now);
    for (const [done, each] of expired.entries()) {
      report({ done, total: expired.length, note: dry ? 'counting rows' : 'deleting rows' });
      pace.check();
      const { rule, ...which } = each;
      gone.push({ rule, ...which, rows: await history.expire(which, { dry }) });
    }
    return gone;
  }

  async #dormant(rule: RetentionDefinition, now: EpochMs, run: Run): Promise<JsonObject> {
    const { clock, exports, erase } = this.#options;
    const { dry, author, report, signal } = run;
    report({ done: 0, total: 0, note: 'looking for dormant people' });
    const found = await dormantPeople(rule, { ...this.#options, now }, new Pace(clock, signal));
    const { profiles, staying, more } = found;
    const shown = {
      rule: rule.name,
      days: rule.days,
      profiles: profiles.length,
      staying: { ...staying },
      more,
      first: profiles.slice(0, limits.dormantShown),
    };
    if (dry || rule.dormant?.action !== 'erase' || profiles.length === 0) return shown;
    report({ done: 0, total: profiles.length, note: 'writing down what is held of them' });
    const archive = await exports.archive(profiles, author, signal);
    const erasures: string[] = [];
    for (let from = 0; from < profiles.length; from += limits.dormantErasedAtOnce) {
      const { id } = await erase(profiles.slice(from, from + limits.dormantErasedAtOnce), author);
      erasures.push(id);
    }
    return { ...shown, export: archive.id, erasures };
  }
}

/** A definition is plain JSON. */
function plain(definition: RetentionDefinition): JsonObject {
  return definition as unknown as JsonObject;
}
