import { describe, expect, it } from 'vitest';
import { jitsu } from '../../../src/ingest/dialects/jitsu.ts';
import { rudderstack } from '../../../src/ingest/dialects/rudderstack.ts';
import { segment } from '../../../src/ingest/dialects/segment.ts';
import { openRecorded, type RecordedRequest, readRecorded } from './open-recorded.ts';

/** RudderStack's libraries send most to Segment's paths. */
function dialectOf({ url }: RecordedRequest) {
  if (url.startsWith('/v1/')) return segment;
  return url.startsWith('/api/s/') ? jitsu : rudderstack;
}

/** What each library told, with or without batches, gzip and beacons: the same story. */
const STORY = ['page_viewed', 'Product Viewed', 'profile_identified', 'Order Completed'];

const requests = ['segment', 'rudderstack', 'jitsu'].flatMap(readRecorded);
const libraries = [...new Set(requests.map(({ from }) => from))];

describe.each(libraries)('what %s has sent', (library) => {
  const sent = requests.filter(({ from }) => from === library);
  const read = async () => {
    const outcomes = await Promise.all(sent.map((request) => openRecorded(dialectOf(request), request)));
    return outcomes.flat().map((outcome) => {
      if (!outcome.ok) throw new TypeError(JSON.stringify(outcome));
      return outcome;
    });
  };

  it('is the story, each event with an id and times of its own', async () => {
    const decoded = await read();
    expect(decoded.map(({ event }) => event.type)).toEqual(STORY);
    expect(new Set(decoded.map(({ event }) => event.id)).size).toBe(STORY.length);
    for (const { event, sentAt } of decoded) {
      expect(event.time).toMatch(/^2026-11-22T1[89]:/);
      // A batch of the browser library does not say when it was sent.
      if (!library.endsWith('batching') && library !== 'segment-node') {
        expect(Date.parse(String(sentAt))).toBeGreaterThanOrEqual(Date.parse(String(event.time)));
      }
    }
  });

  it('is by one anonymous visitor, and one person from the sign-in on', async () => {
    const decoded = await read();
    const ids = decoded.map(({ event }) => event.identifiers as Record<string, unknown>);
    expect(ids.map(({ user_id }) => user_id)).toEqual([undefined, undefined, 'u-1', 'u-1']);
    const visitors = ids.map(({ anonymous_id }) => anonymous_id);
    expect(new Set(visitors.slice(0, 3)).size).toBe(1);
    expect(visitors[0]).toEqual(expect.any(String));
    expect(decoded[2]?.event.traits).toEqual({ email: 'ann@example.com' });
  });

  it('comes through the channel where the library runs, and keeps what was bought and where', async () => {
    const decoded = await read();
    const channel = library.endsWith('-node') ? 'server' : 'web';
    for (const { event } of decoded) expect(event.channel).toBe(channel);
    expect(decoded[3]?.event.properties).toEqual({
      order_id: 'o-1',
      total: 399,
      currency: 'CNY',
      products: [{ product_id: 'spu-1', price: 399, quantity: 1 }],
    });
    expect(decoded[0]?.event.context).toHaveProperty('library');
    expect(decoded[0]?.event.properties).toMatchObject({ url: expect.stringContaining('/p/spu-1') });
    expect(JSON.stringify(decoded)).not.toContain('wk_0123');
  });
});
