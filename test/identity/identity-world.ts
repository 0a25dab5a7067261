import { compilePolicy } from '../../src/identity/policy.ts';
import { createIdentityStage } from '../../src/identity/stage.ts';
import { keys } from '../../src/model/keys.ts';
import type { Link, MoveQueue, Person, Place } from '../../src/model/profile.ts';
import type { MoveMessage } from '../../src/model/record.ts';
import { claimOf, eventOf, MapView, recordingContext } from '../support/fold-world.ts';

/** The limits of the retail policy, as far as the tests of identity use them. */
export const policy = compilePolicy({
  types: [
    { type: 'user_id', limit: 1, period: 'ever', strong: true },
    { type: 'phone', limit: 5, period: 'year', strong: true },
    { type: 'email', limit: 5, period: 'year', strong: true },
    { type: 'device_id', limit: 20, period: 'ever', strong: false },
    { type: 'anonymous_id', limit: 100, period: 'ever', strong: false },
  ],
});

/** The identity stage alone, over a map. Moves wait until they are confirmed, as in the staged form. */
export class IdentityWorld {
  readonly view = new MapView();
  readonly started: MoveMessage[] = [];
  readonly merges: unknown[][] = [];
  now = 1_700_000_000_000;
  #seq = 0;
  readonly #stage = createIdentityStage({ policy, space: 'test' });

  /** Answers the profile that the event was sent to. */
  event(...names: readonly string[]): string {
    this.#seq++;
    return this.#fold({ kind: 'event', event: eventOf(`e${this.#seq}`, names) });
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

  #fold(record: StageRecord): string {
    this.#seq++;
    this.now += 1;
    const context = recordingContext(this.view, { seq: this.#seq, now: this.now });
    this.#stage.fold(record, context);
    let reached = '';
    for (const { to, body } of context.sent) {
      if (body.type === 'move') this.started.push(body);
      else reached = to;
    }
    for (const row of context.rows) if (row.table === 'merges') this.merges.push([...row.values]);
    return reached;
  }

  link(name: string): Link | undefined {
    const claim = claimOf(name);
    return this.view.get<Link>(keys.link(claim.type, claim.hash));
  }

  owner(name: string): string | undefined {
    return this.link(name)?.owner;
  }

  person(id: string | undefined): Person | undefined {
    return id === undefined ? undefined : this.view.get<Person>(keys.person(id));
  }

  place(...names: readonly string[]): Place | undefined {
    return this.view.get<Place>(keys.place(eventOf('', names).facet));
  }

  get waiting(): MoveQueue['waiting'] {
    return this.view.get<MoveQueue>(keys.moves)?.waiting ?? [];
  }

  /** What must hold after every record, whatever came. */
  inconsistencies(): string[] {
    const bad: string[] = [];
    const people = this.view.under<Person>('g/');
    for (const [name, { owner }] of this.view.under<Link>('i/')) {
      const person = people.get(owner);
      if (person === undefined || person.mergedInto !== undefined) bad.push(`${name} belongs to nobody`);
      else if (person.links.filter((key) => key === name).length !== 1)
        bad.push(`${owner} does not list ${name} once`);
    }
    for (const [id, person] of people) {
      for (const name of person.links)
        if (this.view.get<Link>(`i/${name}`)?.owner !== id) bad.push(`${id} lists a link of another`);
      for (const facet of person.facets)
        if (this.view.get<Place>(keys.place(facet))?.owner !== id) bad.push(`${id} lists a facet of another`);
      if (person.mergedInto !== undefined && person.links.length + person.facets.length > 0)
        bad.push(`${id} was merged and still owns something`);
    }
    for (const [facet, { owner }] of this.view.under<Place>('o/'))
      if (people.get(owner)?.facets.filter((id) => id === facet).length !== 1)
        bad.push(`facet ${facet} is not listed once`);
    return bad;
  }
}

type StageRecord = Parameters<ReturnType<typeof createIdentityStage>['fold']>[0];
