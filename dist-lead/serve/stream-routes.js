import { limits } from "../limits.js";
import { describeRoute } from "./openapi.js";
import { readParameters, textParameter } from "./parameters.js";
import { StreamClients } from "./stream-clients.js";
const ID_PATTERN = /^[\w.:-]+$/;
const streamParameters = {
    trigger: textParameter({
        description: 'Only firings of this trigger.',
        charactersMax: 64,
        pattern: /^[a-z][a-z0-9_]*$/,
        example: 'plus_size_hesitation',
    }),
    last_event_id: textParameter({
        description: 'Resume after this firing; the header `Last-Event-ID` says the same and wins.',
        charactersMax: 128,
        pattern: ID_PATTERN,
    }),
};
const exampleFiring = {
    id: 'f-5c0e6f0a9d',
    trigger: 'plus_size_hesitation',
    profile_id: '019ab3d2-7c1e-7a40-8d5e-3f1c2b4a5d6e',
    decision: 'fired',
    at: 1795255200123,
    event_id: 'e-1',
    channel: 'preferred',
    payload: { template: 'plus_size_coupon' },
    trace: { matched: 3, within: '30m' },
};
/** `GET /v1/stream/triggers`; returns the clients so that metrics can count them. */
export function registerStreamRoutes(app, hub) {
    const clients = new StreamClients({
        clientsMax: limits.streamClientsMax,
        bufferBytesMax: limits.streamClientBufferBytesMax,
    });
    const unsubscribe = hub.subscribe((firing) => clients.publish(firing));
    const heartbeat = setInterval(() => clients.beat(), limits.streamHeartbeatMs);
    heartbeat.unref();
    app.addHook('preClose', (done) => {
        clearInterval(heartbeat);
        unsubscribe();
        clients.closeAll();
        done();
    });
    const schema = describeRoute({
        tag: 'Streams',
        summary: 'Trigger decisions as they happen (server-sent events)',
        description: 'Each message has an `id`, `event: trigger` and one JSON in `data`. A client that comes back with the last id ' +
            'it saw gets what it missed; `event: gap` says that the id is no longer remembered.',
        query: streamParameters,
        answers: {
            200: { description: 'A stream without end.', type: 'text/event-stream', example: exampleFiring },
        },
    });
    app.get('/v1/stream/triggers', { schema, config: { scope: 'read', endless: true }, exposeHeadRoute: false }, (request, reply) => {
        const { trigger, last_event_id } = readParameters(streamParameters, request.query);
        const resumeFrom = headerId(request.headers['last-event-id']) ?? last_event_id;
        clients.assertRoom();
        const response = openStream(reply);
        // No await between reading the backlog and joining: nothing can fire in between.
        const leave = clients.add(response, trigger, hub.since(resumeFrom));
        response.once('close', leave);
    });
    return clients;
}
/** An unreadable id means that the client's place is unknown, which the empty-handed `since` would hide. */
function headerId(header) {
    if (typeof header !== 'string' || header === '')
        return undefined;
    return header.slice(0, 128);
}
function openStream(reply) {
    const headers = reply.getHeaders();
    reply.hijack();
    const response = reply.raw;
    for (const [name, value] of Object.entries(headers)) {
        if (value !== undefined)
            response.setHeader(name, value);
    }
    // A failing socket ends in `close`, which removes the client; without a listener it would end the process.
    response.on('error', () => response.destroy());
    response.writeHead(200, {
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store',
        'x-accel-buffering': 'no',
    });
    return response;
}
//# sourceMappingURL=stream-routes.js.map