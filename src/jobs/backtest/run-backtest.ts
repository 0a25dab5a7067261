import { Pace } from '../../background/pace.ts';
import { Definitions } from '../../definitions/definitions.ts';
import type { DefinitionsEntry } from '../../model/definitions.ts';
import type { Event } from '../../model/event.ts';
import type { JsonObject } from '../../model/json.ts';
import { DAY_MS, type EpochMs } from '../../model/time.ts';
import type { Firing, TriggerDefinition } from '../../model/trigger.ts';
import { versionOf } from '../../model/version-of.ts';
import type { Clock } from '../../ports/clock.ts';
import type { History } from '../../ports/history.ts';
import type { ReportProgress } from '../../serve/services.ts';
import { typesIn } from '../../triggers/patterns/event-test.ts';
import { BacktestReport } from './backtest-report.ts';
import { FollowedOrders } from './followed-orders.ts';
import {
  countPeople,
  type PastClock,
  type PastPage,
  type PastPeopleOptions,
  readPeople,
} from './past-people.ts';
import { type OtherTriggers, replayPage } from './replay-page.ts';

export interface BacktestParts {
  readonly history: Pick<History, 'query'>;
  readonly definitions: Definitions;
  readonly clock: Clock;
}

export interface BacktestRequest {
  readonly trigger: TriggerDefinition;
  /** Decisions from here on are reported, those before are remembered. */
  readonly from: EpochMs;
  readonly to: EpochMs;
  readonly clock: PastClock;
  /** Orders of so many days after a firing are looked at. */
  readonly followDays: number;
  readonly report: ReportProgress;
  readonly signal: AbortSignal;
  /** Every decision, as it is found. */
  readonly onDecision?: (firing: Firing) => void;
}

/**
 * Runs a trigger over the past: page after page of people, each through the stage that decides live, with the append times
 * that history has. What the trigger had decided by itself is left out, what others had decided counts.
 */
export async function runBacktest(parts: BacktestParts, request: BacktestRequest): Promise<JsonObject> {
  const { trigger, from, to, followDays, report, clock } = request;
  const { entry, reportingCurrency } = parts.definitions;
  const definitions = new Definitions({ reportingCurrency });
  definitions.follow(entryWith(trigger, entry));
  const pace = new Pace(parts.clock, request.signal);
  const until = Math.min(to + followDays * DAY_MS, parts.clock.now() + 1);
  const past: PastPeopleOptions = { history: parts.history, pace, until, clock, trigger: trigger.name };
  const run = new BacktestRun(definitions, { ...request, others: othersOf(entry), pace });
  const total = await countPeople(past);
  let done = 0;
  for await (const page of readPeople(past)) {
    await run.take(page);
    done += page.done;
    report({ done: Math.min(done, total), total, note: `${trigger.name}: ${run.firings} firings` });
    await pace.rest();
  }
  return { trigger: trigger.name, version: versionOf(trigger), from, to, clock, ...run.describe() };
}

interface RunOptions extends BacktestRequest {
  readonly others: OtherTriggers;
  readonly pace: Pace;
}

class BacktestRun {
  readonly #definitions: Definitions;
  readonly #options: RunOptions;
  readonly #report = new BacktestReport();
  readonly #followed: FollowedOrders;
  firings = 0;
  #events = 0;
  #skipped = 0;

  constructor(definitions: Definitions, options: RunOptions) {
    this.#definitions = definitions;
    this.#options = options;
    const { from, to, followDays: days, trigger } = options;
    this.#followed = new FollowedOrders({ from, to, days, types: typesOf(trigger) });
  }

  async take(page: PastPage): Promise<void> {
    const { others, pace, to, from } = this.#options;
    const before = {
      ...page,
      events: page.events.filter(({ at }) => at < to),
      moves: page.moves.filter(({ at }) => at < to),
    };
    const all = await replayPage(before, { definitions: this.#definitions, others, until: to - 1, pace });
    const firings = all.filter(({ at }) => at >= from && at < to);
    this.#events += before.events.length;
    this.#skipped += page.skipped;
    const byFamily = new Map<string, { events: Event[]; firings: Firing[] }>();
    const familyOf = (profile: string): { events: Event[]; firings: Firing[] } => {
      const name = page.families.get(profile) ?? profile;
      const family = byFamily.get(name) ?? { events: [], firings: [] };
      byFamily.set(name, family);
      return family;
    };
    for (const { profile, event } of page.events) familyOf(profile).events.push(event);
    for (const firing of firings) familyOf(firing.profile_id).firings.push(firing);
    for (const family of byFamily.values()) this.#tell(family);
  }

  describe(): JsonObject {
    return {
      events: this.#events,
      skipped_profiles: this.#skipped,
      ...this.#report.describe(),
      followed: this.#followed.describe(),
    };
  }

  #tell({
    events,
    firings,
  }: {
    readonly events: readonly Event[];
    readonly firings: readonly Firing[];
  }): void {
    const fired = firings.filter(({ decision }) => decision === 'fired');
    this.firings += fired.length;
    for (const firing of firings) this.#options.onDecision?.(firing);
    this.#report.add(firings);
    this.#followed.add({ events, firings: fired });
  }
}

/** What is in force as if it had been from the start, with one trigger, and nothing that sends anything. */
function entryWith(trigger: TriggerDefinition, entry: DefinitionsEntry): DefinitionsEntry {
  const {
    backfill: _b,
    requested: _r,
    templates: _t,
    webhooks: _w,
    coupons: _c,
    placements: _p,
    ...rest
  } = entry;
  return {
    ...rest,
    features: entry.features.map((each) => ({ ...each, origin: true })),
    triggers: [{ version: versionOf(trigger), definition: trigger }],
  };
}

function othersOf({ triggers }: DefinitionsEntry): OtherTriggers {
  return new Map(
    triggers.map(({ definition: { name, group = '', purpose, priority = 0 } }) => [
      name,
      { group, priority, service: purpose === 'service' },
    ]),
  );
}

/** Types of the events that bring a pattern forward. */
function typesOf({ on }: TriggerDefinition): ReadonlySet<string> {
  if ('count' in on) return new Set(typesIn(on.of));
  if ('sequence' in on) return new Set(on.sequence.flatMap((step) => ('not' in step ? [] : typesIn(step))));
  return new Set('event' in on ? typesIn(on) : []);
}
