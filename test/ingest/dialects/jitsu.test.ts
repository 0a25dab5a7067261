import { describe, expect, it } from 'vitest';
import type { DialectRoute } from '../../../src/ingest/dialects/dialect.ts';
import { jitsu } from '../../../src/ingest/dialects/jitsu.ts';

function route(path: string): DialectRoute {
  const found = jitsu.routes.find((entry) => entry.path === path);
  expect(found, path).toBeDefined();
  return found!;
}

/** As the library sends it from a server, shortened. */
const track = {
  type: 'track',
  event: 'Order Completed',
  properties: { order_id: 'o-1', total: 399, currency: 'CNY' },
  userId: 'u-1',
  anonymousId: 'a-1',
  timestamp: '2026-11-22T10:00:00.000Z',
  sentAt: '2026-11-22T10:00:00.100Z',
  messageId: 'm-1',
  writeKey: 'wk_1:***',
  context: {
    library: { name: '@jitsu/js', version: '1.11.0', env: 'node' },
    traits: { email: 'ann@example.com' },
  },
};

describe('calls', () => {
  it('are those of the Segment family', () => {
    expect(jitsu.decode(track, {}, route('/api/s/track'))).toEqual({
      ok: true,
      sentAt: track.sentAt,
      event: {
        id: 'm-1',
        type: 'Order Completed',
        time: track.timestamp,
        channel: 'server',
        identifiers: { user_id: 'u-1', anonymous_id: 'a-1' },
        properties: track.properties,
        traits: { email: 'ann@example.com' },
        context: { library: track.context.library },
      },
    });
  });

  it('name themselves on the path for any event', () => {
    const item = { ...track, type: 'page' };
    expect(jitsu.decode(item, {}, route('/api/s/s2s/event'))).toMatchObject({
      event: { type: 'page_viewed' },
    });
    expect(jitsu.decode({ type: 'nonsense' }, {}, route('/api/s/event'))).toMatchObject({
      code: 'unknown_type',
    });
  });

  it('have a path for browsers and one for servers, answered with JSON that loads no scripts', () => {
    for (const prefix of ['/api/s', '/api/s/s2s']) {
      for (const call of ['page', 'track', 'identify', 'group']) {
        expect(JSON.parse(String(route(`${prefix}/${call}`).accepted?.body))).toEqual({
          ok: true,
          destinations: [],
        });
      }
    }
  });
});
