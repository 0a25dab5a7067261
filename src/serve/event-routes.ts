import type { FastifyInstance } from 'fastify';
import { errorTable, TesseraError } from '../errors.ts';
import type { AcceptedItem, Admission } from '../ingest/admit.ts';
import type { Dialect } from '../ingest/dialects/dialect.ts';
import { limits } from '../limits.ts';
import type { JsonObject } from '../model/json.ts';
import type { Principal } from './authenticate.ts';
import type { AwaitedItems } from './awaited-items.ts';
import { registerDialect } from './dialect-routes.ts';
import { revealTo } from './disclosure.ts';
import { type IncludeServices, includedIn, includeParameters, wishOf } from './included.ts';
import { describeRoute } from './openapi.ts';
import { invalidParameter, readParameters, textParameter } from './parameters.ts';
import { type DialectServices, takeEvents, type Way } from './take-events.ts';

const canonicalParameters = {
  wait: textParameter({
    description: '`applied`: answer once the events have changed the profiles, with what became of each.',
    charactersMax: 10,
    pattern: /^applied$/,
    example: 'applied',
  }),
  ...includeParameters,
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

export interface EventServices extends DialectServices, IncludeServices {
  readonly dialects: readonly Dialect[];
  readonly awaitedItems: Pick<AwaitedItems, 'complete'>;
}

/** Routes in: one per path of each dialect. They read bytes, hand the items to admission and say what became of them. */
export function registerEventRoutes(app: FastifyInstance, services: EventServices): void {
  for (const dialect of services.dialects) {
    const [route] = dialect.routes;
    if (route !== undefined && route.accepted === undefined) {
      registerCanonical(app, services, { dialect, route });
    } else registerDialect(app, services, dialect);
  }
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
      '`identifier_not_found`) that is not to be credited; or somebody who has been erased since it happened (`erased`).',
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
    if (query.include !== undefined)
      requireReading(principal, 'include needs a secret key with the scope read.');
    const wish = wishOf(query, revealTo(request), services);
    const admission = await takeEvents({ request, wait, dryRun }, services, way);
    if (dryRun) return reply.code(200).send(explain(admission));
    if (!wait) return reply.code(202).send(receipt(admission));
    const accepted = await services.awaitedItems.complete(admission.accepted);
    const applied = { ...admission, accepted };
    return reply.code(200).send(results(applied, wish && (await includedIn(applied, wish, services))));
  });
}

/** A public key may send events, but what is known about people is not for it to read. */
export function requireReading(principal: Principal | undefined, detail?: string): void {
  if (principal?.scopes.has('read')) return;
  throw new TesseraError('forbidden', detail);
}

function receipt(admission: Admission): Record<string, unknown> {
  return {
    accepted: admission.accepted.length,
    rejected: admission.rejected,
    ...droppedOf(admission.accepted),
  };
}

/** Identifiers and fields that were taken out of events which themselves were kept; nothing where nothing was. */
function droppedOf(accepted: readonly AcceptedItem[]): JsonObject {
  const identifiers = accepted.flatMap(({ index, dropped }) =>
    dropped.map(({ type, code, message }) => ({ index, type, code, message })),
  );
  const fields = accepted.flatMap(({ index, droppedFields = [] }) =>
    droppedFields.map(({ path, code }) => ({ index, path, code, message: errorTable[code][2] })),
  );
  return {
    ...(identifiers.length === 0 ? {} : { dropped_identifiers: identifiers }),
    ...(fields.length === 0 ? {} : { dropped_fields: fields }),
  };
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

type Include = (item: AcceptedItem) => JsonObject;

export function results(admission: Admission, include: Include = () => ({})): Record<string, unknown> {
  const { validate_us, log_us, apply_us } = admission.timings;
  const timings_us = { validate: validate_us, log: log_us, apply: apply_us };
  return {
    results: admission.accepted.map((item) => ({
      id: item.event.id,
      status: item.outcome?.status,
      ...(item.outcome?.code === undefined ? {} : { code: item.outcome.code }),
      profile_id: item.outcome?.profileId,
      triggers: item.outcome?.firings ?? [],
      timings_us,
      ...include(item),
    })),
    rejected: admission.rejected,
    ...droppedOf(admission.accepted),
  };
}
