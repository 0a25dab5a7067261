import type { RankedItem, SessionQuery } from '../../src/recommend/nearest-sessions.ts';
import type { Interaction } from '../../src/recommend/recent-sessions.ts';
import type { SessionCapacity, SessionParameters } from '../../src/recommend/session-parameters.ts';

interface Session {
  readonly key: string;
  items: Interaction[];
  count: number;
  seconds: number;
}

/**
 * VMIS-kNN with maps and arrays, as plainly as the formula of `nearest-sessions.ts` says it: for each question it looks at
 * everything that is kept. It imports nothing of what it checks but types. Arithmetic has the same order, so that equal
 * scores are equal on both sides.
 */
export class SessionOracle {
  /** Oldest first. */
  #sessions: Session[] = [];
  /** By item, the sessions that took it up, oldest first; also those that are gone. */
  readonly #lists = new Map<string, Session[]>();
  readonly #p: SessionParameters;
  readonly #c: SessionCapacity;

  constructor(parameters: SessionParameters, capacity: SessionCapacity) {
    this.#p = parameters;
    this.#c = capacity;
  }

  add(key: string, interaction: Interaction, time: number): void {
    const { item } = interaction;
    if (!this.#lists.has(item))
      while (this.#lists.size >= this.#c.items) this.#sessions = this.#without(this.#sessions.slice(1));
    const seconds = Math.floor(time / 1_000);
    let session = this.#sessions.findLast((each) => each.key === key);
    if (session === undefined || (seconds - session.seconds) * 1_000 > this.#c.idleMs) {
      if (this.#sessions.length === this.#c.sessions) this.#sessions = this.#without(this.#sessions.slice(1));
      session = { key, items: [], count: 0, seconds: 0 };
      this.#sessions.push(session);
    }
    if (!session.items.some((each) => each.item === item)) {
      const list = [...(this.#lists.get(item) ?? []), session].slice(-Math.max(4, this.#p.sessionsPerItem));
      this.#lists.set(item, list);
    }
    session.items = [...session.items, interaction].slice(-this.#c.sessionItems);
    session.count++;
    session.seconds = Math.max(session.seconds, seconds);
    this.#sessions = this.#without(this.#sessions);
  }

  /** Forgets items that are in no session any more. */
  #without(sessions: Session[]): Session[] {
    const kept = new Set(sessions.flatMap(({ items }) => items.map(({ item }) => item)));
    for (const item of [...this.#lists.keys()]) if (!kept.has(item)) this.#lists.delete(item);
    return sessions;
  }

  #rarity(item: string, power: number): number {
    if (power === 0) return 1;
    const count = this.#sessions.filter(({ items }) => items.some((each) => each.item === item)).length;
    const rarity = Math.log(Math.max(this.#sessions.length, count + 1)) - Math.log(count);
    return power === 1 ? rarity : Math.sqrt(rarity);
  }

  rank({ items, now, limit, except }: SessionQuery): readonly RankedItem[] {
    const p = this.#p;
    const query: Interaction[] = [];
    for (const each of [...items].reverse())
      if (this.#lists.has(each.item) && !query.some(({ item }) => item === each.item)) query.push(each);
    query.length = Math.min(query.length, p.queryItems);
    const own = except === undefined ? undefined : this.#sessions.findLast(({ key }) => key === except);
    const near = new Map<Session, { near: number; step: number }>();
    for (const [step, { item, weight }] of query.entries()) {
      const worth =
        Math.exp(-step / p.queryDecaySteps) * Math.max(weight, 1 / 8) * this.#rarity(item, p.queryRarity);
      for (const session of [...(this.#lists.get(item) ?? [])].reverse().slice(0, p.sessionsPerItem)) {
        if (!this.#sessions.includes(session) || session === own) continue;
        const known = near.get(session);
        near.set(session, { near: (known?.near ?? 0) + worth, step: known?.step ?? step });
      }
    }
    const neighbors = [...near].map(([session, { near, step }]) => {
      const hours = Math.max(0, Math.floor((Math.floor(now / 1_000) - session.seconds) / 3_600));
      const age = Math.exp((-Math.min(hours, 24 * 120) * 3_600_000) / p.ageDecayMs);
      return { session, step, near: near * age * session.items.length ** -p.lengthExponent };
    });
    // A stable sort: of equals, the first found is the first. They vote in the order in which they were found.
    const chosen = new Set([...neighbors].sort((a, b) => b.near - a.near).slice(0, p.neighbors));
    return this.#votes({ neighbors: neighbors.filter((each) => chosen.has(each)), query, last: items.at(-1) })
      .sort((a, b) => b.score - a.score)
      .slice(0, limit);
  }

  #votes(input: {
    neighbors: readonly { session: Session; step: number; near: number }[];
    query: readonly Interaction[];
    last: Interaction | undefined;
  }): RankedItem[] {
    const p = this.#p;
    const { neighbors, query, last } = input;
    const votes = new Map<string, { score: number; because: string }>();
    for (const { session, step, near } of neighbors) {
      const matched = query[step]?.item ?? '';
      const match = session.items.findLastIndex(({ item }) => item === matched);
      for (const [place, { item, weight }] of session.items.entries()) {
        const eighths = Math.min(255, Math.max(1, Math.round(weight * 8)));
        const vote =
          near * Math.exp(-step / p.matchDecaySteps) * 0.125 * this.#place(place - match) * eighths;
        const known = votes.get(item);
        votes.set(item, { score: (known?.score ?? 0) + vote, because: known?.because ?? matched });
      }
    }
    const had = new Set(query.map(({ item }) => item));
    return [...votes].flatMap(([item, { score, because }]) => {
      const factor = !had.has(item) ? 1 : item === last?.item ? p.current : p.seen;
      const settled = score * factor * this.#rarity(item, p.voteRarity);
      return settled === 0 ? [] : [{ item, score: settled, because }];
    });
  }

  #place(distance: number): number {
    const { itself, forwardExponent, backward, backwardExponent } = this.#p;
    if (distance === 0) return itself;
    return distance > 0 ? distance ** -forwardExponent : backward * (-distance) ** -backwardExponent;
  }
}
