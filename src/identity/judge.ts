import type { Claim, Event } from '../model/event.ts';
import type { FoldContext } from '../model/fold.ts';
import type { Link, Person, PersonLink } from '../model/identity.ts';
import type { StateView } from '../model/view.ts';
import { isCompatible, type Misfit, misfit } from './fits.ts';
import { holderOf, holds, isKnown, isVerified, linkAt, linkKey, typeOf } from './people.ts';
import type { CompiledPolicy } from './policy.ts';

/**
 * Which people would a combination of claims join, and may it?
 *
 * Claims are taken strongest first, so where they contradict each other it is the weakest conflicting one that the
 * event loses. What a claim may do depends on what it is worth:
 *
 * - *Verified strong* (a server, a till, a sign-in) joins people, within the limits. It takes a value that was only
 *   stated by somebody else, and brings along a person who is known by statements alone.
 * - *Stated strong* (typed into a form, sent by a public key) takes a value that nobody holds, and names a known person
 *   for a trace. It never joins two known people.
 * - *Weak* (a device, a cookie, a card) brings its trace along. It may add a strong identifier to a person who has
 *   none of that type, and never joins two people of whom both are verified. A weak identifier that comes with a
 *   second known person is shared from then on; one that a proved person has by statements alone goes with whoever
 *   proves more.
 */
export interface Judgement {
  /** Claims that link, strongest first. */
  readonly used: readonly Claim[];
  readonly dropped: readonly Dropped[];
  /** Existing people that the used claims belong to; more than one means a merge. */
  readonly people: readonly Person[];
  /**
   * Links that change hands, because a verified claim takes a value that was only stated elsewhere, and those that
   * nobody holds any more, because it takes their room.
   */
  readonly yielding: readonly Link[];
}

/** An event, what was decided about it, and whose it turned out to be. */
export interface Judged {
  readonly event: Event;
  readonly judgement: Judgement;
  readonly person: Person;
}

export interface Dropped {
  readonly claim: Claim;
  /**
   * shared: it identifies nobody any more. bridge: a weak one of somebody else, shared from now on. stated: a statement
   * may not join these people. The others are limits.
   */
  readonly reason: 'shared' | 'bridge' | 'stated' | Misfit;
  /** Who holds it. */
  readonly holder: Person | undefined;
}

export function judge(
  event: Event,
  context: Pick<FoldContext, 'view' | 'now'>,
  policy: CompiledPolicy,
): Judgement {
  const judging = new Judging(event.claims, context, policy);
  // Weakest first in the event; its strong claims lie behind its weak ones, verified behind stated.
  for (let at = event.claims.length - 1; at >= 0; at--) judging.take(event.claims[at] as Claim);
  return judging;
}

class Judging implements Judgement {
  readonly used: Claim[] = [];
  readonly dropped: Dropped[] = [];
  readonly people: Person[] = [];
  readonly yielding: Link[] = [];
  readonly #claims: readonly Claim[];
  readonly #view: StateView;
  readonly #scope: { policy: CompiledPolicy; now: number };
  /** Used claims that none of `people` holds. */
  readonly #added: string[] = [];
  /** Statements that gave way to verified values of the event. */
  readonly #displaced: string[] = [];
  #strong = 0;
  #verified = 0;

  constructor(
    claims: readonly Claim[],
    { view, now }: Pick<FoldContext, 'view' | 'now'>,
    policy: CompiledPolicy,
  ) {
    this.#claims = claims;
    this.#view = view;
    this.#scope = { policy, now };
  }

  take(claim: Claim): void {
    const key = linkKey(claim);
    const link = linkAt(this.#view, key);
    if (link?.sharedAs !== undefined) this.#drop(claim, 'shared', undefined);
    else {
      const holder = holderOf(this.#view, key);
      if (holder !== undefined && this.people.includes(holder)) this.#use(claim);
      else if (!this.#scope.policy.of(claim.type).strong) this.#takeWeak(claim, link, holder);
      else if (claim.verified) this.#takeVerified(claim, link, holder);
      else this.#takeStated(claim, holder);
    }
  }

  #takeVerified(claim: Claim, link: Link | undefined, holder: Person | undefined): void {
    if (link === undefined || holder === undefined) this.#tryNew(claim);
    else if (link.verified) this.#tryJoin(claim, holder);
    else if (this.#isSoft(holder) && !this.#hasOther(holder, claim)) {
      if (this.#joins(holder) === undefined) this.#join(claim, holder);
      else this.#tryYield(claim, link, holder);
    } else this.#tryYield(claim, link, holder);
  }

  #takeStated(claim: Claim, holder: Person | undefined): void {
    if (holder === undefined) this.#tryNew(claim);
    else if (this.people.length > 0 || this.#verified > 0 || this.#contradicts(holder))
      this.#drop(claim, 'stated', holder);
    else this.#tryJoin(claim, holder);
  }

  /** Does the person hold other values of what the event has stated so far? Then it is about somebody else. */
  #contradicts(holder: Person): boolean {
    const { policy } = this.#scope;
    return !isCompatible({ people: [holder], added: this.#added }, policy.weakValuesPerType, policy);
  }

  #takeWeak(claim: Claim, link: Link | undefined, holder: Person | undefined): void {
    const { policy } = this.#scope;
    if (holder === undefined) this.#tryNew(claim);
    else if (!isKnown(holder, policy)) this.#tryJoin(claim, holder);
    else if (this.#strong > 0) {
      if (link !== undefined && this.#isOnlyStated(claim, holder)) this.#tryYield(claim, link, holder);
      else if (this.#mayBridge(holder)) this.#tryJoin(claim, holder);
      else this.#drop(claim, 'bridge', holder);
    } else if (this.#joinsByDevice(holder)) this.#tryJoin(claim, holder);
    else this.#drop(claim, 'limit', holder);
  }

  /** Somebody who was proved has it by statements alone: then those who are proved here have the better claim. */
  #isOnlyStated(claim: Claim, holder: Person): boolean {
    const key = linkKey(claim);
    return (
      this.#verified > 0 &&
      !this.#isSoft(holder) &&
      holder.links.some((entry) => entry.key === key && entry.stated === true)
    );
  }

  /** Nothing but devices: they make one of two known people only if the policy lets them. */
  #joinsByDevice(holder: Person): boolean {
    const { policy } = this.#scope;
    if (!this.people.some((person) => isKnown(person, policy))) return true;
    const union = { people: [...this.people, holder], added: this.#added };
    return policy.weakJoinsKnown && isCompatible(union, policy.weakValuesPerType, policy);
  }

  /** May a device of this known person connect it with the strong claims of the event? */
  #mayBridge(holder: Person): boolean {
    const { policy } = this.#scope;
    if (this.people.some((person) => isKnown(person, policy)) && !policy.weakJoinsKnown) {
      // Verified evidence may bring along somebody who is known by statements alone; a statement brings nobody.
      if (this.#verified === 0 || !this.#isSoft(holder)) return false;
    }
    const union = { people: [...this.people, holder], added: this.#added };
    return isCompatible(union, policy.weakValuesPerType, policy);
  }

  #isSoft(person: Person): boolean {
    return !isVerified(person, this.#scope.policy);
  }

  /** Does the person hold another value of the claim's type? Then its statements cannot all be about one person. */
  #hasOther(person: Person, claim: Claim): boolean {
    const key = linkKey(claim);
    return person.links.some((entry) => entry.key !== key && typeOf(entry.key) === claim.type);
  }

  /**
   * Does a value fit that none of `people` holds? Where there are too many of its type, the oldest ones that were only
   * stated give way to a verified one: otherwise whoever knows a phone could use up what its owner may have.
   */
  #fits(claim: Claim): Misfit | undefined {
    const union = { people: this.people, added: [...this.#added, linkKey(claim)] };
    const wrong = misfit({ ...union, without: this.#displaced }, this.#scope);
    const full = wrong === 'limit' || wrong === 'suspicious';
    if (!full || !claim.verified || this.#scope.policy.of(claim.type).once) return wrong;
    const without = [...this.#displaced];
    for (const { key } of this.#statedOf(claim.type)) {
      without.push(key);
      if (misfit({ ...union, without }, this.#scope) !== undefined) continue;
      this.#displace(without);
      return undefined;
    }
    return wrong;
  }

  #displace(keys: readonly string[]): void {
    for (const key of keys.slice(this.#displaced.length)) {
      const link = linkAt(this.#view, key);
      if (link !== undefined) this.yielding.push(link);
      this.#displaced.push(key);
    }
  }

  /** Statements about the people found so far, the oldest first, without what this very event claims. */
  #statedOf(type: string): PersonLink[] {
    const kept = new Set([...this.#claims.map(linkKey), ...this.#displaced]);
    return this.people
      .flatMap(({ links }) => links)
      .filter(({ key, verified }) => !verified && typeOf(key) === type && !kept.has(key))
      .sort((a, b) => a.since - b.since || (a.key < b.key ? -1 : 1));
  }

  #tryNew(claim: Claim): void {
    const wrong = this.#fits(claim);
    if (wrong === undefined || this.used.length === 0) this.#use(claim);
    else this.#drop(claim, wrong, undefined);
  }

  #joins(holder: Person): Misfit | undefined {
    // Whoever holds the strongest claim is who the event is about, whatever limits say by now.
    if (this.used.length === 0) return undefined;
    const added = this.#added.filter((key) => !holds(holder, key));
    return misfit({ people: [...this.people, holder], added }, this.#scope);
  }

  #tryJoin(claim: Claim, holder: Person): void {
    const wrong = this.#joins(holder);
    if (wrong === undefined) this.#join(claim, holder);
    else this.#drop(claim, wrong, holder);
  }

  #tryYield(claim: Claim, link: Link, holder: Person): void {
    const wrong = this.#fits(claim);
    if (wrong !== undefined && this.used.length > 0) this.#drop(claim, wrong, holder);
    else {
      this.yielding.push(link);
      this.#use(claim);
    }
  }

  #join(claim: Claim, holder: Person): void {
    this.people.push(holder);
    this.#use(claim);
  }

  #use(claim: Claim): void {
    this.used.push(claim);
    const key = linkKey(claim);
    if (!this.people.some((person) => holds(person, key))) this.#added.push(key);
    if (!this.#scope.policy.of(claim.type).strong) return;
    this.#strong++;
    if (claim.verified) this.#verified++;
  }

  #drop(claim: Claim, reason: Dropped['reason'], holder: Person | undefined): void {
    this.dropped.push({ claim, reason, holder });
  }
}
