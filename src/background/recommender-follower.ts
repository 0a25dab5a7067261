import type { Topology } from '../cluster/topology.ts';
import { TesseraError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Interaction, Teachers } from '../model/recommendation.ts';
import type { Channel } from '../ports/channel.ts';
import type { Clock } from '../ports/clock.ts';
import type { History } from '../ports/history.ts';
import type { StateStore } from '../ports/state.ts';
import { interactionOfCommitted } from '../recommend/interactions.ts';
import type { CommittedBatch } from '../runner/runner.ts';
import { InteractionFeed, type Told } from './interaction-feed.ts';
import { LogGaps } from './log-gaps.ts';
import { Pace } from './pace.ts';
import { PastInteractions } from './past-interactions.ts';
import { packSnapshot, type SnapshotPlace, unpackSnapshot } from './recommender-snapshot.ts';
import { RepeatedLook } from './repeated-look.ts';
import { TaughtOrders } from './taught-orders.ts';

/** What learns. */
export interface Learner {
  learn(interaction: Interaction): void;
  /** What somebody did leads nowhere from here on. */
  forget(profile: string): void;
  /** All that it has learned, part by part; nothing is learned between the first and the last. */
  parts(): Iterable<Uint8Array>;
}

export interface LearnerKind<L extends Learner> {
  create(): L;
  /** What the parts of another one of the kind are together; fails for anything else. */
  read(bytes: Uint8Array): L;
}

export interface RecommenderFollowerOptions<L extends Learner> {
  readonly kind: LearnerKind<L>;
  readonly topology: Topology;
  readonly store: Pick<StateStore, 'checkpoint'>;
  readonly history: Pick<History, 'query'>;
  /** Waits until history holds what is committed by now; fails with `history_behind`. */
  readonly reach: { now(): Promise<void> };
  readonly channel: Channel | undefined;
  /** Tells this process apart from the other nodes. */
  readonly node: string;
  readonly teachers: Teachers;
  /** Snapshots of another deployment are none. */
  readonly deployment: string;
  readonly place: SnapshotPlace;
  readonly clock: Clock;
  readonly onError: (error: unknown, what: string) => void;
  readonly onNote: (what: string, detail: Readonly<Record<string, number>>) => void;
}

/** No number of interactions: what was written last is not what is known. */
const UNKNOWN = -1;

/**
 * Keeps this node's recommender up to date with what happens on all nodes. Interactions come with each commit, from this
 * process or from the node that committed. What was committed before the start comes from a snapshot, and behind that from
 * history; what came meanwhile waits, so that learning goes in the order of time. Each batch says which stretch of its
 * partition's log it covers: what is missing between two of them is read from history afterwards, and what is known
 * already teaches nothing. So an event teaches once, whatever is lost, repeated or restarted.
 */
export class RecommenderFollower<L extends Learner> {
  readonly #options: RecommenderFollowerOptions<L>;
  readonly #feed: InteractionFeed;
  readonly #looking: RepeatedLook;
  #learner: L;
  #gaps = new LogGaps();
  #orders = new TaughtOrders();
  /** What comes while older things are gathered; undefined once they are. */
  #waiting: Told[] | undefined = [];
  #waitingCount = 0;
  /** Of partitions of which more came than may wait: up to where. History will tell it. */
  readonly #overflow = new Map<number, number>();
  /** What comes while a snapshot is written; undefined while none is. */
  #aside: Told[] | undefined;
  #asideCount = 0;
  /** What is being read from history, over failures. */
  #past: PastInteractions | undefined;
  #opened = false;
  #learned = 0;
  /** How much was learned when the last snapshot was written. */
  #written = 0;
  #timer: NodeJS.Timeout | undefined;
  /** A look at history, or a snapshot that is being written: one at a time. */
  #turn: Promise<void> | undefined;
  #notBefore = 0;
  #pauseMs: number = limits.interactionGapsPollMs;
  /** History is away, and that was said. */
  #warned = false;

  constructor(options: RecommenderFollowerOptions<L>) {
    this.#options = options;
    this.#learner = options.kind.create();
    const { channel, node } = options;
    this.#feed = new InteractionFeed({ channel, node, onTold: (told) => this.#hear(told) });
    this.#looking = new RepeatedLook({
      everyMs: limits.interactionGapsPollMs,
      look: () => this.#lookInTurn(),
      onError: (error) => this.#warnOnce(error),
    });
  }

  /** Another object after a snapshot was read. */
  get recommender(): L {
    return this.#learner;
  }

  /** False while what happened before the start is being gathered. */
  get ready(): boolean {
    return this.#waiting === undefined;
  }

  /** How much was learned, and how much history still has to tell. */
  status(): {
    readonly learned: number;
    readonly gaps: number;
    readonly lost: number;
    readonly left: number;
  } {
    const { gaps, lost } = this.#gaps;
    return { learned: this.#learned, gaps: gaps.length, lost, left: this.#past?.rowsLeft ?? 0 };
  }

  start(): void {
    if (this.#timer !== undefined) return;
    // Heard before it is known how far the state is: so nothing falls between the two.
    this.#feed.start();
    this.#looking.start();
    this.#looking.poke();
    const write = (): void => void this.#save();
    this.#timer = setInterval(write, limits.recommenderSnapshotMs).unref();
  }

  /** Keeps what was learned. */
  async stop(): Promise<void> {
    if (this.#timer === undefined) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#feed.stop();
    await this.#looking.stop();
    await this.#save();
  }

  /** History may be away for long, and is asked again and again. */
  #warnOnce(error: unknown): void {
    if (this.#warned) return;
    this.#warned = true;
    this.#options.onError(error, 'recommendations could not learn from history; they will');
  }

  /** After a commit of this process. */
  committed(partition: string, { afterSeq, lastSeq, rows }: CommittedBatch): void {
    // Before the start the state is caught up with the log; how far it is then is all that matters.
    if (this.#timer === undefined) return;
    const taught: [number, Interaction][] = [];
    for (const row of rows) {
      const interaction = interactionOfCommitted(row, this.#options.teachers);
      // The position is what rows begin with.
      if (interaction !== undefined) taught.push([Number(row.values[1]), interaction]);
    }
    const number = this.#options.topology.numberOf(partition);
    this.#feed.tell({ partition: number, after: afterSeq, upTo: lastSeq, taught });
  }

  /** From here on nothing that the person did leads anywhere, also after a restart: the snapshot is written anew. */
  async forget(profiles: readonly string[]): Promise<void> {
    await this.#inTurn(async () => {
      for (const profile of profiles) this.#learner.forget(profile);
      this.#written = UNKNOWN;
      await this.#saveOnce();
    });
  }

  #hear(told: Told): void {
    if (this.#aside !== undefined) {
      this.#putAside(told, this.#aside);
      return;
    }
    if (this.#waiting === undefined) {
      this.#take(told);
      return;
    }
    this.#waitingCount += told.taught?.length ?? 0;
    // What comes behind something that was left out would cover it up.
    if (this.#waitingCount <= limits.interactionsWaitingMax) this.#waiting.push(told);
    else this.#overflow.set(told.partition, told.upTo);
  }

  /** Of more than may wait, history tells what it was. */
  #putAside({ taught, ...stretch }: Told, aside: Told[]): void {
    this.#asideCount += taught?.length ?? 0;
    const fits = taught !== undefined && this.#asideCount <= limits.interactionsWaitingMax;
    aside.push(fits ? { ...stretch, taught } : stretch);
  }

  #take(told: Told): void {
    const { partition, after, upTo, taught } = told;
    const known = this.#gaps.reached(partition);
    if (!this.#gaps.advance(told)) return;
    if (taught === undefined) {
      this.#gaps.miss({ partition, after: Math.max(known, after), upTo });
      return;
    }
    for (const [seq, interaction] of taught) if (seq > known) this.#learn(interaction);
  }

  #learn(interaction: Interaction): void {
    if (interaction.order !== undefined && !this.#orders.add(interaction.order)) return;
    this.#learner.learn(interaction);
    this.#learned++;
  }

  /** Less and less often while history is away: a node that never has one goes on asking. */
  async #lookInTurn(): Promise<void> {
    if (performance.now() < this.#notBefore) return;
    try {
      await this.look();
      this.#pauseMs = limits.interactionGapsPollMs;
    } catch (error) {
      this.#notBefore = performance.now() + this.#pauseMs;
      this.#pauseMs = Math.min(this.#pauseMs * 2, limits.interactionGapsPauseMaxMs);
      throw error;
    }
  }

  /** One look at what is missing; fails as the history does. */
  async look(): Promise<void> {
    await this.#inTurn(() => this.#lookOnce());
  }

  /** Whoever asks while somebody looks may know of something newer; a failure is told where that look began. */
  async #inTurn(work: () => Promise<void>): Promise<void> {
    while (this.#turn !== undefined) await this.#turn.catch(() => undefined);
    this.#turn = work().finally(() => {
      this.#turn = undefined;
    });
    await this.#turn;
  }

  async #lookOnce(): Promise<void> {
    if (!this.#opened) await this.#open();
    try {
      await this.#gather();
    } finally {
      // While history is away what happens now is learned all the same, and the past later.
      this.#learnWaiting();
    }
  }

  /** What the snapshot knows, and what is missing from there to where the state is now. */
  async #open(): Promise<void> {
    const { topology, store } = this.#options;
    const heads = new Map<number, number>();
    for (const partition of topology.people)
      heads.set(topology.numberOf(partition), (await store.checkpoint(partition))?.seq ?? 0);
    await this.#readSnapshot(heads);
    for (const [partition, seq] of heads) this.#gaps.advance({ partition, after: seq, upTo: seq });
    this.#opened = true;
  }

  async #readSnapshot(heads: ReadonlyMap<number, number>): Promise<void> {
    const { place, kind, deployment, onError } = this.#options;
    try {
      const bytes = await place.read();
      if (bytes === undefined) return;
      const { learned, orders, ...known } = unpackSnapshot(bytes);
      const isAhead = known.reached.some(([partition, seq]) => seq > (heads.get(partition) ?? 0));
      if (known.deployment !== deployment || isAhead)
        throw new TesseraError('data_format', 'the snapshot belongs to another deployment');
      this.#learner = kind.read(learned);
      this.#gaps = new LogGaps(known);
      this.#orders = new TaughtOrders(orders);
    } catch (error) {
      onError(
        error,
        'the snapshot of what recommendations have learned is left alone; history tells it again',
      );
    }
  }

  async #gather(): Promise<void> {
    const { history, reach, clock, onNote, teachers } = this.#options;
    const { gaps } = this.#gaps;
    if (this.#past === undefined && gaps.length === 0) return;
    await reach.now();
    this.#past ??= new PastInteractions(history, { gaps: [...gaps], teachers });
    const past = this.#past;
    const pace = new Pace(clock, this.#looking.signal);
    const before = this.#learned;
    let told = past.rowsLeft;
    for (let page = await past.next(); page !== undefined; page = await past.next()) {
      if (told === undefined) {
        told = past.rowsLeft ?? 0;
        if (!this.ready) onNote('recommendations learn from history', { rows_left: told });
      }
      for (const interaction of page) {
        this.#learn(interaction);
        if (pace.isDue()) await pace.rest();
      }
    }
    this.#gaps.fill(past.gaps);
    this.#past = undefined;
    this.#warned = false;
    if (!this.ready) onNote('recommendations have learned from history', { learned: this.#learned - before });
  }

  #learnWaiting(): void {
    const waiting = this.#waiting;
    if (waiting === undefined || !this.#opened) return;
    this.#waiting = undefined;
    for (const told of waiting) this.#take(told);
    for (const [partition, seq] of this.#overflow) this.#gaps.advance({ partition, after: seq, upTo: seq });
    this.#overflow.clear();
  }

  async #save(): Promise<void> {
    await this.#inTurn(() => this.#saveOnce());
  }

  /**
   * Written part by part, so that nobody waits for it but what is to be learned: that is put aside for as long as it takes. Half a page
   * of history would be learned twice after a restart: while one is being read nothing is written.
   */
  async #saveOnce(): Promise<void> {
    const { place, deployment, onError } = this.#options;
    if (!this.ready || this.#past !== undefined || this.#learned === this.#written) return;
    const learned = this.#learned;
    const known = { ...this.#gaps.content(), orders: this.#orders.content() };
    const aside: Told[] = [];
    this.#aside = aside;
    try {
      await place.write(packSnapshot({ deployment, ...known, learned: this.#learner.parts() }));
      this.#written = learned;
    } catch (error) {
      onError(
        error,
        'what recommendations have learned could not be written down; a restart reads more from history',
      );
    } finally {
      this.#aside = undefined;
      this.#asideCount = 0;
      for (const told of aside) this.#take(told);
    }
  }
}
