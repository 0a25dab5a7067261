import { afterAll, beforeAll, expect, it } from 'vitest';
import { connectNats, type NatsLink } from '../../../src/adapters/nats/connection.ts';
import { createNotifications } from '../../../src/adapters/nats/notifications.ts';
import type { Firing } from '../../../src/model/trigger.ts';
import { describeWith } from '../../support/find-server.ts';
import { type PrivateServer, startNats } from '../../support/servers.ts';

function firing(id: string, trigger = 'three-views'): Firing {
  return {
    id,
    trigger,
    profile_id: 'p_1',
    decision: 'fired',
    at: 1_700_000_000_000,
    event_id: 'e1',
    channel: 'sms',
    payload: { text: 'ü' },
    trace: {},
  };
}

describeWith(['nats-server'], 'notifications on NATS', () => {
  let server: PrivateServer;
  let one: NatsLink;
  let other: NatsLink;
  beforeAll(async () => {
    server = await startNats();
    one = await connectNats({ servers: [server.url], name: 'one' });
    other = await connectNats({ servers: [server.url], name: 'other' });
  });
  afterAll(async () => {
    await one.close();
    await other.close();
    await server.remove();
  });
  const settle = async (): Promise<void> => {
    await one.connection.flush();
    await other.connection.flush();
  };

  it('bring firings to the other nodes of the space, not back to their own', async () => {
    const nodes = [
      createNotifications(one, { space: 'a', node: 'n1' }),
      createNotifications(other, { space: 'a', node: 'n2' }),
      createNotifications(other, { space: 'b', node: 'n3' }),
    ];
    const heard: (readonly [number, Firing])[] = [];
    const stops = nodes.map((node, at) =>
      node.listen((firings) => heard.push(...firings.map((one) => [at, one] as const))),
    );
    await settle();
    nodes[0]?.firings([firing('1'), firing('2', 'any name. *')]);
    await settle();
    await settle();
    expect(heard).toEqual([
      [1, firing('1')],
      [1, firing('2', 'any name. *')],
    ]);
    for (const stop of stops) stop();
    nodes[1]?.firings([firing('3')]);
    await settle();
    expect(heard).toHaveLength(2);
  });

  it('are there for others on subjects of their names', async () => {
    const seen: (readonly [string, unknown])[] = [];
    const subscription = other.connection.subscribe('tessera.shop.>', {
      callback: (_error, message) => void seen.push([message.subject, message.json()]),
    });
    await settle();
    const notifications = createNotifications(one, { space: 'shop', node: 'n1' });
    const change = {
      id: 'c-1',
      segment: 'loyal',
      version: 'v',
      profile_id: 'p_1',
      change: 'entered',
      at: 5,
      cause: 'time',
      event_id: '',
    } as const;
    notifications.firings([firing('1')]);
    notifications.profiles([{ profile_id: 'p_1', partition: 'p0', seq: 7 }]);
    notifications.segments([change]);
    await settle();
    await settle();
    expect(seen).toEqual([
      ['tessera.shop.triggers.three-views', { ...firing('1'), node: 'n1' }],
      ['tessera.shop.profiles.p_1', { profile_id: 'p_1', partition: 'p0', seq: 7, node: 'n1' }],
      ['tessera.shop.segments.loyal', { ...change, node: 'n1' }],
    ]);
    subscription.unsubscribe();
  });

  it('tell the other nodes what happens to a profile that they watch, and of all five decisions', async () => {
    const changes: unknown[] = [];
    const heard: Firing[] = [];
    const watching = createNotifications(other, { space: 'watched', node: 'n2' });
    const stops = [
      watching.listenToProfile('p_1', (change) => void changes.push(change)),
      watching.listen((firings) => void heard.push(...firings)),
    ];
    await settle();
    const change = { partition: 'p0', seq: 7, events: [{ id: 'e', type: 't', time: 1 }] };
    const telling = createNotifications(one, { space: 'watched', node: 'n1' });
    telling.profiles([
      { ...change, profile_id: 'p_2' },
      { ...change, profile_id: 'p_1' },
    ]);
    watching.profiles([{ ...change, profile_id: 'p_1', seq: 8 }]);
    for (const decision of ['fired', 'suppressed', 'deferred', 'held_out', 'revoked'] as const)
      telling.firings([{ ...firing(decision), decision }]);
    await settle();
    await settle();
    expect(changes).toEqual([{ ...change, profile_id: 'p_1' }]);
    expect(heard.map(({ decision }) => decision)).toEqual([
      'fired',
      'suppressed',
      'deferred',
      'held_out',
      'revoked',
    ]);
    for (const stop of stops) stop();
  });

  it('leave alone what is no firing', async () => {
    const heard: Firing[] = [];
    const stop = createNotifications(one, { space: 'x', node: 'n1' }).listen((firings) =>
      heard.push(...firings),
    );
    await settle();
    const { trace: _trace, ...cut } = firing('1');
    for (const body of ['', '{', '[]', '{}', JSON.stringify(cut), JSON.stringify(firing('good'))]) {
      other.connection.publish('tessera.x.triggers.t', body);
    }
    await settle();
    await settle();
    expect(heard.map(({ id }) => id)).toEqual(['good']);
    stop();
  });
});
