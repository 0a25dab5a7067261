import { TesseraError } from "../errors.js";
import { limits } from "../limits.js";
import { describeRoute } from "./openapi.js";
import { invalidParameter, readParameters, textParameter } from "./parameters.js";
import { bodyBytes } from "./server.js";
const canonicalParameters = {
    wait: textParameter({
        description: '`applied`: answer once the events have changed the profiles, with what became of each.',
        charactersMax: 10,
        pattern: /^applied$/,
        example: 'applied',
    }),
    include: textParameter({
        description: 'With `wait=applied`: `profile` adds the profile that each event belongs to.',
        charactersMax: 40,
        pattern: /^profile$/,
        example: 'profile',
    }),
    dry_run: textParameter({
        description: '`1`: validate and explain, store nothing.',
        charactersMax: 5,
        pattern: /^(1|true|0|false)$/,
        example: '1',
    }),
};
const example = {
    id: 'e-1',
    type: 'product_viewed',
    channel: 'web',
    identifiers: { anonymous_id: 'a-1' },
    properties: { item_id: 'spu-1', category: 'women/dresses', price: '399.00', currency: 'CNY' },
};
export function registerEventRoutes(app, services) {
    for (const dialect of services.dialects) {
        for (const route of dialect.routes) {
            if (route.status === 202)
                registerCanonical(app, services, { dialect, route });
            else
                registerVendor(app, services, { dialect, route });
        }
    }
}
function registerCanonical(app, services, way) {
    const schema = describeRoute({
        tag: 'Ingest',
        summary: 'Send events',
        description: 'An event, an array, `{ "events": [...] }`, or NDJSON; plain or gzip. A batch never fails for one bad event: ' +
            'it is kept in quarantine and listed in `rejected`.',
        query: canonicalParameters,
        body: [
            { type: 'application/json', example },
            { type: 'application/x-ndjson', example: JSON.stringify(example) },
        ],
        answers: {
            202: {
                description: 'Durable, not yet applied.',
                example: {
                    accepted: 1,
                    rejected: [
                        {
                            index: 1,
                            id: 'e-2',
                            code: 'schema_violation',
                            path: '/properties/price',
                            message: 'must be a number or a decimal string',
                            quarantine_id: 'q-7f3a',
                        },
                    ],
                },
            },
            200: {
                description: 'With `wait=applied` or `dry_run=1`: what became, or would become, of each event.',
            },
        },
    });
    app.post(way.route.path, { schema, config: { scope: 'ingest' } }, async (request, reply) => {
        const query = readParameters(canonicalParameters, request.query);
        const wait = query.wait === 'applied';
        const dryRun = query.dry_run === '1' || query.dry_run === 'true';
        if (query.include !== undefined && !wait)
            throw invalidParameter('include', 'needs wait=applied');
        const principal = request.principal;
        if (query.include !== undefined)
            mayRead(principal);
        const admission = await take({ request, principal, wait, dryRun }, services, way);
        if (dryRun)
            return reply.code(200).send(explain(admission));
        if (!wait)
            return reply.code(202).send(receipt(admission));
        const include = query.include === 'profile' ? await profilesOf(admission, principal, services) : undefined;
        return reply.code(200).send(results(admission, include));
    });
}
function registerVendor(app, services, way) {
    const schema = describeRoute({
        tag: 'Ingest',
        summary: `Send events as ${way.dialect.name} libraries do`,
        description: 'Single bad events are quarantined; the answer stays 200, because libraries resend or crash on 4xx.',
        body: [{ type: 'application/json' }],
        answers: { 200: { description: 'Durable.', example: { success: true } } },
    });
    const config = { scope: 'ingest', keyInBody: way.route.keyInBody };
    app.post(way.route.path, { schema, config }, async (request, reply) => {
        await take({ request, principal: request.principal, wait: false, dryRun: false }, services, way);
        return reply.code(200).send({ success: true });
    });
}
async function take({ request, principal, wait, dryRun }, services, { dialect, route }) {
    const receivedAt = services.clock.now();
    const body = await services.bodies.read(bodyBytes(request), request.declaredContentType, route);
    const sender = principal ?? services.authenticator.authorize(keyInside(body), ['ingest']);
    return await services.admit({
        items: body.items,
        decode: (item) => dialect.decode(item, body.envelope, route),
        context: {
            receivedAt,
            source: sender.name,
            defaultChannel: sender.kind === 'write' ? 'web' : 'server',
            publicKey: sender.kind === 'write',
        },
        verified: sender.kind === 'secret',
        wait,
        dryRun,
    });
}
/** Vendors' libraries put the key at the top of a batch, or into a single event. */
function keyInside({ envelope, items }) {
    const first = items[0];
    const key = envelope.writeKey ?? (first?.ok ? first.value.writeKey : undefined);
    return typeof key === 'string' ? key : undefined;
}
/** A public key may send events, but what is known about people is not for it to read. */
function mayRead(principal) {
    if (principal?.scopes.has('read'))
        return;
    throw new TesseraError('forbidden', 'include=profile needs a secret key with the scope read.');
}
function receipt(admission) {
    const dropped = droppedOf(admission.accepted);
    return {
        accepted: admission.accepted.length,
        rejected: admission.rejected,
        ...(dropped.length === 0 ? {} : { dropped_identifiers: dropped }),
    };
}
/** Identifiers that were taken out of events which themselves were kept. */
function droppedOf(accepted) {
    return accepted.flatMap(({ index, dropped }) => dropped.map(({ type, code, message }) => ({ index, type, code, message })));
}
function explain(admission) {
    return {
        dry_run: true,
        ...receipt(admission),
        events: admission.accepted.map(({ index, event }) => ({
            index,
            id: event.id,
            type: event.type,
            time: new Date(event.time).toISOString(),
            source: event.source,
            channel: event.channel,
            identifiers: event.claims.map((claim) => ({ type: claim.type, verified: claim.verified })),
            late: event.late === true,
            ...(event.currency === undefined ? {} : { currency: event.currency }),
            ...(event.order === undefined ? {} : { order: event.order }),
        })),
    };
}
function results(admission, profiles) {
    const { validate_us, log_us, apply_us } = admission.timings;
    const timings_us = { validate: validate_us, log: log_us, apply: apply_us };
    return {
        results: admission.accepted.map(({ event, outcome }) => ({
            id: event.id,
            status: outcome?.status,
            ...(outcome?.code === undefined ? {} : { code: outcome.code }),
            profile_id: outcome?.profileId,
            triggers: outcome?.firings ?? [],
            timings_us,
            ...(profiles === undefined ? {} : { profile: profiles.get(outcome?.profileId ?? '') ?? null }),
        })),
        rejected: admission.rejected,
        ...(droppedOf(admission.accepted).length === 0
            ? {}
            : { dropped_identifiers: droppedOf(admission.accepted) }),
    };
}
async function profilesOf(admission, principal, { profiles }) {
    const found = new Map();
    const reveal = principal?.scopes.has('pii') === true;
    for (const { outcome } of admission.accepted) {
        const id = outcome?.profileId;
        if (id === undefined || id === '' || found.has(id) || found.size >= limits.includedProfilesMax)
            continue;
        found.set(id, await profiles.byId(id, { reveal }));
    }
    return found;
}
//# sourceMappingURL=event-routes.js.map