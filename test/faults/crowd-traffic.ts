import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'vitest';
import type { RunningEngine } from '../e2e/support/engine-process.ts';
import type { Random } from '../e2e/support/seeded-random.ts';
import { waitUntil } from '../e2e/support/wait-until.ts';

interface Sent {
  readonly id: string;
  readonly person: number;
  readonly item: string;
  readonly price: number;
}

const PEOPLE = 40;
const ITEMS = 12;
const RETRY_MS = 50;
const BATCH_MAX = 12;
const TRIES_MAX = 2_000;

/**
 * People who look at things, on whichever node answers: every batch is sent again until it is acknowledged, as a client
 * does. From the list of what was acknowledged alone follows what state and history must hold.
 */
export class CrowdTraffic {
  readonly acknowledged = new Map<string, Sent>();
  readonly #nodes: () => readonly RunningEngine[];
  readonly #random: Random;
  #sent = 0;
  refusals = 0;

  constructor(nodes: () => readonly RunningEngine[], random: Random) {
    this.#nodes = nodes;
    this.#random = random;
  }

  /** Sends so many events, some of them twice; resolves once all are acknowledged. */
  async send(count: number): Promise<void> {
    for (let left = count; left > 0; ) {
      const size = Math.min(left, this.#random.between(1, BATCH_MAX));
      const batch = Array.from({ length: size }, () => this.#invent());
      await this.#deliver(batch);
      if (this.#random.between(0, 9) === 0) await this.#deliver(batch);
      left -= size;
    }
  }

  #invent(): Sent {
    this.#sent += 1;
    return {
      id: `e-${this.#sent}`,
      person: this.#random.between(0, PEOPLE - 1),
      item: `spu-${this.#random.between(0, ITEMS - 1)}`,
      price: this.#random.between(1, 500),
    };
  }

  async #deliver(batch: readonly Sent[]): Promise<void> {
    const events = batch.map(({ id, person, item, price }) => ({
      id,
      type: 'product_viewed',
      // A browser and an account: the first such pair of each person passes through identity.
      identifiers: { user_id: `u-${person}`, anonymous_id: `a-${person}-${person % 3}` },
      properties: { item_id: item, price },
    }));
    for (let tries = 0; tries < TRIES_MAX; tries += 1) {
      const nodes = this.#nodes();
      const node = nodes[this.#random.between(0, Math.max(0, nodes.length - 1))];
      const status = await node?.api.post('/v1/events', { events }).then(
        (answer) => answer.status,
        () => 0,
      );
      if (status === 202 || status === 200) {
        for (const sent of batch) this.acknowledged.set(sent.id, sent);
        return;
      }
      this.refusals += 1;
      await pause(RETRY_MS);
    }
    throw new Error('no node accepts anything any more');
  }

  /** What every person must have, from what was acknowledged. */
  #expected(): Map<number, { views: number; items: Set<string> }> {
    const people = new Map<number, { views: number; items: Set<string> }>();
    for (const { person, item } of this.acknowledged.values()) {
      const found = people.get(person) ?? { views: 0, items: new Set<string>() };
      people.set(person, found);
      found.views += 1;
      found.items.add(item);
    }
    return people;
  }

  /** State of every person, and exactly one row of history per event, without FINAL. */
  async audit(node: RunningEngine, historyNode: RunningEngine, story: string): Promise<void> {
    const expected = this.#expected();
    await waitUntil(`state holds what was acknowledged (${story})`, async () => {
      const { body } = await node.api.get('/readyz');
      return body.lag?.people === 0;
    });
    for (const [person, { views, items }] of expected) {
      let found: readonly unknown[] = [];
      await waitUntil(`person ${person} counts ${views} (${story})`, async () => {
        const { status, body } = await node.api.get(`/v1/profiles/user_id%3Au-${person}`);
        // The state may not be back yet.
        if (status !== 200) return false;
        const { views_lifetime, last_viewed_items } = body.features;
        found = [views_lifetime.value, [...(last_viewed_items.value ?? [])].sort()];
        return views_lifetime.value >= views;
      });
      expect(found, `person ${person}, ${story}`).toEqual([views, [...items].sort()]);
    }
    const rows = async (): Promise<{ rows: number; ids: number }> =>
      (await historyNode.api.numbers(
        "SELECT count() AS rows, uniqExact(event_id) AS ids FROM events WHERE startsWith(event_id, 'e-')",
      )) as {
        rows: number;
        ids: number;
      };
    await waitUntil(
      `history has every event (${story})`,
      async () => (await rows()).ids >= this.acknowledged.size,
    );
    expect(await rows(), story).toEqual({ rows: this.acknowledged.size, ids: this.acknowledged.size });
  }
}
