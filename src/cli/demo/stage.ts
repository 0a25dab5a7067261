import { setTimeout as sleep } from 'node:timers/promises';
import type { GeneratedWorld } from '../../generate/generate.ts';
import type { IdentifierValues } from '../../generate/identifier-values.ts';
import type { GeneratedItem } from '../../generate/outbox.ts';
import type { Random } from '../../generate/random.ts';
import type { Scene } from '../../generate/scene.ts';
import type { Person } from '../../generate/world.ts';
import type { JsonObject } from '../../model/json.ts';
import type { EpochMs } from '../../model/time.ts';
import type { Clock } from '../../ports/clock.ts';
import type { CallEngine, EngineRequest } from '../engine-call.ts';
import type { Goods } from './goods.ts';
import type { Pacer } from './pacer.ts';
import type { Tally } from './tally.ts';

/** All that the stories of one demo share. */
export interface Town {
  readonly world: GeneratedWorld;
  readonly people: readonly Person[];
  readonly values: IdentifierValues;
  readonly goods: Goods;
  readonly clock: Clock;
  readonly pacer: Pacer;
  readonly tally: Tally;
  /** Ends every wait. */
  readonly signal: AbortSignal;
  /** With the secret key, as systems of the retailer do. */
  readonly asSystem: CallEngine;
  /** With the write key, as pages and apps do. */
  readonly asClient: CallEngine;
  /** Different in each run, so that what is told again is not taken for a repeat. */
  readonly run: string;
}

/** One story's way to the engine: every event is a request of its own, when it happens. */
export class Stage {
  readonly goods: Goods;
  readonly random: Random;
  readonly #town: Town;
  readonly #name: string;
  #events = 0;

  constructor(town: Town, random: Random, name: string) {
    this.#town = town;
    this.goods = town.goods;
    this.random = random;
    this.#name = name;
  }

  /** What the generated world tells of this moment. */
  imagine(act: (scene: Scene) => void): readonly GeneratedItem[] {
    const { world, clock } = this.#town;
    return world.afterwards(clock.now(), act);
  }

  /** The account, and the phone that it was opened with. */
  accountOf(person: Person): { readonly user_id: string; readonly phone: string } {
    const { values } = this.#town;
    return { user_id: values.user(person), phone: values.phone(person.phone) };
  }

  now(): EpochMs {
    return this.#town.clock.now();
  }

  /** A name that no other story gives. */
  serial(kind: string): string {
    return `${kind}-${this.#town.run}-${this.#name}-${this.#events}`;
  }

  /** An event of a page or an app. */
  async tell(event: JsonObject): Promise<JsonObject> {
    return await this.#send(event, { call: this.#town.asClient, query: '' });
  }

  /** An event of a system: the till, the call center, whoever signs people in. */
  async report(event: JsonObject, query = ''): Promise<JsonObject> {
    return await this.#send(event, { call: this.#town.asSystem, query });
  }

  /** Anything else that a system asks or says. */
  async ask(wanted: EngineRequest): Promise<JsonObject> {
    await this.#town.pacer.turn(this.#town.signal);
    return await this.#town.asSystem(wanted);
  }

  /** What one store's tablet, the shop's server or the till asks before it offers something. */
  async recommend(query: Readonly<Record<string, string>>): Promise<JsonObject> {
    this.#town.tally.recommendations++;
    return await this.ask({ method: 'GET', path: `/v1/recommendations?${new URLSearchParams(query)}` });
  }

  async pause(leastMs: number, mostMs: number): Promise<void> {
    await sleep(this.random.between(leastMs, mostMs), undefined, { signal: this.#town.signal });
  }

  async #send(event: JsonObject, { call, query }: Way): Promise<JsonObject> {
    const { pacer, signal, clock, tally } = this.#town;
    await pacer.turn(signal);
    const stamped = { id: this.serial('e'), time: new Date(clock.now()).toISOString(), ...event };
    this.#events++;
    const answer = await call({ method: 'POST', path: `/v1/events${query}`, body: stamped });
    tally.sent(answer);
    return answer;
  }
}

interface Way {
  readonly call: CallEngine;
  readonly query: string;
}
