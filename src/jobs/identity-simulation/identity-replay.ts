import { createDirectiveMemory } from '../../identity/directives.ts';
import { type CompiledPolicy, compilePolicy } from '../../identity/policy.ts';
import { createIdentityStage, type IdentityStage } from '../../identity/stage.ts';
import { limits } from '../../limits.ts';
import type { HistoryRow } from '../../model/effect.ts';
import type { Event } from '../../model/event.ts';
import { closedFacetId, epochOfFacetId, facetKeyOf, historyFacetId } from '../../model/facet-id.ts';
import type { FoldContext } from '../../model/fold.ts';
import { historyColumns, type IdentityChange, type RowCause } from '../../model/history-rows.ts';
import type { Place, Review } from '../../model/identity.ts';
import type { IdentityPolicy } from '../../model/identity-policy.ts';
import { keys } from '../../model/keys.ts';
import type { CommandRecord, LogRecord, MessageBody, MoveMessage, Position } from '../../model/record.ts';
import { dayOf, type EpochMs } from '../../model/time.ts';
import { dedupId } from '../../profile/dedup.ts';
import type { PolicyLens } from './policy-lens.ts';
import { ScratchView } from './scratch-view.ts';

const CHANGE = historyColumns.identity_changes.indexOf('change');

/** When a record was appended, and where: both are part of what identity makes of it. */
export interface Moment {
  readonly position: Position;
  readonly now: EpochMs;
}

export interface ReplayCounts {
  merges: number;
  /** People taken apart by an operator. */
  splits: number;
  /** Events that name nobody under this policy. */
  unidentified: number;
  /** Records that could not be folded. */
  failed: number;
  /** Rows that identity would have written, by kind of change. */
  readonly changes: Map<IdentityChange, number>;
}

export interface ReplayOptions {
  readonly policy: IdentityPolicy;
  readonly lens: PolicyLens;
  readonly space: string;
  readonly partition: number;
}

/**
 * The identity stage over scratch state, under one policy. Of the people stage there is only what identity hears of:
 * moves are confirmed at once, depth first as in the fused form, and a profile that is active tells so. What a fold
 * cannot know here is whether an event is a repeat: one that is sent again with another time may count as activity.
 */
export class IdentityReplay implements FoldContext {
  readonly view = new ScratchView();
  readonly policy: CompiledPolicy;
  readonly partition: number;
  readonly raw = undefined;
  readonly counts: ReplayCounts = { merges: 0, splits: 0, unidentified: 0, failed: 0, changes: new Map() };
  now: EpochMs = 0;
  position: Position = { seq: 0, index: 0 };
  readonly #stage: IdentityStage;
  readonly #lens: PolicyLens;
  /** Latest event time that identity was told of, by profile. */
  readonly #seenAt = new Map<string, EpochMs>();
  /** Of facets that were closed: the epoch that their next event goes into. */
  readonly #epochs = new Map<string, number>();
  /** From where on their events went into which epoch. */
  readonly #timelines = new Map<string, { readonly from: Position; readonly epoch: number }[]>();
  #emitted: LogRecord[] = [];
  #ordinal = 0;
  #epoch = 0;

  constructor(options: ReplayOptions) {
    const policy = compilePolicy(options.policy);
    this.policy = policy;
    this.partition = options.partition;
    this.#lens = options.lens;
    this.#stage = createIdentityStage({
      policy: () => policy,
      space: options.space,
      directives: createDirectiveMemory(({ source, id }) => dedupId('', source, id)),
      // Whom points go to changes nothing about who is who.
      canCredit: () => true,
    });
  }

  /** Folds the event; answers what history would call the facet that it went into, if it went into one. */
  event(event: Event, moment: Moment): string | undefined {
    let facet: string | undefined;
    this.#attempt(() => {
      const seen = this.#lens.read(event);
      if (seen === undefined) {
        this.counts.unidentified++;
        return;
      }
      this.#epoch = 0;
      this.#fold({ kind: 'event', event: seen }, moment);
      if (this.#epoch > 0) this.#noteEpoch(seen.facet);
      facet = historyFacetId({ id: seen.facet, epoch: this.#epoch });
    });
    return facet;
  }

  command(record: CommandRecord, moment: Moment): void {
    this.#attempt(() => this.#fold(record, moment));
  }

  /** The facet of an event that was folded before, named as when it was. */
  facetOf(event: Event, position: Position): string | undefined {
    const seen = this.#lens.read(event);
    if (seen === undefined) return undefined;
    let epoch = 0;
    for (const entry of this.#timelines.get(seen.facet) ?? []) {
      if (isBefore(position, entry.from)) break;
      epoch = entry.epoch;
    }
    return historyFacetId({ id: seen.facet, epoch });
  }

  /** Whose the facet is now, by its name in history. */
  ownerOf(facet: string): string | undefined {
    const [id, epoch] = [facetKeyOf(facet), epochOfFacetId(facet)];
    const open = this.view.get<Place>(keys.place(id));
    if (open === undefined || open.epoch === epoch) return open?.owner;
    return this.view.get<Place>(keys.place(closedFacetId({ id, epoch })))?.owner;
  }

  /** The open review that asks about these two identifiers. */
  openReview([a, b]: Review['identifiers']): number | undefined {
    for (const { n, status, identifiers } of this.view.reviews()) {
      if (status === 'open' && identifiers.includes(a) && identifiers.includes(b)) return n;
    }
    return undefined;
  }

  readonly toIdentity = (body: MessageBody): void => {
    this.#emitted.push({ kind: 'message', from: '', n: 0, body });
  };

  readonly toProfile = (_profile: string, body: MessageBody): void => {
    this.#emitted.push({ kind: 'message', from: '', n: 0, body });
  };

  readonly toAllPeople = (): void => {
    // Only definitions travel like that, and a replay is given none.
  };

  readonly effect = (): void => {
    // Identity has none.
  };

  readonly history = ({ table, values }: HistoryRow): void => {
    if (table === 'merges') this.counts.merges++;
    if (table !== 'identity_changes') return;
    // The column holds what identityRow was given.
    const change = values[CHANGE] as IdentityChange;
    this.counts.changes.set(change, (this.counts.changes.get(change) ?? 0) + 1);
  };

  readonly cause = (): RowCause => {
    const { seq, index } = this.position;
    return { partition: this.partition, seq, index, ordinal: this.#ordinal++ };
  };

  /** What the engine cannot fold it puts into quarantine, and goes on with the next record. */
  #attempt(fold: () => void): void {
    try {
      fold();
    } catch {
      this.counts.failed++;
    }
  }

  #fold(record: LogRecord, { position, now }: Moment): void {
    if (dayOf(now) !== dayOf(this.now)) this.view.expire(now);
    this.position = position;
    this.now = now;
    this.#ordinal = 0;
    this.#emitted = [];
    let queue: LogRecord[] = [record];
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      this.#take(next);
      if (this.#emitted.length === 0) continue;
      queue = [...this.#emitted, ...queue];
      this.#emitted = [];
    }
  }

  #take(record: LogRecord): void {
    if (record.kind !== 'message' || record.body.type === 'confirm' || record.body.type === 'seen') {
      const outcome = this.#stage.fold(record, this);
      if (record.kind !== 'command' || outcome?.status !== 'applied') return;
      if (record.command.type === 'split') this.counts.splits++;
      return;
    }
    // What identity says of a referral goes to ledgers only.
    if (record.body.type === 'event' && record.body.event.referral === undefined)
      this.#arrive(record.body.event);
    else if (record.body.type === 'move') this.#move(record.body);
  }

  /** Moves are done before the event that they were for arrives, so that it finds its facet where it is. */
  #arrive(event: Event): void {
    // What a sign-out closes includes the sign-out: the epoch counts from the move on, not from the decision.
    this.#epoch = this.#epochs.get(event.facet) ?? 0;
    const profile = this.view.get<Place>(keys.place(event.facet))?.location;
    if (profile === undefined) return;
    const seenAt = this.#seenAt.get(profile);
    if (seenAt === undefined) {
      this.#seenAt.set(profile, event.time);
    } else if (event.time - seenAt >= limits.seenEveryMs) {
      this.#seenAt.set(profile, event.time);
      this.toIdentity({ type: 'seen', profile, at: event.time });
    }
  }

  #move({ move, reason, from, to, epochs = {} }: MoveMessage): void {
    for (const facet in epochs) this.#epochs.set(facet, epochs[facet] ?? 0);
    const theirs = reason === 'merge' ? (this.#seenAt.get(from) ?? 0) : 0;
    this.#seenAt.set(to, Math.max(this.#seenAt.get(to) ?? 0, theirs));
    if (reason === 'merge') this.#seenAt.delete(from);
    else this.#seenAt.set(from, this.#seenAt.get(from) ?? 0);
    this.toIdentity({ type: 'confirm', move, at: to });
  }

  #noteEpoch(facet: string): void {
    const next = { from: this.position, epoch: this.#epoch };
    const timeline = this.#timelines.get(facet);
    if (timeline === undefined) this.#timelines.set(facet, [next]);
    else if (timeline.at(-1)?.epoch !== next.epoch) timeline.push(next);
  }
}

function isBefore(a: Position, b: Position): boolean {
  return a.seq !== b.seq ? a.seq < b.seq : a.index < b.index;
}
