import { Definitions } from '../../src/definitions/definitions.ts';
import type { Effect } from '../../src/model/effect.ts';
import { EMPTY_POLICY } from '../../src/model/identity-policy.ts';
import type { LogRecord, MessageBody } from '../../src/model/record.ts';
import type { Firing } from '../../src/model/trigger.ts';
import { createPipeline, type Stage } from '../../src/pipeline/pipeline.ts';
import { createRandom } from '../simulation/random.ts';
import { MapView, recordingContext } from '../support/fold-world.ts';
import type { NaiveWorld } from './naive-person.ts';
import type { NaiveDecision } from './naive-trigger-forms.ts';
import { NaiveTriggers } from './naive-triggers.ts';
import type { Traffic } from './trigger-stream.ts';

/**
 * The pipeline and the oracle over the same records. Alarms are brought as the seed says: at once, later than what came
 * after them, twice, or not at all.
 */
export interface Contest {
  readonly seed: number;
  readonly world: NaiveWorld;
  readonly traffic: readonly Traffic[];
  /** The most that a wake may be late. */
  readonly lateMs: number;
  /** A mistake, planted to be found. */
  readonly mistake?: Mistake;
}

export interface Mistake {
  readonly name: string;
  readonly stage?: (stage: Stage) => Stage;
  /** What the engine takes for what is in force. */
  readonly world?: (world: NaiveWorld) => NaiveWorld;
}

export interface Difference {
  readonly place: number;
  readonly record: string;
  readonly engine: readonly NaiveDecision[];
  readonly oracle: readonly NaiveDecision[];
}

export interface Verdict {
  readonly differences: readonly Difference[];
  /** What the oracle decided. */
  readonly decisions: readonly NaiveDecision[];
}

interface Wake {
  readonly now: number;
  readonly profile: string;
  readonly at: number;
}

export function contest(options: Contest): Verdict {
  return new Run(options).run();
}

/** What is due is decided as of its time when it is brought within a minute. */
const TOLERATED = 60_000;

const DIFFERENCES_MAX = 5;

class Run {
  readonly #options: Contest;
  readonly #random;
  readonly #view = new MapView();
  readonly #stage: Stage;
  readonly #oracle: NaiveTriggers;
  readonly #known = new Set<string>();
  readonly #differences: Difference[] = [];
  #wakes: Wake[] = [];
  #firings: Firing[] = [];
  #told = 0;
  #seq = 0;
  #now = 0;

  constructor(options: Contest) {
    this.#options = options;
    this.#random = createRandom(options.seed);
    this.#oracle = new NaiveTriggers(options.world);
    const definitions = new Definitions({ reportingCurrency: 'CNY' });
    const { people } = createPipeline({ space: 'test', dedupKey: '00', definitions });
    const { mistake, world } = options;
    this.#stage = mistake?.stage?.(people) ?? people;
    const { features, triggers, messaging, segments } = mistake?.world?.(world) ?? world;
    this.#fold({
      ...{ kind: 'definitions', author: 'test', identity: EMPTY_POLICY, triggers, messaging },
      features: features.map(({ definition }) => definition),
      segments,
    });
  }

  run(): Verdict {
    for (const record of this.#options.traffic) {
      this.#wakeUntil(record.now);
      this.#take(record);
      if (this.#differences.length >= DIFFERENCES_MAX) break;
    }
    if (this.#differences.length < DIFFERENCES_MAX) this.#wakeUntil(this.#now + 40 * 86_400_000);
    return { differences: this.#differences, decisions: this.#oracle.decisions };
  }

  #take(record: Traffic): void {
    this.#now = record.now;
    this.#oracle.take(record);
    if (record.kind === 'event') this.#fold({ kind: 'routed', profile: record.profile, event: record.event });
    else {
      const { kind: reason, from, to } = record;
      const facets = record.kind === 'split' ? record.facets : [];
      this.#deliver({ type: 'move', reason, move: ++this.#seq, from, to, facets });
    }
    this.#compare(JSON.stringify(record));
  }

  /** Whatever is due by then rings, as the seed has it. */
  #wakeUntil(now: number): void {
    for (;;) {
      for (const key of this.#view.under<object>('t/').keys()) this.#plan(key);
      const [next] = this.#wakes.sort((a, b) => a.now - b.now);
      if (next === undefined || next.now > now) return;
      this.#wakes = this.#wakes.filter((each) => each !== next);
      this.#now = Math.max(this.#now, next.now);
      this.#oracle.take({ kind: 'wake', now: this.#now, profile: next.profile });
      this.#fold({ kind: 'wake', profile: next.profile, at: next.at });
      this.#compare(`wake ${JSON.stringify(next)} at ${this.#now}`);
    }
  }

  #plan(key: string): void {
    if (this.#known.has(key)) return;
    this.#known.add(key);
    const { chance, below } = this.#random;
    const { lateMs } = this.#options;
    if (lateMs > TOLERATED && chance(0.1)) return;
    const [at = '', profile = ''] = key.split('/');
    const wake = (late: number): Wake => ({ now: Number(at) + late, profile, at: Number(at) });
    this.#wakes.push(wake(chance(0.5) ? 0 : below(chance(0.5) ? 2_000 : lateMs)));
    if (chance(0.1)) this.#wakes.push(wake(below(lateMs)));
  }

  #fold(record: LogRecord): void {
    const context = recordingContext(this.#view, { seq: ++this.#seq, now: this.#now });
    this.#stage.fold(record, context);
    for (const effect of context.effects) if (isFiring(effect)) this.#firings.push(effect.firing);
    for (const { to, body } of context.sent) if (to !== 'identity') this.#deliver(body);
  }

  #deliver(body: MessageBody): void {
    this.#fold({ kind: 'message', from: 'test', n: ++this.#seq, body });
  }

  #compare(record: string): void {
    const oracle = this.#oracle.decisions.slice(this.#told);
    this.#told = this.#oracle.decisions.length;
    const engine = this.#firings;
    this.#firings = [];
    if (textOf(engine) === textOf(oracle)) return;
    this.#differences.push({ place: this.#seq, record, engine: engine.map(plain), oracle });
  }
}

function isFiring(effect: Effect): effect is Extract<Effect, { kind: 'firing' }> {
  return effect.kind === 'firing';
}

/** In what order one event calls several things off is nobody's business; everything else has its order. */
function textOf(decisions: readonly NaiveDecision[]): string {
  const isCalledOff = ({ reason }: NaiveDecision): boolean =>
    reason === 'cancelled' || reason === 'came_late';
  const first = decisions.filter(isCalledOff).sort((a, b) => (a.id < b.id ? -1 : 1));
  const rest = decisions.filter((decision) => !isCalledOff(decision));
  return JSON.stringify([...first, ...rest].map(plain));
}

/** What both must say alike. */
function plain({ id, trigger, profile_id, decision, reason, at, until }: NaiveDecision): NaiveDecision {
  return {
    ...{ id, trigger, profile_id, decision, at },
    ...(reason === undefined ? {} : { reason }),
    ...(until === undefined ? {} : { until }),
  };
}
