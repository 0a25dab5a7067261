import { afterAll, beforeAll, expect, it } from 'vitest';
import type { JsonObject } from '../../src/model/json.ts';
import { waitUntil } from '../e2e/support/wait-until.ts';
import { describeWith } from '../support/find-server.ts';
import { Deployment, type NodeName } from './deployment.ts';

const NODES: readonly NodeName[] = ['a', 'b', 'c'];
const PEOPLE = 12;
const EACH = 8;
const MOST = 3;
/** Longer than the silence after which a node is taken for gone. */
const PAST_LEASE_MS = 3_000;

/*
 * Everybody sends to every node at once. A person's events come to one partition, whichever node took them, and are decided
 * there one after the other; a node that stood still and comes back commits nothing.
 */
describeWith(['redis-server', 'nats-server'], 'caps on several nodes', () => {
  const deployment = new Deployment('caps');
  beforeAll(async () => {
    await deployment.start(NODES);
    const put = async (path: string, definition: JsonObject): Promise<void> => {
      const answer = await deployment
        .node('a')
        .api.send('PUT', `/v1/definitions/${path}`, JSON.stringify(definition));
      expect(answer.status, answer.text).toBe(200);
    };
    await put('triggers/every_favorite', { on: { event: 'product_favorited' }, action: { channel: 'sms' } });
    await put('triggers/every_share', { on: { event: 'product_shared' }, action: { channel: 'email' } });
    await put('messaging/default', { caps: [{ overall: true, count: MOST, every: '365d', rolling: true }] });
  }, 120_000);
  afterAll(() => deployment.remove());

  /** All events of all people, sent to all nodes at the same time; answers what was decided, by person. */
  async function rush(people: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
    const decided = new Map<string, string[]>(people.map((person) => [person, []]));
    const send = async (person: string, n: number): Promise<void> => {
      const event = {
        id: `${person}-${n}`,
        type: n % 2 === 0 ? 'product_favorited' : 'product_shared',
        identifiers: { user_id: person },
        properties: { item_id: 'i-1' },
        consent: { marketing: { sms: true, email: true } },
      };
      const node = NODES[n % NODES.length] ?? 'a';
      const { body } = await deployment.node(node).api.apply([event]);
      for (const { decision, reason = '' } of body.results[0].triggers)
        decided.get(person)?.push(`${decision} ${reason}`);
    };
    await Promise.all(people.flatMap((person) => Array.from({ length: EACH }, (_, n) => send(person, n))));
    return decided;
  }

  it('hold exactly, whoever takes the events', async () => {
    const decided = await rush(Array.from({ length: PEOPLE }, (_, n) => `one-${n}`));
    for (const [person, decisions] of decided) {
      expect(decisions, person).toHaveLength(EACH);
      expect(
        decisions.filter((each) => each === 'fired '),
        person,
      ).toHaveLength(MOST);
      expect(
        decisions.filter((each) => each === 'suppressed cap:overall'),
        person,
      ).toHaveLength(EACH - MOST);
    }
  }, 120_000);

  it('hold exactly where a node stands still in between and comes back', async () => {
    const people = Array.from({ length: PEOPLE }, (_, n) => `two-${n}`);
    const zombie = deployment.node('c');
    const first = {
      type: 'product_favorited',
      properties: { item_id: 'i-1' },
      consent: { marketing: { sms: true } },
    };
    await deployment
      .node('a')
      .api.apply(
        people.map((person) => ({ ...first, id: `${person}-first`, identifiers: { user_id: person } })),
      );
    const late = people.map((person) => ({
      ...first,
      id: `${person}-late`,
      identifiers: { user_id: person },
    }));
    const sending = zombie.api.post('/v1/events', late);
    zombie.process.pause();
    await new Promise((resolve) => setTimeout(resolve, PAST_LEASE_MS));
    const others = people.flatMap((person) =>
      Array.from({ length: EACH }, (_, n) => ({
        ...first,
        id: `${person}-${n}`,
        identifiers: { user_id: person },
      })),
    );
    await deployment.node('b').api.apply(others);
    zombie.process.resume();
    await sending;
    // What another node still has to apply, the one that writes history does not know of.
    let rows: readonly JsonObject[] = [];
    await waitUntil('history has every decision', async () => {
      rows = await deployment
        .node('a')
        .api.sql(
          "SELECT profile_id, countIf(decision = 'fired') AS fired, count() AS all FROM decisions " +
            `WHERE event_id LIKE 'two-%' GROUP BY profile_id`,
        );
      return rows.length === PEOPLE && rows.every(({ all }) => Number(all) > EACH);
    });
    for (const { fired } of rows) expect(Number(fired)).toBe(MOST);
  }, 120_000);
});
