import { setImmediate as nextTurn } from 'node:timers/promises';
import { type GeneratedWorld, generate } from '../../src/generate/generate.ts';
import type { GeneratedItem } from '../../src/generate/outbox.ts';
import { type AppliedEvent, IdentityEngine } from './engine.ts';
import { Ground, numberIn } from './ground.ts';
import { type Measures, measure } from './measure.ts';
import { NONE } from './pairs.ts';
import { type PeopleFound, readPeople } from './people-found.ts';

/** Folded as soon as so many events wait: what a busy engine takes in one batch. */
const DRAIN_EVENTS = 4_000;
const SEEDS_OF_IDS = 36;

export interface SeedOptions {
  readonly shoppers: number;
  readonly seed: number;
  readonly days: number;
  readonly onProgress: (share: number, events: number) => void;
}

export interface SeedResult {
  readonly seed: number;
  readonly events: number;
  readonly repeats: number;
  /** Events that identity did not apply; 0, or the figures say nothing. */
  readonly missing: number;
  readonly rejected: Readonly<Record<string, number>>;
  readonly people: number;
  readonly engine: Measures;
  readonly baseline: Measures;
  readonly found: Omit<PeopleFound, 'nobody'>;
  /** What identity wrote into history, by kind of change. */
  readonly changes: Readonly<Record<string, number>>;
  readonly eventsPerSecond: number;
  readonly peakHeapBytes: number;
}

/** Everything that the analysis of causes needs beside the figures. */
export interface Evaluated {
  readonly result: SeedResult;
  readonly ground: Ground;
  /** By event: number of the profile, NONE where none claims it. */
  readonly profile: Int32Array;
  readonly linkable: Int32Array;
  readonly profileIds: readonly string[];
}

/** Runs one generated stream through the real engine and through a plain union-find, and measures both. */
export async function evaluateSeed(options: SeedOptions): Promise<Evaluated> {
  const world = generate(options);
  const run = await new Run(world, options).finish();
  const { ground, engine } = run;
  const people = readPeople(engine.people(), engine.links(), (type) => engine.isStrong(type));
  const { profile, profileIds } = profilesOf(run, people.nobody);
  const linkable = ground.joinedByPrivate();
  const { nobody: _nobody, ...found } = people;
  return {
    ground,
    profile,
    linkable,
    profileIds,
    result: {
      seed: options.seed,
      events: ground.events,
      repeats: run.repeats,
      missing: run.facets.filter((facet) => facet === undefined).length + ground.events - run.facets.length,
      rejected: Object.fromEntries(engine.rejected),
      people: new Set(ground.person).size,
      engine: measure({ profile, person: ground.person, linkable }),
      baseline: measure({ profile: ground.joinedByAll(), person: ground.person, linkable }),
      found,
      changes: Object.fromEntries(engine.changes),
      eventsPerSecond: Math.round((ground.events + run.repeats) / (run.engineMs / 1_000)),
      peakHeapBytes: run.peakHeapBytes,
    },
  };
}

/** One pass over the stream. */
class Run {
  readonly engine: IdentityEngine;
  readonly ground: Ground;
  /** Facet of each event as history names it, as a number. */
  readonly facets: (number | undefined)[] = [];
  readonly facetNumbers = new Map<string, number>();
  repeats = 0;
  engineMs = 0;
  peakHeapBytes = 0;
  readonly #world: GeneratedWorld;
  readonly #options: SeedOptions;

  constructor(world: GeneratedWorld, options: SeedOptions) {
    this.#world = world;
    this.#options = options;
    this.engine = new IdentityEngine();
    this.ground = new Ground(this.engine.identifiers, world);
  }

  async finish(): Promise<this> {
    await this.engine.start();
    let waiting: GeneratedItem[] = [];
    let undrained = 0;
    let taken = 0;
    for (const item of this.#world.items()) {
      this.ground.take(item);
      if (item.repeat) this.repeats++;
      taken++;
      // Requests hold events of one key: order of arrival is kept between them.
      if (waiting.length > 0 && waiting[0]?.publicKey !== item.publicKey) {
        await this.#take(waiting);
        undrained += waiting.length;
        waiting = [];
      }
      waiting.push(item);
      if (undrained < DRAIN_EVENTS) continue;
      undrained = 0;
      await this.#drain();
      this.#options.onProgress(this.#world.progress(), taken);
    }
    await this.#take(waiting);
    await this.#drain();
    return this;
  }

  async #take(items: readonly GeneratedItem[]): Promise<void> {
    const started = performance.now();
    await this.engine.take(items);
    this.engineMs += performance.now() - started;
  }

  async #drain(): Promise<void> {
    // Memory stores answer at once: what is garbage can only go between two turns of the event loop.
    await nextTurn();
    const started = performance.now();
    const applied = await this.engine.drain();
    this.engineMs += performance.now() - started;
    for (const event of applied) this.#note(event);
    this.peakHeapBytes = Math.max(this.peakHeapBytes, process.memoryUsage().heapUsed);
  }

  #note({ eventId, facetId }: AppliedEvent): void {
    const number = Number.parseInt(eventId.slice(eventId.indexOf('-') + 1), SEEDS_OF_IDS);
    this.facets[number] = numberIn(this.facetNumbers, facetId);
  }
}

function profilesOf(
  { engine, facetNumbers, facets, ground }: Run,
  nobody: ReadonlySet<string>,
): { profile: Int32Array; profileIds: string[] } {
  const numbers = new Map<string, number>();
  const ofFacet = new Int32Array(facetNumbers.size).fill(NONE);
  for (const [facet, number] of facetNumbers) {
    const owner = engine.ownerOf(facet);
    if (owner !== undefined && !nobody.has(owner)) ofFacet[number] = numberIn(numbers, owner);
  }
  const profile = new Int32Array(ground.events).fill(NONE);
  for (let event = 0; event < ground.events; event++) {
    const facet = facets[event];
    if (facet !== undefined) profile[event] = ofFacet[facet] ?? NONE;
  }
  return { profile, profileIds: [...numbers.keys()] };
}
