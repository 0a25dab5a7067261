import type { Pace } from '../../background/pace.ts';
import { TesseraError } from '../../errors.ts';
import { limits } from '../../limits.ts';
import type { Event } from '../../model/event.ts';
import type { Review } from '../../model/identity.ts';
import type { IdentityPolicy } from '../../model/identity-policy.ts';
import type { CommandRecord } from '../../model/record.ts';
import type { EpochMs } from '../../model/time.ts';
import type { MaybePromise } from '../../ports/log.ts';
import { IdentityReplay, type Moment } from './identity-replay.ts';
import { type PastRange, type PastSource, readPast } from './past-records.ts';
import { createPolicyLens, type LensOptions } from './policy-lens.ts';

export interface PolicyPair {
  /** The one in force. */
  readonly baseline: IdentityPolicy;
  readonly simulated: IdentityPolicy;
}

export interface ReplayInput extends PastSource, Omit<LensOptions, 'policy'> {
  readonly space: string;
  readonly policies: PolicyPair;
  readonly range: PastRange;
  /** Identifiers of a review of the engine, by its number: a replay numbers its own. */
  readonly reviewed: (n: number) => MaybePromise<Review['identifiers'] | undefined>;
  readonly pace: Pace;
  /** Told how far the log was read. */
  readonly progress: (seq: number) => void;
  readonly entriesMax?: number;
}

/** Events of one facet under both policies. Absent: they name nobody under that policy. */
export interface Unit {
  readonly baseline: string | undefined;
  readonly simulated: string | undefined;
}

/** The same past under two policies. */
export interface Replayed {
  readonly baseline: IdentityReplay;
  readonly simulated: IdentityReplay;
  readonly events: number;
  readonly commands: number;
  /** Commands that say nothing here: decisions about questions that a replay did not ask. */
  readonly idleDecisions: number;
  readonly usedHistory: boolean;
  readonly firstReceivedAt: EpochMs | undefined;
  readonly lastReceivedAt: EpochMs | undefined;
  /** What the two have in common to compare: whichever facets events went into. */
  units(): Generator<Unit, void, undefined>;
}

/** Folds each record under both policies before the next, so that both see exactly the same past. */
export async function replayPolicies(input: ReplayInput): Promise<Replayed> {
  const replay = new PolicyReplay(input, {
    baseline: await replayUnder(input.policies.baseline, input),
    simulated: await replayUnder(input.policies.simulated, input),
  });
  for await (const batch of readPast(input, input.range)) {
    input.pace.check();
    if (batch.fromHistory) replay.usedHistory = true;
    for (const { record, position, now } of batch.records()) {
      if (record.kind === 'event') replay.event(record.event, { position, now });
      else await replay.command(record, { position, now });
      if (input.pace.isDue()) await input.pace.rest();
    }
    input.progress(batch.lastSeq);
  }
  return replay;
}

async function replayUnder(policy: IdentityPolicy, input: ReplayInput): Promise<IdentityReplay> {
  const { space, partition, pace } = input;
  return new IdentityReplay({
    policy,
    space,
    partition,
    lens: await createPolicyLens({ ...input, policy }, pace),
  });
}

type ReplayPair = Readonly<Record<keyof PolicyPair, IdentityReplay>>;

/** Between two names of facets, neither of which contains it. */
const BETWEEN = ' ';

class PolicyReplay implements Replayed {
  readonly baseline: IdentityReplay;
  readonly simulated: IdentityReplay;
  events = 0;
  commands = 0;
  idleDecisions = 0;
  usedHistory = false;
  firstReceivedAt: EpochMs | undefined;
  lastReceivedAt: EpochMs | undefined;
  readonly #reviewed: ReplayInput['reviewed'];
  readonly #entriesMax: number;
  /** The facet where both policies agree on its name, else both names. */
  readonly #units = new Set<string>();

  constructor({ reviewed, entriesMax }: ReplayInput, { baseline, simulated }: ReplayPair) {
    this.baseline = baseline;
    this.simulated = simulated;
    this.#reviewed = reviewed;
    this.#entriesMax = entriesMax ?? limits.simulationEntriesMax;
  }

  event(event: Event, moment: Moment): void {
    const baseline = this.baseline.event(event, moment);
    const simulated = this.simulated.event(event, moment);
    this.#units.add(
      baseline === simulated ? (baseline ?? BETWEEN) : `${baseline ?? ''}${BETWEEN}${simulated ?? ''}`,
    );
    this.events++;
    this.firstReceivedAt = Math.min(this.firstReceivedAt ?? event.receivedAt, event.receivedAt);
    this.lastReceivedAt = Math.max(this.lastReceivedAt ?? event.receivedAt, event.receivedAt);
    this.#checkSize();
  }

  async command(record: CommandRecord, moment: Moment): Promise<void> {
    this.commands++;
    const identifiers =
      record.command.type === 'decide' ? await this.#reviewed(record.command.review) : undefined;
    for (const replay of [this.baseline, this.simulated]) {
      const translated = translate(record, replay, identifiers);
      if (translated === undefined) this.idleDecisions++;
      else replay.command(translated, moment);
    }
  }

  *units(): Generator<Unit, void, undefined> {
    for (const unit of this.#units) {
      const at = unit.indexOf(BETWEEN);
      const [baseline, simulated] = at < 0 ? [unit, unit] : [unit.slice(0, at), unit.slice(at + 1)];
      if (unit === BETWEEN) continue;
      yield { baseline: baseline || undefined, simulated: simulated || undefined };
    }
  }

  #checkSize(): void {
    const entries = this.baseline.view.size + this.simulated.view.size;
    if (entries > this.#entriesMax) throw new TesseraError('simulation_too_large');
  }
}

/** The command as it applies to a replay, whose reviews have numbers of their own. */
function translate(
  record: CommandRecord,
  replay: IdentityReplay,
  identifiers: Review['identifiers'] | undefined,
): CommandRecord | undefined {
  if (record.command.type !== 'decide') return record;
  const review = identifiers === undefined ? undefined : replay.openReview(identifiers);
  return review === undefined ? undefined : { ...record, command: { ...record.command, review } };
}
