import type { FastifyInstance, FastifyRequest } from 'fastify';
import { TesseraError } from '../errors.ts';
import type { AcceptedItem, Admission, Admit } from '../ingest/admit.ts';
import type { BodyReader, DecodedBody } from '../ingest/body.ts';
import type { Dialect, DialectRoute } from '../ingest/dialects/dialect.ts';
import { limits } from '../limits.ts';
import type { JsonObject, JsonValue } from '../model/json.ts';
import type { Clock } from '../ports/clock.ts';
import type { Authenticator, Principal } from './authenticate.ts';
import { describeRoute } from './openapi.ts';
import { invalidParameter, readParameters, textParameter } from './parameters.ts';
import { bodyBytes } from './server.ts';
import type { ProfileReader } from './services.ts';

/** Routes in: one per path of each dialect. They read bytes, hand the items to admission and say what became of them. */
export interface EventServices {
  readonly dialects: readonly Dialect[];
  readonly bodies: BodyReader;
  readonly admit: Admit;
  readonly profiles: ProfileReader;
  readonly authenticator: Authenticator;
  readonly clock: Clock;
}

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
} as const;

export function registerEventRoutes(app: FastifyInstance, services: EventServices): void {
  for (const dialect of services.dialects) {
    for (const route of dialect.routes) {
      if (route.status === 202) registerCanonical(app, services, { dialect, route });
      else registerVendor(app, services, { dialect, route });
    }
  }
}

interface Way {
  readonly dialect: Dialect;
  readonly route: DialectRoute;
}

function registerCanonical(app: FastifyInstance, services: EventServices, way: Way): void {
  const schema = describeRoute({
    tag: 'Ingest',
    summary: 'Send events',
    description:
      'An event, an array, `{ "events": [...] }`, or NDJSON; plain or gzip. A batch never fails for one bad event: ' +
      'it is kept in quarantine and listed in `rejected`. Only what is larger than one event may be ' +
      `(\`event_too_large\`, ${limits.eventBytesMax} bytes) is not kept, and has no \`quarantine_id\`. With \`wait=applied\` ` +
      'the status of an event is `applied`, `duplicate`, `quarantined` or `refused`. What is refused has changed nothing, ' +
      'and says why in `code`: points that are not there (`points_insufficient`), or whose spender has proved nothing ' +
      '(`points_unverified`); a receipt (`receipt_claimed`, `receipt_invalid`) or an invitee (`referral_credited`, ' +
      '`identifier_not_found`) that is not to be credited.',
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
    if (query.include !== undefined && !wait) throw invalidParameter('include', 'needs wait=applied');
    const principal = request.principal;
    if (query.include !== undefined) mayRead(principal);
    const admission = await take({ request, principal, wait, dryRun }, services, way);
    if (dryRun) return reply.code(200).send(explain(admission));
    if (!wait) return reply.code(202).send(receipt(admission));
    const include =
      query.include === 'profile' ? await profilesOf(admission, principal, services) : undefined;
    return reply.code(200).send(results(admission, include));
  });
}

function registerVendor(app: FastifyInstance, services: EventServices, way: Way): void {
  const schema = describeRoute({
    tag: 'Ingest',
    summary: `Send events as ${way.dialect.name} libraries do`,
    description:
      'Single bad events are quarantined; the answer stays 200, because libraries resend or crash on 4xx.',
    body: [{ type: 'application/json' }],
    answers: { 200: { description: 'Durable.', example: { success: true } } },
  });
  const config = { scope: 'ingest', keyInBody: way.route.keyInBody } as const;
  app.post(way.route.path, { schema, config }, async (request, reply) => {
    await take({ request, principal: request.principal, wait: false, dryRun: false }, services, way);
    return reply.code(200).send({ success: true });
  });
}

interface Taking {
  readonly request: FastifyRequest;
  /** Undefined while the key may still be in the body. */
  readonly principal: Principal | undefined;
  readonly wait: boolean;
  readonly dryRun: boolean;
}

async function take(
  { request, principal, wait, dryRun }: Taking,
  services: EventServices,
  { dialect, route }: Way,
): Promise<Admission> {
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
    origin: { dialect: dialect.name, path: route.path, envelope: body.envelope },
    verified: sender.kind === 'secret',
    wait,
    dryRun,
  });
}

/** Vendors' libraries put the key at the top of a batch, or into a single event. */
function keyInside({ envelope, items }: DecodedBody): string | undefined {
  const first = items[0];
  const key = envelope.writeKey ?? (first?.ok ? first.value.writeKey : undefined);
  return typeof key === 'string' ? key : undefined;
}

/** A public key may send events, but what is known about people is not for it to read. */
function mayRead(principal: Principal | undefined): void {
  if (principal?.scopes.has('read')) return;
  throw new TesseraError('forbidden', 'include=profile needs a secret key with the scope read.');
}

function receipt(admission: Admission): Record<string, unknown> {
  const dropped = droppedOf(admission.accepted);
  return {
    accepted: admission.accepted.length,
    rejected: admission.rejected,
    ...(dropped.length === 0 ? {} : { dropped_identifiers: dropped }),
  };
}

/** Identifiers that were taken out of events which themselves were kept. */
function droppedOf(accepted: readonly AcceptedItem[]): JsonValue[] {
  return accepted.flatMap(({ index, dropped }) =>
    dropped.map(({ type, code, message }) => ({ index, type, code, message })),
  );
}

function explain(admission: Admission): Record<string, unknown> {
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
      ...(event.order === undefined ? {} : { order: event.order as unknown as JsonObject }),
    })),
  };
}

type Profiles = ReadonlyMap<string, unknown>;

function results(admission: Admission, profiles: Profiles | undefined): Record<string, unknown> {
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

async function profilesOf(
  admission: Admission,
  principal: Principal | undefined,
  { profiles }: EventServices,
): Promise<Profiles> {
  const found = new Map<string, unknown>();
  const reveal = principal?.scopes.has('pii') === true;
  for (const { outcome } of admission.accepted) {
    const id = outcome?.profileId;
    if (id === undefined || id === '' || found.has(id) || found.size >= limits.includedProfilesMax) continue;
    found.set(id, await profiles.byId(id, { reveal }));
  }
  return found;
}
