import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pace } from '../background/pace.ts';
import { RepeatedLook } from '../background/repeated-look.ts';
import { lookUp } from '../desks/operator-events.ts';
import { TesseraError } from '../errors.ts';
import { limits } from '../limits.ts';
import { type Erasure, type ErasureUnderWay, frameOf, identifiersIn } from '../model/erasure.ts';
import { keys } from '../model/keys.ts';
import type { AuditTrail } from '../ports/audit.ts';
import type { ErasureRegister } from '../ports/erasure-register.ts';
import type { StateReader } from '../ports/state.ts';
import type { Commands } from '../runner/commands.ts';
import type { ErasureService, ErasureView } from '../serve/erasure-service.ts';
import type { IdentityReader, JobView } from '../serve/services.ts';
import { applied, type CleanOptions, cleanUp } from './erasure/clean-up.ts';
import { eraseAgain, findAgain } from './erasure/erase-again.ts';

export interface ErasuresOptions extends CleanOptions {
  readonly state: StateReader;
  readonly identity: IdentityReader;
  readonly commands: Commands;
  readonly audit: Pick<AuditTrail, 'record'>;
  readonly register: ErasureRegister;
  /** Whether this is the node that does what needs doing once. */
  readonly leads: () => boolean;
  readonly onError: (error: unknown) => void;
}

const UNDER_WAY = 'er/';

/**
 * People are erased by a command in identity's log, and what it leaves to do lies in the state until it is done. So whoever leads
 * takes it up again after a crash, and each step may be repeated.
 */
export class Erasures implements ErasureService {
  readonly #options: ErasuresOptions;
  readonly #look: RepeatedLook;
  /** Of erasures under way here: what is being done, or what the last attempt failed with. */
  readonly #notes = new Map<string, string>();
  #working: Promise<void> | undefined;
  #compared: Promise<void> | undefined;

  constructor(options: ErasuresOptions) {
    this.#options = options;
    this.#look = new RepeatedLook({
      everyMs: limits.erasureLookMs,
      look: () => this.#work(),
      onError: options.onError,
    });
  }

  begin(): void {
    this.#look.start();
  }

  async end(): Promise<void> {
    await this.#look.stop();
    await this.#working?.catch(() => undefined);
  }

  /**
   * For a start: data may be older than the register, which then says who is to be erased again. Resolves, where this node leads, when
   * they are gone from the state, and the rest is done or has taken too long; it goes on then. Fails where the command does.
   */
  async catchUp(): Promise<void> {
    if (!this.#options.leads()) return;
    await this.#compare();
    const done = this.#work().catch(this.#options.onError);
    const giveUp = new AbortController();
    const late = sleep(limits.erasureStartMs, undefined, { signal: giveUp.signal, ref: false });
    await Promise.race([done, late.catch(() => undefined)]);
    giveUp.abort();
  }

  async request(people: readonly string[], author: string): Promise<ErasureView> {
    const profiles = await this.#idsOf(people);
    return await this.#command({ erasure: randomUUID(), profiles, author });
  }

  async erase(profiles: readonly string[], author: string): Promise<JobView> {
    return jobOf(await this.request(profiles, author));
  }

  async get(id: string): Promise<ErasureView | undefined> {
    const erasure = await this.#read(id);
    return erasure && this.#viewOf(erasure);
  }

  async list(): Promise<readonly ErasureView[]> {
    const all = await this.#all();
    return all.map((erasure) => this.#viewOf(erasure)).sort((a, b) => b.requested_at - a.requested_at);
  }

  async #command(wanted: {
    readonly erasure: string;
    readonly profiles: readonly string[];
    readonly author: string;
  }): Promise<ErasureView> {
    const { erasure, profiles, author } = wanted;
    const { commands, audit } = this.#options;
    await audit.record({
      action: 'privacy_job',
      author,
      via: 'erasure',
      subjects: profiles,
      target: erasure,
    });
    const { status, code } = await commands.run(author, { type: 'erase', erasure, profiles });
    if (status !== 'applied') throw new TesseraError(refusalOf(code));
    const begun = await this.#read(erasure);
    if (begun === undefined)
      throw new TesseraError('internal', 'an erasure that was applied is in the state');
    this.#look.poke();
    return this.#viewOf(begun);
  }

  async #idsOf(people: readonly string[]): Promise<readonly string[]> {
    const ids = new Set<string>();
    for (const person of people) {
      const found = await lookUp(person, this.#options.identity);
      if (found === undefined) throw new TesseraError('profile_not_found');
      ids.add(found.view.profile_id);
    }
    return [...ids].sort();
  }

  #work(): Promise<void> {
    this.#working ??= this.#workOnce().finally(() => {
      this.#working = undefined;
    });
    return this.#working;
  }

  async #workOnce(): Promise<void> {
    if (!this.#options.leads()) return;
    await this.#compare();
    const open = (await this.#all()).filter((each): each is ErasureUnderWay => each.status === 'under_way');
    for (const erasure of open) {
      const note = (text: string): void => {
        this.#notes.set(erasure.id, text);
      };
      try {
        const counts = await cleanUp(erasure, this.#options, { note, signal: this.#look.signal });
        this.#notes.delete(erasure.id);
        await this.#options.audit.record({
          action: 'privacy_job',
          author: erasure.author,
          via: 'erasure',
          target: erasure.id,
          detail: 'done',
          ...counts,
        });
      } catch (error) {
        note(error instanceof TesseraError ? `waits: ${error.code}` : 'waits: internal');
        throw error;
      }
    }
  }

  /** State and register, once: each gets what the other has. */
  #compare(): Promise<void> {
    this.#compared ??= this.#compareOnce().catch((error: unknown) => {
      this.#compared = undefined;
      throw error;
    });
    return this.#compared;
  }

  async #compareOnce(): Promise<void> {
    const { register, topology, lastSeq, audit, clock } = this.#options;
    const options = { ...this.#options, pace: new Pace(clock, this.#look.signal) };
    await applied(topology.identity, await lastSeq(topology.identity), options);
    const known = await this.#all();
    for (const erasure of known) if (erasure.status === 'done') register.add(frameOf(erasure));
    const there = new Set(known.map(({ id }) => id));
    const missing = register.all().filter(({ id }) => !there.has(id));
    for (const again of await findAgain(missing, options)) {
      const { erasure, profiles, unclear } = again;
      const entry = {
        action: 'privacy_job',
        author: erasure.author,
        via: 'erasure',
        target: erasure.id,
      } as const;
      await audit.record({ ...entry, subjects: profiles, detail: 'again' });
      if (unclear.length > 0) await audit.record({ ...entry, subjects: unclear, detail: 'unclear' });
      await eraseAgain(again, options);
    }
  }

  async #all(): Promise<readonly Erasure[]> {
    const found: Erasure[] = [];
    for (let after = ''; ; ) {
      const page = await this.#options.state.scan(UNDER_WAY, after, limits.erasurePageEntries);
      for (const [key, bytes] of page) found.push(this.#options.codec.decode(key, bytes) as Erasure);
      const last = page.at(-1)?.[0];
      if (last === undefined) return found;
      after = last;
    }
  }

  async #read(id: string): Promise<Erasure | undefined> {
    const key = keys.erasure(id);
    const [bytes] = await this.#options.state.read([key]);
    // The codec answers what lies under the key.
    return bytes && (this.#options.codec.decode(key, bytes) as Erasure);
  }

  #viewOf(erasure: Erasure): ErasureView {
    const { id, author, at, profiles, tombstones } = erasure;
    const frame = { id, author, requested_at: at, profiles, identifiers: identifiersIn(tombstones) };
    return erasure.status === 'done'
      ? { ...frame, status: 'done', done_at: erasure.doneAt, counts: erasure.counts }
      : { ...frame, status: 'running', done_at: null, note: this.#notes.get(id) ?? 'queued' };
  }
}

function refusalOf(code: string | undefined) {
  const known = ['profile_not_found', 'erasure_busy', 'too_large'] as const;
  return known.find((each) => each === code) ?? 'internal';
}

/** An erasure as jobs are shown; its id is that of the erasure. */
function jobOf({ id, author, status, requested_at: at, done_at: doneAt, note = '' }: ErasureView): JobView {
  return {
    id,
    kind: 'erasure',
    author,
    status,
    progress: { done: 0, total: 0, note },
    created_at: at,
    started_at: at,
    finished_at: doneAt,
  };
}
