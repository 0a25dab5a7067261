import { expect, it } from 'vitest';
import { canonical } from '../../../src/ingest/dialects/canonical.ts';

const route = canonical.routes[0]!;

it('serves one path, with the list under events, and says accepted but not applied', () => {
  expect(canonical.routes).toEqual([{ path: '/v1/events', listKey: 'events' }]);
});

it('passes an event on as it was parsed', () => {
  const event = { id: 'e-1', type: 'product_viewed', properties: { item_id: 'spu-1' } };
  const decoded = canonical.decode(event, {}, route);
  expect(decoded).toEqual({ ok: true, event });
  expect('event' in decoded && decoded.event).toBe(event);
});

it('takes the time of sending from the event, or else from around it', () => {
  const event = { type: 'a' };
  expect(canonical.decode(event, { sentAt: 5 }, route)).toEqual({ ok: true, event, sentAt: 5 });
  expect(canonical.decode({ ...event, sentAt: 6 }, { sentAt: 5 }, route)).toEqual({
    ok: true,
    event,
    sentAt: 6,
  });
});
