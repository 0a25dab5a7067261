import { addAbortListener } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { limits } from '../limits.ts';
import type { ProfileChange } from '../model/profile-change.ts';
import { type EventNews, eventStatuses } from '../model/told-event.ts';
import type { Firing } from '../model/trigger.ts';
import type { EventHub } from './event-hub.ts';
import { streamId } from './firing-hub.ts';
import { describeRoute } from './openapi.ts';
import { readParameters, textParameter } from './parameters.ts';
import { idOfChange } from './profile-hub.ts';
import { findProfile, NO_FEATURES, profilePath } from './profile-routes.ts';
import type { ProfileReader } from './services.ts';
import { frame, type StreamBacklog, StreamClients } from './stream-clients.ts';
import type { FiringHub, ProfileHub } from './stream-service.ts';

const ID_PATTERN = /^[\w.:-]+$/;

const resumeParameter = textParameter({
  description: 'Resume after this one; the header `Last-Event-ID` says the same and wins.',
  charactersMax: 128,
  pattern: ID_PATTERN,
});

const streamParameters = {
  trigger: textParameter({
    description: 'Only decisions of this trigger.',
    charactersMax: 64,
    pattern: /^[a-z][a-z0-9_]*$/,
    example: 'plus_size_hesitation',
  }),
  decision: textParameter({
    description:
      'Only these: `fired`, `suppressed`, `deferred`, `held_out`, `revoked`, or several separated by commas.',
    charactersMax: 64,
    pattern: /^(fired|suppressed|deferred|held_out|revoked)(,(fired|suppressed|deferred|held_out|revoked))*$/,
    example: 'fired',
  }),
  last_event_id: resumeParameter,
};

const profileParameters = { last_event_id: resumeParameter };

const exampleFiring = {
  id: '5c0e6f0a9d1b4c7e8f2a3b4c5d6e7f80',
  trigger: 'plus_size_hesitation',
  profile_id: '019ab3d2-7c1e-7a40-8d5e-3f1c2b4a5d6e',
  decision: 'fired',
  at: 1795255200123,
  event_id: 'e-1',
  channel: 'sms',
  payload: { template: 'plus_size_coupon' },
  trace: { version: 'b1946ac92492d234', matched: { count: 3 }, checks: [{ check: 'kind', passed: true }] },
};

const exampleChange = {
  profile_id: '019ab3d2-7c1e-7a40-8d5e-3f1c2b4a5d6e',
  partition: 'p0',
  seq: 42,
  events: [{ id: 'e-1', type: 'product_viewed', time: 1795255200123 }],
  segments: [{ segment: 'loyal', change: 'entered', at: 1795255200123 }],
};

export interface StreamServices {
  readonly firings: FiringHub;
  readonly changes: ProfileHub;
  readonly events: EventHub;
  readonly profiles: ProfileReader;
}

/** How many listen, for metrics. */
export interface StreamCounts {
  readonly size: number;
  readonly cut: number;
}

/** `GET /v1/stream/triggers` and `/v1/stream/profiles/{id}`; returns the counts of clients. */
export function registerStreamRoutes(app: FastifyInstance, services: StreamServices): StreamCounts {
  const bounds = {
    clientsMax: limits.streamClientsMax,
    bufferBytesMax: limits.streamClientBufferBytesMax,
  };
  const firings = new StreamClients<Firing>(bounds, (firing) => frame(streamId(firing), 'trigger', firing));
  const changes = new StreamClients<ProfileChange>(bounds, (change) =>
    frame(idOfChange(change), 'profile', change),
  );
  const events = new StreamClients<EventNews>(bounds, frameOfNews);
  const stops = [
    services.firings.subscribe((firing) => firings.publish(firing)),
    services.changes.subscribe((change) => changes.publish(change)),
  ];
  const heartbeat = setInterval(() => {
    firings.beat();
    changes.beat();
    events.beat();
  }, limits.streamHeartbeatMs);
  heartbeat.unref();
  app.addHook('preClose', (done) => {
    clearInterval(heartbeat);
    for (const stop of stops) stop();
    firings.closeAll();
    changes.closeAll();
    events.closeAll();
    services.changes.close();
    services.events.close();
    done();
  });
  registerFirings(app, services.firings, firings);
  registerChanges(app, services, changes);
  registerEventStream(app, services.events, events);
  return {
    get size() {
      return firings.size + changes.size + events.size;
    },
    get cut() {
      return firings.cut + changes.cut + events.cut;
    },
  };
}

function registerFirings(app: FastifyInstance, hub: FiringHub, clients: StreamClients<Firing>): void {
  const schema = describeRoute({
    tag: 'Streams',
    summary: 'Trigger decisions as they happen (server-sent events)',
    description:
      'Each message has an `id`, `event: trigger` and one JSON in `data`. All decisions are shown, suppressed ones too. ' +
      'A client that comes back with the last id it saw gets what it missed; `event: gap` says that the id is no longer ' +
      'remembered. The id of a message is that of its firing, with `.deferred` or `.revoked` behind it for these.',
    query: streamParameters,
    answers: {
      200: { description: 'A stream without end.', type: 'text/event-stream', example: exampleFiring },
    },
  });
  app.get(
    '/v1/stream/triggers',
    { schema, config: { scope: 'read', endless: true }, exposeHeadRoute: false },
    (request, reply) => {
      const { trigger, decision, last_event_id } = readParameters(streamParameters, request.query);
      const decisions = decision === undefined ? undefined : new Set(decision.split(','));
      const resumeFrom = headerId(request.headers['last-event-id']) ?? last_event_id;
      clients.assertRoom();
      const response = openStream(request, reply);
      const wants = (firing: Firing): boolean =>
        (trigger === undefined || trigger === firing.trigger) &&
        (decisions === undefined || decisions.has(firing.decision));
      // No await between reading the backlog and joining: nothing can fire in between.
      const { firings: items, gap } = hub.since(resumeFrom);
      response.once('close', clients.add(response, wants, { items, gap }));
    },
  );
}

function registerChanges(
  app: FastifyInstance,
  { changes: hub, profiles }: StreamServices,
  clients: StreamClients<ProfileChange>,
): void {
  const schema = describeRoute({
    tag: 'Streams',
    summary: 'What happens to one profile, as it happens (server-sent events)',
    description:
      'Each message has an `id`, `event: profile` and one JSON in `data`: what one commit did to the profile. Events that ' +
      'were applied, segments entered and left, changes of points, decisions of triggers; names and ids, no personal data. ' +
      'A client that comes back to the same node with the last id it saw gets what it missed, for some minutes; ' +
      '`event: gap` says that it may have missed something. A profile that is merged into another one goes silent.',
    path: profilePath,
    query: profileParameters,
    answers: {
      200: { description: 'A stream without end.', type: 'text/event-stream', example: exampleChange },
    },
  });
  app.get<{ Params: { id: string } }>(
    '/v1/stream/profiles/:id',
    { schema, config: { scope: 'read', endless: true }, exposeHeadRoute: false },
    async (request, reply) => {
      const { last_event_id } = readParameters(profileParameters, request.query);
      const { profile_id } = await findProfile(profiles, request.params.id, {
        reveal: false,
        features: NO_FEATURES,
      });
      const resumeFrom = headerId(request.headers['last-event-id']) ?? last_event_id;
      clients.assertRoom();
      const response = openStream(request, reply);
      const { backlog, leave } = hub.watch(profile_id, resumeFrom);
      const quit = clients.add(response, (change) => change.profile_id === profile_id, backlog);
      response.once('close', () => {
        quit();
        leave();
      });
    },
  );
}

const eventParameters = {
  status: textParameter({
    description:
      'Only these: `applied`, `duplicate`, `quarantined`, `refused`, `rejected`, or several separated by commas.',
    charactersMax: 64,
    pattern: new RegExp(`^(${eventStatuses.join('|')})(,(${eventStatuses.join('|')}))*$`),
    example: 'quarantined,refused',
  }),
  type: textParameter({
    description: 'Only events of this type.',
    charactersMax: 64,
    pattern: /^[\w.-]+$/,
    example: 'order_completed',
  }),
  source: textParameter({
    description: 'Only events of this source.',
    charactersMax: 128,
    pattern: /^[^\n]+$/,
    example: 'web',
  }),
  store: textParameter({
    description: 'Only events of this store.',
    charactersMax: 200,
    pattern: /^[^\p{Cc}]+$/u,
    example: 'SH-001',
  }),
};

const exampleTold = {
  node: 'node-1',
  status: 'applied',
  event_id: 'e-1',
  type: 'product_viewed',
  channel: 'web',
  source: 'web',
  profile_id: '019ab3d2-7c1e-7a40-8d5e-3f1c2b4a5d6e',
  time: 1795255200123,
  received_at: 1795255200140,
  at: 1795255200145,
};

/** Nobody comes back to where they were: what is told is a sample of what goes by. */
const NOTHING_MISSED: StreamBacklog<EventNews> = Object.freeze({ items: [], gap: false });

function registerEventStream(app: FastifyInstance, hub: EventHub, clients: StreamClients<EventNews>): void {
  const schema = describeRoute({
    tag: 'Streams',
    summary: 'Events as they are applied, or not (server-sent events)',
    description:
      'For those who watch: `event: event` tells of one event what became of it and why, with names and ids and without ' +
      `personal data. At most ${limits.streamEventsPerSecond} a second and node of those that were applied are told, and as ` +
      'many of those that were not. `rejected` are those that their sender was told are none and that are kept nowhere, such as an event ' +
      'that is too large, or a body that cannot be read. `event: rates` comes every second from each node: how many there were by channel and ' +
      'outcome, all of them counted, filters or not, how many were seen in all and how many of them were told. What this ' +
      'stream leaves out is in history.',
    query: eventParameters,
    answers: {
      200: { description: 'A stream without end.', type: 'text/event-stream', example: exampleTold },
    },
  });
  let listening: (() => void) | undefined;
  app.get(
    '/v1/stream/events',
    { schema, config: { scope: 'read', endless: true }, exposeHeadRoute: false },
    (request, reply) => {
      const { status, type, source, store } = readParameters(eventParameters, request.query);
      const statuses = status === undefined ? undefined : new Set(status.split(','));
      clients.assertRoom();
      const response = openStream(request, reply);
      const wants = (news: EventNews): boolean =>
        news.kind === 'rates' ||
        ((statuses === undefined || statuses.has(news.event.status)) &&
          (type === undefined || type === news.event.type) &&
          (source === undefined || source === news.event.source) &&
          (store === undefined || store === news.event.store));
      const leave = clients.add(response, wants, NOTHING_MISSED);
      // The hub works only while somebody listens.
      listening ??= hub.subscribe((news) => clients.publish(news));
      response.once('close', () => {
        leave();
        if (clients.size > 0) return;
        listening?.();
        listening = undefined;
      });
    },
  );
}

function frameOfNews(news: EventNews): string {
  return news.kind === 'event' ? frame('', 'event', news.event) : frame('', 'rates', news.rates);
}

/** An unreadable id means that the client's place is unknown, which the empty-handed `since` would hide. */
function headerId(header: string | string[] | undefined): string | undefined {
  if (typeof header !== 'string' || header === '') return undefined;
  return header.slice(0, 128);
}

/** A stream lasts as long as its client stays, and as its key is good for it. */
function openStream({ principal }: FastifyRequest, reply: FastifyReply): ServerResponse {
  const headers = reply.getHeaders();
  reply.hijack();
  const response = reply.raw;
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) response.setHeader(name, value);
  }
  // A failing socket ends in `close`, which removes the client; without a listener it would end the process.
  response.on('error', () => response.destroy());
  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  });
  if (principal?.ended !== undefined) {
    const quit = addAbortListener(principal.ended, () => response.end());
    response.once('close', () => quit[Symbol.dispose]());
  }
  return response;
}
