import type { FastifyRequest } from 'fastify';
import { TesseraError } from '../errors.ts';
import type { Admission, Admit } from '../ingest/admit.ts';
import type { BodyReader, DecodedBody } from '../ingest/body.ts';
import type { Dialect, DialectRoute } from '../ingest/dialects/dialect.ts';
import type { WireRequest } from '../ingest/wire-request.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../model/json.ts';
import type { Clock } from '../ports/clock.ts';
import type { MaybePromise } from '../ports/log.ts';
import { type Authenticator, keyOfPair, type Principal, requireOrigin } from './authenticate.ts';
import type { RefusalWatch } from './event-hub.ts';
import { bodyBytes } from './server.ts';
import { tellRefused, tellUnreadable } from './tell-refusals.ts';

/** What the routes in work with, of whatever protocol. */
export interface DialectServices {
  readonly bodies: BodyReader;
  readonly admit: Admit;
  readonly authenticator: Authenticator;
  readonly clock: Clock;
  /** Where libraries reach this engine; absent: at the address that they asked. */
  readonly publicUrl?: string | undefined;
  /** The secret that a source signs its requests with. */
  readonly secretOf?: (source: string) => string | undefined;
  /** Hears of what is refused in the answer, and kept nowhere. */
  readonly refusals?: RefusalWatch;
}

export interface Way {
  readonly dialect: Dialect;
  readonly route: DialectRoute;
}

export interface Taking {
  readonly request: FastifyRequest;
  /** For the outcome of its events. */
  readonly wait: boolean;
  readonly dryRun: boolean;
}

/** Reads what a request brought and hands it to admission: the straight line of every route in. */
export async function takeEvents(
  { request, wait, dryRun }: Taking,
  services: DialectServices,
  { dialect, route }: Way,
): Promise<Admission> {
  const receivedAt = services.clock.now();
  const wire = wireRequest(request);
  // A signature, and a key outside of the body, are checked before the body is looked into.
  const early = route.signed === undefined ? request.principal : signer(wire, route, services);
  const { refusedBodies } = request.server;
  const body = await open(wire, {
    route,
    services,
    onRefused: (bytes, error) => {
      refusedBodies.charge(early, bytes);
      // What comes without a known key is not told: anybody may send it.
      if (early !== undefined && !dryRun)
        tellUnreadable(error, { source: early.name, receivedAt }, services.refusals);
    },
  });
  const sender = early ?? senderInside(body, { wire, route }, services);
  sender.meter?.takeEvents(body.items.length);
  const admission = await services.admit({
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
  const { rejected } = admission;
  if (!dryRun) tellRefused(admission, { source: sender.name, receivedAt }, services.refusals);
  if (rejected.length > 0)
    refusedBodies.charge(early, (services.bodies.sizeOf(wire.bytes) * rejected.length) / body.items.length);
  return admission;
}

interface Opening {
  readonly route: DialectRoute;
  readonly services: DialectServices;
  readonly onRefused: (bytes: number, error: unknown) => void;
}

function open(wire: WireRequest, { route, services, onRefused }: Opening): MaybePromise<DecodedBody> {
  const refused = (error: unknown): never => {
    const bomb = error instanceof TesseraError && error.code === 'body_too_large';
    onRefused(services.bodies.sizeOf(wire.bytes, bomb), error);
    throw error;
  };
  try {
    const body = services.bodies.open(wire, route);
    return body instanceof Promise ? body.catch(refused) : body;
  } catch (error) {
    return refused(error);
  }
}

const NOTHING: Readonly<Record<string, string>> = Object.freeze({});

export function wireRequest(request: FastifyRequest): WireRequest {
  return {
    method: request.method,
    headers: request.headers,
    contentType: request.declaredContentType,
    query: request.url.includes('?') ? firstOfEach(request.query) : NOTHING,
    parameters: firstOfEach(request.params),
    bytes: bodyBytes(request),
  };
}

function firstOfEach(values: unknown): Readonly<Record<string, string>> {
  if (typeof values !== 'object' || values === null) return NOTHING;
  const found: Record<string, string> = Object.create(null);
  for (const [name, value] of Object.entries(values)) {
    const first: unknown = Array.isArray(value) ? value[0] : value;
    if (typeof first === 'string') found[name] = first;
  }
  return found;
}

/** Whoever knows the secret of a source speaks for it, as a secret key would. */
function signer(wire: WireRequest, { signed }: DialectRoute, { secretOf }: DialectServices): Principal {
  const source = signed?.source(wire);
  const secret = source === undefined ? undefined : secretOf?.(source);
  if (source === undefined || secret === undefined || signed?.holds(wire, secret) !== true) {
    throw new TesseraError('unauthorized', 'The signature is missing, or none of a known source.');
  }
  return { kind: 'secret', name: source, scopes: new Set(['ingest']), origins: 'any' };
}

function senderInside(
  body: DecodedBody,
  { wire, route }: { readonly wire: WireRequest; readonly route: DialectRoute },
  { authenticator }: DialectServices,
): Principal {
  const principal = authenticator.authorize(keyInside(body, route), ['ingest']);
  requireOrigin(principal, wire.headers);
  principal.meter?.takeRequest();
  return principal;
}

/** Vendors' libraries put the key at the top of a batch, or into a single event. */
function keyInside({ envelope, items }: DecodedBody, { key }: DialectRoute): string | undefined {
  const first = items[0];
  for (const field of key?.fields ?? []) {
    const found = valueAt(envelope, field) ?? (first?.ok ? valueAt(first.value, field) : undefined);
    if (typeof found === 'string' && found !== '') return keyOfPair(found);
  }
  return undefined;
}

function valueAt(object: JsonObject, path: string): JsonValue | undefined {
  let value: JsonValue | undefined = object;
  for (const name of path.split('.')) {
    value = isJsonObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
  }
  return value;
}
