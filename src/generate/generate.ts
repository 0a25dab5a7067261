import { TesseraError } from '../errors.ts';
import { limits } from '../limits.ts';
import { DAY_MS, type EpochMs, HOUR_MS } from '../model/time.ts';
import { createCatalog } from './catalog.ts';
import { DEFAULT_DAYS, DEFAULT_UNTIL } from './default-stretch.ts';
import { IdentifierValues } from './identifier-values.ts';
import { type GeneratedItem, Outbox } from './outbox.ts';
import { createPopulation } from './population.ts';
import { hashText, Random } from './random.ts';
import type { Scene } from './scene.ts';
import { scheduleVisits } from './schedule.ts';
import { setUpTablets } from './store-visit.ts';
import { type PersonTruth, truthOf } from './truth.ts';
import { visit } from './visit.ts';
import type { Person, World } from './world.ts';

/**
 * A retailer's event stream with the truth about who did what. The world lives day by day: visits are planned ahead as
 * numbers, and only the events of the current day, with those that still are on their way, are in memory. So the size
 * of the stream is bounded by the disk, not by the memory.
 */
export interface GenerateOptions {
  readonly shoppers: number;
  readonly seed: number;
  /** Length of the stream (default 365). */
  readonly days?: number | undefined;
  /** The stream ends with the last day before this moment (default 2026-11-01). */
  readonly until?: EpochMs | undefined;
}

export interface GeneratedWorld {
  /** Every event in the order of arrival. Can be read once. */
  items(): Generator<GeneratedItem, void, undefined>;
  /** Who there is; complete once all items have been read. */
  people(): Generator<PersonTruth, void, undefined>;
  /** Share of the days that have been told. */
  progress(): number;
  /** Everybody, as they are by now, and their identifiers. */
  readonly cast: Pick<World, 'people'> & Pick<Scene, 'values'>;
  /** What happens once the stream has ended: what `act` tells of this moment, in the order of arrival. */
  afterwards(at: EpochMs, act: (scene: Scene) => void): readonly GeneratedItem[];
}

/** Shops are in China: their midnight. */
const ZONE_MS = 8 * HOUR_MS;
/** When visits begin: weight of each hour from 8 to 21. */
const HOURS: readonly number[] = [2, 3, 4, 5, 6, 5, 4, 4, 4, 5, 6, 8, 9, 6];
const FIRST_HOUR = 8;

export function generate(options: GenerateOptions): GeneratedWorld {
  check(options);
  return new Storyteller(options);
}

function check({ shoppers, seed, days = DEFAULT_DAYS }: GenerateOptions): void {
  checkWhole('The number of shoppers', shoppers, { least: 1, most: limits.generateShoppersMax });
  checkWhole('The seed', seed, { least: 0, most: Number.MAX_SAFE_INTEGER });
  checkWhole('The number of days', days, { least: 1, most: limits.generateDaysMax });
}

function checkWhole(name: string, value: number, range: { least: number; most: number }): void {
  const { least, most } = range;
  if (Number.isSafeInteger(value) && value >= least && value <= most) return;
  throw new TesseraError('invalid_parameter', `${name} must be a whole number from ${least} to ${most}.`);
}

class Storyteller implements GeneratedWorld {
  readonly #random: Random;
  readonly #values: IdentifierValues;
  readonly #world: World;
  readonly #catalog;
  readonly #outbox: Outbox;
  readonly #visits: readonly (readonly number[])[];
  readonly #firstDay: EpochMs;
  readonly #later = new Map<number, ((scene: Scene) => void)[]>();
  readonly #serials = new Map<string, number>();
  readonly #prefix: string;
  #day = 0;

  constructor({ shoppers, seed, days = DEFAULT_DAYS, until = DEFAULT_UNTIL }: GenerateOptions) {
    this.#random = new Random(`${seed} ${shoppers} ${days}`);
    this.#prefix = `g${seed.toString(36)}`;
    this.#values = new IdentifierValues(hashText(`values ${seed}`, seed));
    this.#world = createPopulation({ shoppers, days, random: this.#random });
    this.#catalog = createCatalog(new Random('catalog'));
    this.#visits = scheduleVisits(this.#world, this.#random);
    this.#outbox = new Outbox(this.#random, this.#prefix);
    this.#firstDay = startOfDay(until) - days * DAY_MS;
  }

  *items(): Generator<GeneratedItem, void, undefined> {
    while (this.#day < this.#world.days) {
      const scene = this.#scene(this.#day);
      this.#tell(scene);
      this.#day++;
      const last = this.#day === this.#world.days;
      yield* this.#outbox.take(last ? Number.POSITIVE_INFINITY : scene.dayStart + DAY_MS);
    }
  }

  *people(): Generator<PersonTruth, void, undefined> {
    for (const person of this.#world.people) {
      yield truthOf(person, { values: this.#values, firstDay: this.#firstDay });
    }
  }

  progress(): number {
    return this.#day / this.#world.days;
  }

  get cast(): GeneratedWorld['cast'] {
    return { people: this.#world.people, values: this.#values };
  }

  afterwards(at: EpochMs, act: (scene: Scene) => void): readonly GeneratedItem[] {
    const day = this.#world.days;
    act({
      ...this.#scene(day),
      dayStart: startOfDay(at),
      // A stream that is told a second time, from the same seed, goes on with other orders.
      serial: (kind) => `${this.#prefix}-${kind}-${at.toString(36)}-${this.#number(kind)}`,
    });
    return this.#outbox.take(Number.POSITIVE_INFINITY);
  }

  #scene(day: number): Scene {
    return {
      world: this.#world,
      random: this.#random,
      values: this.#values,
      catalog: this.#catalog,
      outbox: this.#outbox,
      day,
      dayStart: this.#firstDay + day * DAY_MS,
      later: (when, act) => {
        if (when >= this.#world.days) return;
        const acts = this.#later.get(when) ?? [];
        acts.push(act);
        this.#later.set(when, acts);
      },
      serial: (kind) => `${this.#prefix}-${kind}-${this.#number(kind)}`,
    };
  }

  #number(kind: string): number {
    const n = (this.#serials.get(kind) ?? 0) + 1;
    this.#serials.set(kind, n);
    return n;
  }

  #tell(scene: Scene): void {
    if (scene.day === 0) for (const store of this.#world.stores) setUpTablets(scene, store);
    for (const act of this.#later.get(scene.day) ?? []) act(scene);
    this.#later.delete(scene.day);
    // One after the other, as they begin: devices that several people use are where the last one left them.
    const visits = (this.#visits[scene.day] ?? []).map((n) => ({ n, at: startOf(scene) }));
    visits.sort((a, b) => a.at - b.at || a.n - b.n);
    for (const { n, at } of visits) visit(scene, this.#world.people[n] as Person, at);
  }
}

/** The midnight before, in the shops. */
function startOfDay(at: EpochMs): EpochMs {
  return Math.floor((at + ZONE_MS) / DAY_MS) * DAY_MS - ZONE_MS;
}

function startOf({ random, dayStart }: Scene): EpochMs {
  const hour = FIRST_HOUR + random.weighted(HOURS);
  return dayStart + hour * HOUR_MS + random.below(HOUR_MS);
}
