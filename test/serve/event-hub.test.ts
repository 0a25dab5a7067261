import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createMemoryChannel } from '../../src/adapters/memory/channel.ts';
import { limits } from '../../src/limits.ts';
import type { Event } from '../../src/model/event.ts';
import type { EventNews } from '../../src/model/told-event.ts';
import { type Fate, NodeEventHub } from '../../src/serve/event-hub.ts';

const NOW = 1_795_255_200_000;
const PLACE = { partition: 'p0', spooled: 0 };

function fate(id: string, status: 'applied' | 'duplicate' = 'applied', channel = 'web'): Fate {
  const given = { id, type: 'product_viewed', time: NOW, receivedAt: NOW, source: 's', channel };
  const event: Event = { ...given, claims: [], facet: 'f-1', properties: {} };
  return { record: { kind: 'event', event }, outcome: { status, profileId: 'p-1' } };
}

function rejected(id: string): Fate {
  const record = { kind: 'quarantine', id, source: 's', receivedAt: NOW, code: 'schema_violation' } as const;
  return {
    record: { ...record, path: '/type', message: '', sealed: '' },
    outcome: { status: 'quarantined', code: 'schema_violation', profileId: '' },
  };
}

describe('the fan-out of events', () => {
  beforeEach(() => vi.useFakeTimers({ now: NOW }));
  afterEach(() => vi.useRealTimers());
  const now = () => Date.now();

  it('counts all, and tells of each kind as many as somebody could read', () => {
    const hub = new NodeEventHub({ node: 'n', now });
    const news: EventNews[] = [];
    hub.subscribe((each) => news.push(each));
    hub.committed(
      Array.from({ length: 5000 }, (_, i) => fate(`e-${i}`)),
      PLACE,
    );
    hub.committed([rejected('q-1'), fate('d-1', 'duplicate', 'app')], PLACE);
    vi.advanceTimersByTime(limits.streamRateMs);
    const told = news.flatMap((each) => (each.kind === 'event' ? [each.event] : []));
    expect(told.filter(({ status }) => status === 'applied')).toHaveLength(limits.streamEventsAtOnce);
    expect(told.at(-2)).toMatchObject({
      status: 'quarantined',
      code: 'schema_violation',
      path: '/type',
      quarantine_id: 'q-1',
    });
    expect(told.at(-1)).toMatchObject({ status: 'duplicate', event_id: 'd-1' });
    const [rates] = news.flatMap((each) => (each.kind === 'rates' ? [each.rates] : []));
    expect(rates).toEqual({
      node: 'n',
      at: NOW + limits.streamRateMs,
      over_ms: limits.streamRateMs,
      channels: { web: { applied: 5000 }, '': { quarantined: 1 }, app: { duplicate: 1 } },
      seen: 5002,
      shown: limits.streamEventsAtOnce + 2,
    });
    hub.close();
  });

  it.each([{ context: { store: 'SH-001' } }, { properties: { store: 'SH-001' } }])(
    'tells who comes into a store, however much else goes by: %j',
    (where) => {
      const hub = new NodeEventHub({ node: 'n', now });
      const news: EventNews[] = [];
      hub.subscribe((each) => news.push(each));
      const { record, outcome } = fate('came', 'applied', 'store_device');
      if (record.kind !== 'event') throw new TypeError('an event was made');
      const event = { ...record.event, type: 'store_entered', ...where };
      hub.committed(
        Array.from({ length: 5000 }, (_, i) => fate(`e-${i}`)),
        PLACE,
      );
      hub.committed([{ record: { kind: 'event', event }, outcome }], PLACE);
      const told = news.flatMap((each) => (each.kind === 'event' ? [each.event] : []));
      expect(told).toHaveLength(limits.streamEventsAtOnce + 1);
      expect(told.at(-1)).toMatchObject({ event_id: 'came', type: 'store_entered', store: 'SH-001' });
      hub.close();
    },
  );

  it('does nothing while nobody listens, and stops when the last one leaves', () => {
    const hub = new NodeEventHub({ node: 'n', now });
    hub.committed([fate('e-0')], PLACE);
    expect(vi.getTimerCount()).toBe(0);
    const leave = hub.subscribe(() => undefined);
    expect(vi.getTimerCount()).toBe(1);
    leave();
    vi.advanceTimersByTime(2 * limits.streamRateMs);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('leaves out what nobody has sent', () => {
    const hub = new NodeEventHub({ node: 'n', now });
    const news: EventNews[] = [];
    hub.subscribe((each) => news.push(each));
    const outcome = { status: 'applied', profileId: 'p-1' } as const;
    hub.committed([{ record: { kind: 'wake', profile: 'p-1', at: NOW }, outcome }], PLACE);
    vi.advanceTimersByTime(limits.streamRateMs);
    expect(news).toMatchObject([{ kind: 'rates', rates: { seen: 0 } }]);
    hub.close();
  });

  it('bounds the channels that it names', () => {
    const hub = new NodeEventHub({ node: 'n', now });
    const news: EventNews[] = [];
    hub.subscribe((each) => news.push(each));
    const many = limits.streamRateChannelsMax + 10;
    hub.committed(
      Array.from({ length: many }, (_, i) => fate(`e-${i}`, 'applied', `c-${i}`)),
      PLACE,
    );
    vi.advanceTimersByTime(limits.streamRateMs);
    const rates = news.find((each) => each.kind === 'rates');
    expect(rates).toMatchObject({ rates: { seen: many, channels: { other: { applied: 10 } } } });
    hub.close();
  });

  it('tells what other nodes have, as long as somebody listens anywhere', async () => {
    const channel = createMemoryChannel();
    const here = new NodeEventHub({ node: 'here', now, channel });
    const there = new NodeEventHub({ node: 'there', now, channel });
    const news: EventNews[] = [];
    there.committed([fate('unheard')], PLACE);
    const leave = here.subscribe((each) => news.push(each));
    await vi.advanceTimersByTimeAsync(0);
    there.committed([fate('e-1')], PLACE);
    await vi.advanceTimersByTimeAsync(limits.streamRateMs);
    expect(news.filter(({ kind }) => kind === 'event')).toMatchObject([
      { event: { node: 'there', event_id: 'e-1' } },
    ]);
    leave();
    await vi.advanceTimersByTimeAsync(10 * limits.streamRateMs);
    expect(vi.getTimerCount()).toBe(0);
    here.close();
    there.close();
  });
});
