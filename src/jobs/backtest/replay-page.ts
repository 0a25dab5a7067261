import type { Pace } from '../../background/pace.ts';
import type { Definitions } from '../../definitions/definitions.ts';
import type { Effect } from '../../model/effect.ts';
import type { FoldContext } from '../../model/fold.ts';
import type { RowCause } from '../../model/history-rows.ts';
import { keys } from '../../model/keys.ts';
import type { Header } from '../../model/profile.ts';
import type { LogRecord, MessageBody } from '../../model/record.ts';
import type { EpochMs } from '../../model/time.ts';
import type { Firing } from '../../model/trigger.ts';
import type { StateView } from '../../model/view.ts';
import { createPipeline, type Stage } from '../../pipeline/pipeline.ts';
import { byPlace } from './kinships.ts';
import { OtherDecisions } from './other-decisions.ts';
import type { AppliedEvent, PastMove, PastPage, PastPlace } from './past-people.ts';

/*
 * The people stage over one page of the past: the same code as live, over state in memory that begins empty. Each event is
 * applied to whom history says it was applied to, facets move when history says that they moved, and what is due is done at its
 * time. Nothing that the stage asks for leaves this file but the decisions of the trigger in question.
 */
export interface ReplayOptions {
  /** The trigger in question is the only one. */
  readonly definitions: Definitions;
  readonly others: OtherTriggers;
  /** What is due is done up to here. */
  readonly until: EpochMs;
  readonly pace: Pace;
}

/** What limits have to know of triggers whose decisions are taken from history. */
export type OtherTriggers = ReadonlyMap<
  string,
  { readonly group: string; readonly service: boolean; readonly priority: number }
>;

/** A moment at which something may be decided about a profile. */
export interface ReplayMoment {
  readonly profile: string;
  readonly at: EpochMs;
  /** Undefined where time does it. */
  readonly place: PastPlace | undefined;
  /** Whether it is an event that is applied there. */
  readonly isEvent: boolean;
}

export async function replayPage(page: PastPage, options: ReplayOptions): Promise<readonly Firing[]> {
  return await new PageReplay(page, options).run();
}

class PageReplay implements FoldContext {
  readonly view: StateView = new PageView();
  readonly partition = 0;
  readonly raw = undefined;
  now: EpochMs = 0;
  position = { seq: 0, index: 0 };
  readonly #page: PastPage;
  readonly #options: ReplayOptions;
  readonly #stage: Stage;
  readonly #others: OtherDecisions;
  /** Who has a facet now. */
  readonly #holders = new Map<string, string>();
  /** When something last reached a profile. */
  readonly #latest = new Map<string, EpochMs>();
  readonly #firings: Firing[] = [];
  #waiting: MessageBody[] = [];
  #ordinal = 0;
  #moves = 0;

  constructor(page: PastPage, options: ReplayOptions) {
    const { definitions, others } = options;
    this.#page = page;
    this.#options = options;
    // Rows of history are no repeats, so what ids are hashed with matters to nobody.
    this.#stage = createPipeline({ space: '', dedupKey: '', definitions }).people;
    this.#others = new OtherDecisions(page.decisions, { definitions, others, view: this.view });
  }

  async run(): Promise<readonly Firing[]> {
    const { pace, until } = this.#options;
    const moves = [...this.#page.moves];
    for (const applied of this.#page.events) {
      while (moves[0] !== undefined && byPlace(moves[0], applied) < 0) this.#move(moves.shift() as PastMove);
      this.#apply(applied);
      if (pace.isDue()) await pace.rest();
    }
    for (const move of moves) this.#move(move);
    for (const profile of this.#page.families.keys()) {
      this.#passUntil(profile, until);
      if (pace.isDue()) await pace.rest();
    }
    return this.#firings;
  }

  #apply(applied: AppliedEvent): void {
    const { profile, facet, at } = applied;
    this.#passUntil(profile, at);
    this.#holders.set(facet, profile);
    const record: LogRecord = { kind: 'routed', profile, event: { ...applied.event, facet } };
    this.#at({ profile, at, place: applied, isEvent: true }, record);
  }

  /** Facets come to somebody, from whoever has them: all of a profile that was merged away, some of one that was split. */
  #move({ to, facets, ...place }: PastMove): void {
    const leaving = new Map<string, string[]>();
    for (const facet of facets) {
      const from = this.#holders.get(facet);
      if (from === undefined || from === to) continue;
      leaving.set(from, [...(leaving.get(from) ?? []), facet]);
    }
    this.#passUntil(to, place.at);
    for (const [from, named] of leaving) {
      this.#passUntil(from, place.at);
      const reason = this.#wasMerged(from, to) ? 'merge' : 'split';
      const body: MessageBody = { type: 'move', reason, move: ++this.#moves, from, to, facets: named };
      this.#at(
        { profile: to, at: place.at, place, isEvent: false },
        { kind: 'message', from: '', n: 0, body },
      );
      for (const facet of named) this.#holders.set(facet, to);
    }
  }

  #wasMerged(from: string, to: string): boolean {
    const seen = new Set<string>();
    let profile: string | undefined = from;
    while (profile !== undefined && profile !== to && !seen.has(profile)) {
      seen.add(profile);
      profile = this.#page.merged.get(profile);
    }
    return profile === to;
  }

  /** Every alarm of the profile rings at its time, or at once where that was over when it was set. */
  #passUntil(profile: string, until: EpochMs): void {
    for (let before = Number.NEGATIVE_INFINITY; ; ) {
      const due = this.view.get<Header>(keys.header(profile))?.alarmAt;
      // An alarm that stands where it stood would ring for ever.
      if (due === undefined || due > until || due <= before) return;
      before = due;
      const at = Math.max(due, this.#latest.get(profile) ?? due);
      this.#at({ profile, at, place: undefined, isEvent: false }, { kind: 'wake', profile, at: due });
    }
  }

  #at(moment: ReplayMoment, record: LogRecord): void {
    const { at, place } = moment;
    this.now = at;
    this.#latest.set(moment.profile, at);
    this.position = { seq: place?.seq ?? 0, index: place?.index ?? 0 };
    this.#others.around(moment, () => this.#fold(record));
  }

  #fold(record: LogRecord): void {
    this.#ordinal = 0;
    this.#stage.fold(record, this);
    for (let body = this.#waiting.shift(); body !== undefined; body = this.#waiting.shift())
      this.#stage.fold({ kind: 'message', from: '', n: 0, body }, this);
  }

  // Members of their own, because the stage may copy its context to look at another moment.
  readonly effect = (effect: Effect): void => {
    if (effect.kind === 'firing' && !this.#others.isKnown(effect.firing.id))
      this.#firings.push(effect.firing);
  };

  readonly cause = (): RowCause => {
    const { partition, position } = this;
    return { partition, seq: position.seq, index: position.index, ordinal: this.#ordinal++ };
  };

  readonly toProfile = (_profile: string, body: MessageBody): void => {
    this.#waiting.push(body);
  };

  readonly toIdentity = (): void => {
    // Who is who is what history says.
  };

  readonly toAllPeople = (): void => {
    // Nothing comes into force here.
  };

  readonly history = (): void => {
    // Nothing of this has happened.
  };
}

/** State in memory, in which everything is loaded. */
class PageView implements StateView {
  readonly #entries = new Map<string, object>();

  get<T extends object>(key: string): T | undefined {
    // The stage put it there under a key of its own kind.
    return this.#entries.get(key) as T | undefined;
  }

  has(): boolean {
    return true;
  }

  put(key: string, value: object): void {
    this.#entries.set(key, value);
  }

  absent(): void {
    // Everything that there is lies here.
  }

  remove(key: string): void {
    this.#entries.delete(key);
  }
}
