import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { limits } from '../../src/limits.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../../src/model/time.ts';
import {
  createDeliveryRig,
  type DeliveryRig,
  HookServer,
  onCheckout,
  SECRET,
} from '../support/delivery-rig.ts';
import { createFusedRunner } from '../support/fused-runner.ts';

describe('what webhooks are told', () => {
  let server: HookServer;
  let url: string;
  let rig: DeliveryRig;

  beforeEach(async () => {
    server = new HookServer();
    url = await server.start();
    rig = createDeliveryRig();
    await rig.force({ triggers: [onCheckout], webhooks: [rig.webhook('crm', `${url}/crm`)] });
  });
  afterEach(() => server.stop());

  it('is the decision that everybody sees, signed, with the headers of the webhook, once', async () => {
    await rig.force({
      webhooks: [rig.webhook('crm', `${url}/crm`, { headers: { authorization: 'Bearer abc' } })],
    });
    const firings = await rig.checkouts('a', 'b');
    const shown = rig.committed.flatMap(({ effects }) =>
      effects.flatMap((effect) => (effect.kind === 'firing' ? [effect.firing] : [])),
    );
    expect(shown).toEqual(firings);
    await rig.settle();
    expect(server.ids.sort()).toEqual(firings.map(({ id }) => id).sort());
    for (const { path, headers, body } of server.received) {
      expect([path, headers.authorization, headers['content-type']]).toEqual([
        '/crm',
        'Bearer abc',
        'application/json',
      ]);
      const { type, timestamp, data, ...rest } = JSON.parse(body);
      expect(rest).toEqual({});
      expect(type).toBe('trigger.fired');
      expect(data).toEqual(
        JSON.parse(JSON.stringify(firings.find(({ id }) => id === headers['webhook-id']))),
      );
      expect(timestamp).toBe(new Date(data.at).toISOString());
      expect(headers['webhook-timestamp']).toBe(String(Math.floor(rig.clock.now() / SECOND_MS)));
      const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`;
      const key = Buffer.from(SECRET.slice('whsec_'.length), 'base64');
      const expected = `v1,${createHmac('sha256', key).update(signed).digest('base64')}`;
      expect(headers['webhook-signature']).toBe(expected);
    }
    expect(rig.waiting('crm')).toEqual([]);
    expect(rig.endpoint('crm')).toMatchObject({ waiting: 0, delivered: 2, failures: 0 });
    expect(rig.rows('deliveries')).toHaveLength(2);
  });

  it('reaches an endpoint that was down for an hour once it is back, each id once', async () => {
    let down = true;
    server.answer = () => ({ status: down ? 503 : 204 });
    const ids: string[] = [];
    for (let minute = 0; minute < 60; minute++) {
      ids.push(...(await rig.checkouts(`m${minute}`)).map(({ id }) => id));
      await rig.pass(MINUTE_MS, 5 * SECOND_MS);
    }
    const tried = server.received.length;
    expect(rig.waiting('crm')).toHaveLength(60);
    // The breaker keeps an endpoint that is down from being asked for every message.
    expect(tried).toBeGreaterThan(10);
    expect(tried).toBeLessThan(100);
    down = false;
    server.received.length = 0;
    await rig.pass(limits.deliveryRetryMsMax + limits.breakerPauseMsMax, 30 * SECOND_MS);
    expect([...server.ids].sort()).toEqual([...ids].sort());
    expect(rig.waiting('crm')).toEqual([]);
    expect(rig.dead('crm')).toEqual([]);
    expect(rig.endpoint('crm')).toMatchObject({ waiting: 0, delivered: 60, openUntil: 0 });
  });

  it('goes to one endpoint though another does not answer at all', async () => {
    const other = new HookServer();
    const there = await other.start();
    other.answer = () => undefined;
    await rig.force({ webhooks: [rig.webhook('crm', url), rig.webhook('asleep', there)] });
    const firings = await rig.checkouts(...Array.from({ length: 12 }, (_, n) => `e${n}`));
    for (let look = 0; look < 20; look++) {
      await rig.worker.look();
      await expect.poll(() => server.received.length).toBeGreaterThanOrEqual(Math.min(12, 4 * (look + 1)));
      await rig.drain();
      if (server.received.length === 12) break;
    }
    expect(new Set(server.ids)).toEqual(new Set(firings.map(({ id }) => id)));
    await expect.poll(() => other.received.length).toBe(limits.deliveriesAtOnce);
    expect(other.atOnceMost).toBe(limits.deliveriesAtOnce);
    await other.stop();
    await rig.worker.stop();
  });

  it('is not sent before an endpoint that is too busy has asked for it', async () => {
    server.answer = () => ({ status: 429, headers: { 'retry-after': '600' } });
    await rig.checkouts('a');
    await rig.settle();
    const [first] = rig.waiting('crm');
    expect(first?.due).toBeGreaterThanOrEqual(rig.clock.now() + 600 * SECOND_MS);
    await rig.pass(590 * SECOND_MS, 10 * SECOND_MS);
    expect(server.received).toHaveLength(1);
    server.answer = () => ({ status: 200 });
    await rig.pass(20 * SECOND_MS, 10 * SECOND_MS);
    expect(new Set(server.ids).size).toBe(1);
    expect(server.received).toHaveLength(2);
  });

  it('is given up after a day, and brought again when somebody asks for it', async () => {
    server.answer = () => ({ status: 500 });
    const [firing] = await rig.checkouts('a');
    await rig.pass(DAY_MS + 2 * HOUR_MS, 60 * SECOND_MS);
    expect(rig.waiting('crm')).toEqual([]);
    expect(rig.dead('crm')).toMatchObject([{ n: 1, id: firing?.id, reason: 'status', status: 500 }]);
    server.answer = () => ({ status: 200 });
    server.received.length = 0;
    const again = {
      kind: 'delivery',
      webhook: 'crm',
      step: { type: 'replay', numbers: [1, 2], author: 'ann' },
    } as const;
    await rig.append(again, again);
    await rig.pass(limits.breakerPauseMsMax, 10 * SECOND_MS);
    expect(server.ids).toEqual([firing?.id]);
    expect(rig.dead('crm')).toEqual([]);
    expect(rig.endpoint('crm')).toMatchObject({ waiting: 0, dead: 0, delivered: 1 });
    const changes = rig.rows('deliveries').map(({ line }) => JSON.parse(line)[9]);
    expect(new Set(changes)).toEqual(new Set(['failed', 'buried', 'replayed', 'delivered']));
  });

  it('is given up for an endpoint that has gone, until its definition is another', async () => {
    server.answer = () => ({ status: 410 });
    await rig.checkouts('a', 'b', 'c', 'd', 'e', 'f');
    await rig.settle();
    // Those that were on their way together; nothing after them.
    expect(server.received.length).toBeLessThanOrEqual(limits.deliveriesAtOnce);
    await rig.checkouts('g');
    await rig.settle();
    expect(server.received.length).toBeLessThanOrEqual(limits.deliveriesAtOnce);
    expect(rig.dead('crm').map(({ reason }) => reason)).toEqual(Array(7).fill('gone'));
    server.answer = () => ({ status: 200 });
    server.received.length = 0;
    await rig.force({ webhooks: [rig.webhook('crm', `${url}/new`)] });
    const [firing] = await rig.checkouts('h');
    await rig.settle();
    expect(server.ids).toEqual([firing?.id]);
  });

  it('waits for nobody once a webhook is disabled or removed', async () => {
    server.answer = () => ({ status: 500 });
    await rig.checkouts('a');
    await rig.settle();
    await rig.force({ webhooks: [rig.webhook('crm', url, { disabled: true })] });
    await rig.checkouts('b');
    await rig.pass(HOUR_MS, MINUTE_MS);
    expect(rig.dead('crm').map(({ reason }) => reason)).toEqual(['disabled']);
    await rig.force({ webhooks: [] });
    expect(rig.waiting('crm')).toEqual([]);
  });

  it('is sent again by whoever works next, when a process ends between sending and recording', async () => {
    const firings = await rig.checkouts('a', 'b', 'c');
    const dying = rig.newWorker({
      // The process ends before its record is in the log.
      log: { append: () => new Promise(() => undefined) },
    });
    await dying.look();
    await expect.poll(() => server.received.length).toBe(3);
    expect(rig.waiting('crm')).toHaveLength(3);
    await rig.settle();
    expect(rig.waiting('crm')).toEqual([]);
    const times = new Map<string, number>();
    for (const id of server.ids) times.set(id, (times.get(id) ?? 0) + 1);
    expect(times).toEqual(new Map(firings.map(({ id }) => [id, 2])));
  });

  it('that cannot be put together waits like one that is not taken', async () => {
    await rig.checkouts('a');
    const errors: unknown[] = [];
    const failing = rig.newWorker({
      compose: () => Promise.reject(new RangeError('the key is gone')),
      onError: (error) => errors.push(error),
    });
    await failing.look();
    await failing.settled();
    await rig.drain();
    expect(errors).toHaveLength(1);
    expect(rig.endpoint('crm')).toMatchObject({ waiting: 1, failures: 1, last: { failure: 'internal' } });
    expect(rig.waiting('crm')).toMatchObject([{ attempts: 1 }]);
  });

  it('is not sent while what came of it is in the log and not applied', async () => {
    await rig.checkouts('a');
    await rig.worker.look();
    await rig.worker.settled();
    expect(await rig.worker.look()).toBe(0);
    await rig.drain();
    expect(await rig.worker.look()).toBe(0);
    expect(server.received).toHaveLength(1);
  });

  it('goes where the trigger says, or else to all that want such decisions of such triggers', async () => {
    const named = { ...onCheckout, name: 'named', action: { channel: 'none', to: ['b'] } };
    await rig.force({
      triggers: [onCheckout, named],
      webhooks: [
        rig.webhook('a', `${url}/a`),
        rig.webhook('b', `${url}/b`, { triggers: ['other'] }),
        rig.webhook('c', `${url}/c`, { triggers: ['checkout'] }),
        rig.webhook('d', `${url}/d`, { decisions: ['suppressed'] }),
        rig.webhook('e', `${url}/e`, { disabled: true }),
      ],
    });
    await rig.checkouts('x');
    await rig.settle();
    const told = server.received.map(({ path, body }) => `${path} ${JSON.parse(body).data.trigger}`);
    expect(told.sort()).toEqual(['/a checkout', '/b named', '/c checkout']);
  });

  it('leaves the same state when the log is read again', async () => {
    let asked = 0;
    server.answer = () => ({ status: asked++ % 3 === 0 ? 200 : 500 });
    await rig.checkouts('a', 'b', 'c', 'd', 'e');
    await rig.pass(HOUR_MS, MINUTE_MS);
    const again = createFusedRunner({ log: rig.log, clock: rig.clock });
    await again.drain();
    expect(again.state()).toEqual(rig.state());
    expect(again.rows()).toEqual(rig.rows());
  });
});
