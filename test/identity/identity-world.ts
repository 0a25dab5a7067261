import { createDirectiveMemory } from '../../src/identity/directives.ts';
import { type CompiledPolicy, compilePolicy, type PolicySource } from '../../src/identity/policy.ts';
import { createIdentityStage, type IdentityStage } from '../../src/identity/stage.ts';
import type { Outcome } from '../../src/model/effect.ts';
import type { Event } from '../../src/model/event.ts';
import type { Link, MoveQueue, Person, Place, Review } from '../../src/model/identity.ts';
import { keys } from '../../src/model/keys.ts';
import type { IdentityCommand, MoveMessage } from '../../src/model/record.ts';
import type { StateView } from '../../src/model/view.ts';
import { dedupId } from '../../src/profile/dedup.ts';
import { claimOf, eventOf, recordingContext } from '../support/fold-world.ts';

/** The limits of the retail policy, as far as the tests of identity use them. */
export const retailTypes: PolicySource['types'] = [
  { type: 'user_id', limit: 1, period: 'ever', strong: true },
  { type: 'member_id', limit: 1, period: 'ever', strong: true },
  { type: 'phone', limit: 5, period: 'year', strong: true },
  { type: 'email', limit: 5, period: 'year', strong: true },
  { type: 'device_id', limit: 20, period: 'ever', strong: false },
  { type: 'anonymous_id', limit: 100, period: 'ever', strong: false },
];

/** Any shared identifier matches, and no limit is ever reached. */
export const boundless: PolicySource = {
  types: retailTypes.map((type) => ({ ...type, limit: 1_000 })),
  weak_evidence: { joins_known_people: true, values_per_type: 1_000 },
  reviews: { values_per_type: 1_000 },
};

/**
 * State in which only what was loaded for the record at hand can be read: an entry that the stage forgot to ask for
 * is an error here, while in the engine it would look as if it did not exist.
 */
class LoadedView implements StateView {
  readonly entries = new Map<string, object>();
  readonly #loaded = new Set<string>();
  /** While the stage says what it needs it may look at what is there: whether a verdict stands, for one. */
  asking = false;

  forget(): void {
    this.#loaded.clear();
  }

  /** Answers as the store does: with the owners of links. */
  load(wanted: readonly string[]): void {
    for (const key of wanted) {
      this.#loaded.add(key);
      const owner = key.startsWith('i/') ? (this.entries.get(key) as Link | undefined)?.owner : undefined;
      if (owner !== undefined && owner !== '') this.#loaded.add(keys.person(owner));
    }
  }

  get<T extends object>(key: string): T | undefined {
    if (!this.#loaded.has(key) && !this.asking) throw new Error(`${key} was read and not loaded`);
    return this.#loaded.has(key) ? (this.entries.get(key) as T | undefined) : undefined;
  }

  has(key: string): boolean {
    return this.#loaded.has(key);
  }

  put(key: string, value: object): void {
    this.#loaded.add(key);
    this.entries.set(key, value);
  }

  absent(key: string): void {
    this.#loaded.add(key);
  }

  remove(key: string): void {
    this.entries.delete(key);
  }

  under<T extends object>(prefix: string): Map<string, T> {
    const found = new Map<string, T>();
    for (const [key, value] of this.entries)
      if (key.startsWith(prefix)) found.set(key.slice(prefix.length), value as T);
    return found;
  }
}

/** The identity stage alone, over a map. Moves wait until they are confirmed, as in the staged form. */
export class IdentityWorld {
  readonly view = new LoadedView();
  readonly started: MoveMessage[] = [];
  readonly merges: unknown[][] = [];
  /** `[change, reason or rule]` of each row of identity changes, but for the plain links. */
  readonly changes: [string, string][] = [];
  /** Rows of identity changes, whole. */
  readonly rows: unknown[][] = [];
  now = 1_700_000_000_000;
  /** Rounds of loading that the last record took. */
  rounds = 0;
  #seq = 0;
  readonly #stage: IdentityStage;
  #policy: CompiledPolicy = compilePolicy({ types: [] });

  constructor(policy: PolicySource = { types: retailTypes }) {
    this.adopt(policy);
    const directives = createDirectiveMemory(({ source, id }) => dedupId('', source, id));
    this.#stage = createIdentityStage({
      policy: () => this.#policy,
      space: 'test',
      directives,
      canCredit: () => true,
    });
  }

  /** Puts another policy in force. */
  adopt(policy: PolicySource): void {
    this.#policy = compilePolicy(policy);
  }

  /** Answers the profile that the event was sent to. */
  event(...names: readonly string[]): string {
    return this.send(names);
  }

  send(names: readonly string[], more: Partial<Event> = {}): string {
    this.#seq++;
    const time = this.now + 1;
    return this.#fold({ kind: 'event', event: eventOf(`e${this.#seq}`, names, { time, ...more }) }).reached;
  }

  signOut(...names: readonly string[]): string {
    return this.send(names, { type: 'signed_out', identity: { type: 'signed_out' } });
  }

  signIn(...names: readonly string[]): string {
    return this.send(names, { type: 'signed_in', identity: { type: 'signed_in' } });
  }

  command(command: IdentityCommand): Outcome {
    const { outcome } = this.#fold({ kind: 'command', author: 'ann', command });
    if (outcome === undefined) throw new Error('a command was not answered');
    return outcome;
  }

  split(name: string, from?: string): Outcome {
    return this.command({
      type: 'split',
      identifier: keyOf(name),
      ...(from === undefined ? {} : { from: keyOf(from) }),
    });
  }

  merge(one: string, other: string): Outcome {
    return this.command({ type: 'merge', identifiers: [keyOf(one), keyOf(other)] });
  }

  decide(review: number, decision: 'approve' | 'reject'): Outcome {
    return this.command({ type: 'decide', review, decision, note: '' });
  }

  seen(profile: string, at: number): void {
    this.#fold({ kind: 'message', from: 'p1', n: 0, body: { type: 'seen', profile, at } });
  }

  /** Confirms the oldest started move, or the one named. */
  confirm(at = 0): MoveMessage | undefined {
    const [message] = this.started.splice(at, 1);
    if (message === undefined) return undefined;
    const body = { type: 'confirm', move: message.move, at: message.to } as const;
    this.#fold({ kind: 'message', from: 'p0', n: 0, body });
    return message;
  }

  confirmAll(): void {
    while (this.confirm() !== undefined);
  }

  #fold(record: StageRecord): { reached: string; outcome: Outcome | undefined } {
    this.#seq++;
    this.now += 1;
    this.view.forget();
    this.rounds = 0;
    this.view.asking = true;
    for (;;) {
      const wanted = this.#stage.needs(record, this.view, this.now);
      if (wanted.length === 0) break;
      if (++this.rounds > 8) throw new Error(`too many rounds for ${JSON.stringify(record)}`);
      this.view.load(wanted);
    }
    this.view.asking = false;
    const context = recordingContext(this.view, { seq: this.#seq, now: this.now });
    const outcome = this.#stage.fold(record, context);
    let reached = '';
    for (const { to, body } of context.sent) {
      if (body.type === 'move') this.started.push(body);
      else reached = to;
    }
    for (const { table, values } of context.rows) {
      if (table === 'merges') this.merges.push([...values]);
      if (table === 'identity_changes') this.rows.push([...values]);
      if (table === 'identity_changes' && values[4] !== 'linked')
        this.changes.push([String(values[4]), String(values[9] || values[8])]);
    }
    return { reached, outcome };
  }

  link(name: string): Link | undefined {
    return this.view.entries.get(`i/${keyOf(name)}`) as Link | undefined;
  }

  owner(name: string): string | undefined {
    const owner = this.link(name)?.owner;
    return owner === '' ? undefined : owner;
  }

  person(id: string | undefined): Person | undefined {
    return id === undefined ? undefined : (this.view.entries.get(keys.person(id)) as Person | undefined);
  }

  /** What the person holds, as the tests name it. */
  holds(id: string | undefined): string[] {
    return (this.person(id)?.links ?? []).map(({ key }) => key.slice(key.indexOf(':') + 1)).sort();
  }

  place(...names: readonly string[]): Place | undefined {
    return this.view.entries.get(keys.place(eventOf('', names).facet)) as Place | undefined;
  }

  get reviews(): Review[] {
    return [...this.view.under<Review>('v/').values()];
  }

  get waiting(): MoveQueue['waiting'] {
    return (this.view.entries.get(keys.moves) as MoveQueue | undefined)?.waiting ?? [];
  }

  /** Facets that lie elsewhere than with their owner: none, once every move is confirmed. */
  elsewhere(): string[] {
    const places = [...this.view.under<Place>('o/')];
    return places.filter(([, { owner, location }]) => owner !== location).map(([facet]) => facet);
  }

  /** What must hold after every record, whatever came. */
  inconsistencies(): string[] {
    const bad: string[] = [];
    const people = this.view.under<Person>('g/');
    const links = this.view.under<Link>('i/');
    for (const [name, { owner, sharedAs }] of links) {
      if (sharedAs !== undefined && owner !== sharedAs) bad.push(`${name} is shared and belongs to ${owner}`);
      if (owner === '') continue;
      const person = people.get(owner);
      if (person === undefined || person.mergedInto !== undefined) bad.push(`${name} belongs to nobody`);
      else if (person.links.filter(({ key }) => key === name).length !== 1)
        bad.push(`${owner} does not list ${name} once`);
    }
    for (const [id, person] of people) {
      for (const { key, verified, alias, since } of person.links) {
        const link = links.get(key);
        if (link?.owner !== id) bad.push(`${id} lists a link of another`);
        else if (link.verified !== verified || (link.alias === true) !== alias || link.since !== since)
          bad.push(`${id} has an old copy of ${key}`);
      }
      for (const facet of person.facets)
        if (this.view.under<Place>(keys.place(facet)).get('')?.owner !== id)
          bad.push(`${id} lists a facet of another`);
      if (person.mergedInto !== undefined && person.links.length + person.facets.length > 0)
        bad.push(`${id} was merged and still owns something`);
    }
    for (const [facet, { owner }] of this.view.under<Place>('o/'))
      if (people.get(owner)?.facets.filter((id) => id === facet).length !== 1)
        bad.push(`facet ${facet} is not listed once`);
    return bad;
  }
}

export function keyOf(name: string): string {
  const { type, hash } = claimOf(name);
  return `${type}:${hash}`;
}

type StageRecord = Parameters<IdentityStage['fold']>[0];
