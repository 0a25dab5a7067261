import { Definitions } from '../../src/definitions/definitions.ts';
import { compileFeatures, type FeatureSet } from '../../src/features/compile.ts';
import { readFeatures } from '../../src/features/read.ts';
import type { NumberedDefinition } from '../../src/model/definitions.ts';
import type { Event } from '../../src/model/event.ts';
import type { FeatureValue } from '../../src/model/feature.ts';
import { keys } from '../../src/model/keys.ts';
import type { Facet, Header } from '../../src/model/profile.ts';
import type { EventMessage, LogRecord, MessageBody, MoveMessage } from '../../src/model/record.ts';
import type { StateView } from '../../src/model/view.ts';
import { createPipeline } from '../../src/pipeline/pipeline.ts';
import { type Kept, naiveFeatures } from './naive-features.ts';

/**
 * A crowd of people as the partitions of profiles see it: events on their way to places, moves of facets in between.
 * Beside the engine it keeps a plain ledger: what was sent of each facet, and who owns the facet.
 */
const CURRENCY = 'CNY';

/** One thing that happens. Events may come by a road that was right once: `via` is where their facet has been. */
export type Happening =
  | { readonly kind: 'event'; readonly at: number; readonly via: string; readonly event: Event }
  | {
      readonly kind: 'move';
      readonly at: number;
      readonly reason: MoveMessage['reason'];
      readonly from: string;
      readonly to: string;
      readonly facets: readonly string[];
    };

/** What a planted mistake may put in the way: of the compiled features, of what arrives, of what travels. */
export interface Mistake {
  readonly set?: (set: FeatureSet) => FeatureSet;
  readonly event?: (event: Event, nth: number) => Event;
  readonly message?: (body: MessageBody) => MessageBody;
}

export class Crowd {
  readonly #numbered: readonly NumberedDefinition[];
  readonly #definitions = new Definitions({ reportingCurrency: CURRENCY });
  readonly #people;
  readonly #mistake: Mistake;
  readonly #view = new PlainView();
  readonly #kept = new Map<string, Kept[]>();
  readonly #ids = new Set<string>();
  readonly #owners: Map<string, string>;
  #moves = 0;
  #events = 0;
  #seq = 0;
  /** What the stage said of the events. */
  readonly outcomes = { applied: 0, duplicate: 0, other: 0 };

  /** `homes` says where each facet is at first, whether something has come of it or not. */
  constructor(
    numbered: readonly NumberedDefinition[],
    { homes, mistake = {} }: { readonly homes: ReadonlyMap<string, string>; readonly mistake?: Mistake },
  ) {
    this.#numbered = numbered;
    this.#mistake = mistake;
    this.#owners = new Map(homes);
    const set = compileFeatures(numbered, { reportingCurrency: CURRENCY });
    this.#definitions.features = mistake.set?.(set) ?? set;
    const options = { space: 'crowd', dedupKey: 'k', definitions: this.#definitions };
    this.#people = createPipeline(options).people;
  }

  happen(happening: Happening): void {
    if (happening.kind === 'event') this.#send(happening);
    else this.#move(happening);
  }

  /** Profiles that hold facets, in the ledger. */
  profiles(): readonly string[] {
    return [...new Set(this.#owners.values())];
  }

  ownerOf(facet: string): string | undefined {
    return this.#owners.get(facet);
  }

  read(profile: string, now: number): Readonly<Record<string, FeatureValue>> {
    const held = this.#view.get<Header>(keys.header(profile))?.facets ?? [];
    const facets = held.flatMap((id) => this.#view.get<Facet>(keys.facet(profile, id)) ?? []);
    return readFeatures(this.#definitions.features, facets, now);
  }

  expected(profile: string, now: number): Record<string, FeatureValue> {
    const kept = [...this.#owners].flatMap(([facet, owner]) =>
      owner === profile ? (this.#kept.get(facet) ?? []) : [],
    );
    return naiveFeatures(this.#numbered, kept, { now, currency: CURRENCY });
  }

  #send({ at, via, event }: Extract<Happening, { kind: 'event' }>): void {
    const { facet } = event;
    const id = `${event.source} ${event.id}`;
    if (!this.#ids.has(id)) {
      this.#ids.add(id);
      const kept = this.#kept.get(facet) ?? [];
      kept.push({ facet, event, appendedAt: at });
      this.#kept.set(facet, kept);
    }
    const sent = this.#mistake.event?.(event, this.#events++) ?? event;
    this.#deliver(at, [{ profile: via, event: sent, type: 'event' }]);
  }

  #move({ at, reason, from, to, facets }: Extract<Happening, { kind: 'move' }>): void {
    const move = ++this.#moves;
    this.#deliver(at, [{ type: 'move', move, reason, from, to, facets }]);
    const all = reason === 'merge' ? [...this.#owners.keys()] : facets;
    for (const facet of all) {
      if (this.#owners.get(facet) !== from) continue;
      // What an epoch closes stays where it is; only what comes from now on is elsewhere.
      if (reason === 'epoch') this.#close(facet, `${facet} until ${move}`);
      this.#owners.set(facet, to);
    }
  }

  #close(facet: string, closed: string): void {
    this.#owners.set(closed, this.#owners.get(facet) ?? '');
    this.#kept.set(closed, this.#kept.get(facet) ?? []);
    this.#kept.delete(facet);
  }

  #deliver(at: number, bodies: readonly MessageBody[]): void {
    const queue = [...bodies];
    for (let body = queue.shift(); body !== undefined; body = queue.shift()) {
      const changed = this.#mistake.message?.(body) ?? body;
      this.#fold(at, { kind: 'message', from: 'p0', n: 0, body: changed }, queue);
    }
  }

  #fold(at: number, record: LogRecord, queue: MessageBody[]): void {
    const seq = ++this.#seq;
    const outcome = this.#people.fold(record, {
      view: this.#view,
      now: at,
      partition: 0,
      position: { seq, index: 0 },
      raw: '',
      toIdentity: () => undefined,
      toProfile: (_, body) => queue.push(travelled(body)),
      toAllPeople: () => undefined,
      effect: () => undefined,
      history: () => undefined,
      cause: () => ({ partition: 0, seq, index: 0, ordinal: 0 }),
    });
    if (outcome === undefined) return;
    if (outcome.status === 'applied' || outcome.status === 'duplicate') this.outcomes[outcome.status]++;
    else this.outcomes.other++;
  }
}

/** Facets travel as bytes. */
function travelled(body: MessageBody): MessageBody {
  return body.type === 'event' ? (body satisfies EventMessage) : structuredClone(body);
}

/** Everything in memory, so that nothing has to be loaded. */
class PlainView implements StateView {
  readonly #entries = new Map<string, object>();

  get<T extends object>(key: string): T | undefined {
    // Whoever puts an entry and whoever gets it agree on its kind by its key.
    return this.#entries.get(key) as T | undefined;
  }

  has(): boolean {
    return true;
  }

  put(key: string, value: object): void {
    this.#entries.set(key, value);
  }

  absent(): void {
    // Everything is known.
  }

  remove(key: string): void {
    this.#entries.delete(key);
  }
}
