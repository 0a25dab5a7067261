import type { Dialect } from './dialect.ts';

/** The engine's own format: an event, an array, `{ events: [...] }`, or NDJSON. */
export const canonical: Dialect = {
  name: 'tessera',
  routes: [{ path: '/v1/events', listKey: 'events' }],
  decode(item, envelope) {
    const { sentAt, ...event } = item;
    const sent = sentAt ?? envelope.sentAt;
    // Nearly always there is nothing to take out, and the event goes on as it was parsed.
    if (sent === undefined) return { ok: true, event: item };
    return { ok: true, event: sentAt === undefined ? item : event, sentAt: sent };
  },
};
