import type { GeneratedWorld } from '../../src/generate/generate.ts';
import type { GeneratedItem, Hazard } from '../../src/generate/outbox.ts';
import type { IdentityIntake } from '../../src/ingest/identity-intake.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../src/model/json.ts';
import { NONE } from './pairs.ts';
import { UnionFind } from './union-find.ts';

/** Of an identifier that several people use. */
const SEVERAL = -2;

interface Handover {
  readonly at: number;
}

/**
 * What is true about the events, and what the identifiers alone could tell. Identifiers are read as ingest reads them
 * (normalized, without blocked and invalid values), but whoever sends them: no policy about sources, no limits.
 */
export class Ground {
  /** By number of the event. */
  readonly person: number[] = [];
  readonly hazard: (Hazard | undefined)[] = [];
  /** Channel, kind of key and type: what an event is when no hazard says more. */
  readonly label: number[] = [];
  readonly labels: string[] = [];
  readonly #labelNumbers = new Map<string, number>();
  /** Identifiers of each event, as numbers. */
  readonly #identifiers: (readonly number[])[] = [];
  readonly #numbers = new Map<string, number>();
  /** By identifier: the only person who uses it, or SEVERAL. */
  readonly #users: number[] = [];
  readonly #reader: Pick<IdentityIntake, 'find'>;
  readonly #handovers = new Map<string, Handover>();

  constructor(reader: Pick<IdentityIntake, 'find'>, world: GeneratedWorld) {
    this.#reader = reader;
    for (const { identifiers } of world.people()) {
      for (const { type, value, from } of identifiers) {
        const key = from === undefined ? undefined : this.#keyOf(type, value);
        // A number that went from one person to another is two identifiers, one after the other.
        if (key !== undefined && from !== undefined) this.#handovers.set(key, { at: from });
      }
    }
  }

  take({ number, event, person, hazard, publicKey, repeat }: GeneratedItem): void {
    if (repeat) return;
    this.person[number] = person;
    this.hazard[number] = hazard;
    this.label[number] = this.#labelOf(
      `${String(event.channel)} ${publicKey ? 'stated' : 'verified'} ${String(event.type)}`,
    );
    const found = this.#read(event);
    this.#identifiers[number] = found;
    for (const identifier of found) {
      const user = this.#users[identifier];
      if (user === undefined) this.#users[identifier] = person;
      else if (user !== person) this.#users[identifier] = SEVERAL;
    }
  }

  get events(): number {
    return this.person.length;
  }

  /** Group of each event when every identifier joins: the plain union-find. NONE: it names nobody. */
  joinedByAll(): Int32Array {
    return this.#join(() => true);
  }

  /** Group of each event when only identifiers join that one person alone uses. NONE: it carries none. */
  joinedByPrivate(): Int32Array {
    return this.#join((identifier) => this.#users[identifier] !== SEVERAL);
  }

  #join(joins: (identifier: number) => boolean): Int32Array {
    const sets = new UnionFind();
    const first = new Int32Array(this.events).fill(NONE);
    for (let event = 0; event < this.events; event++) {
      for (const identifier of this.#identifiers[event] ?? []) {
        if (!joins(identifier)) continue;
        if (first[event] === NONE) first[event] = identifier;
        sets.join(first[event] ?? identifier, identifier);
      }
    }
    return first.map((identifier) => (identifier === NONE ? NONE : sets.find(identifier)));
  }

  #read(event: JsonObject): readonly number[] {
    const time = Date.parse(String(event.time));
    const found = new Set<number>();
    const take = (type: string, value: JsonValue | undefined): void => {
      const key = typeof value === 'string' ? this.#keyOf(type, value) : undefined;
      if (key === undefined) return;
      const handover = this.#handovers.get(key);
      found.add(this.#numberOf(handover === undefined || time < handover.at ? key : `${key} again`));
    };
    const { identifiers, properties, type } = event;
    if (isJsonObject(identifiers)) for (const name in identifiers) take(name, identifiers[name]);
    if (type === 'members_merged' && isJsonObject(properties)) {
      take('member_id', properties.kept);
      take('member_id', properties.merged);
    }
    return [...found];
  }

  #keyOf(type: string, value: string): string | undefined {
    const claim = this.#reader.find(type, value);
    return 'code' in claim ? undefined : `${claim.type}:${claim.hash}`;
  }

  #numberOf(key: string): number {
    return numberIn(this.#numbers, key);
  }

  #labelOf(label: string): number {
    const number = numberIn(this.#labelNumbers, label);
    this.labels[number] = label;
    return number;
  }
}

/** Gives each text a number, densely. */
export function numberIn(numbers: Map<string, number>, text: string): number {
  const known = numbers.get(text);
  if (known !== undefined) return known;
  const next = numbers.size;
  numbers.set(text, next);
  return next;
}
