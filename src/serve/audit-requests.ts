/**
 * What requests leave in the audit log: whose personal data an answer shows, what was changed, what was asked of history.
 * The entry is durable before the answer leaves; where it cannot be made, the answer is a problem instead.
 */
import type { FastifyRequest, RouteOptions } from 'fastify';
import { TesseraError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { AuditAction, AuditEntry } from '../model/audit.ts';
import { isJsonObject, parseJson } from '../model/json.ts';
import type { AuditTrail } from '../ports/audit.ts';
import type { Disclosure } from './disclosure.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What a call of the route is in the audit log; `none`: it writes its own entries. Absent: by scope and method. */
    audit?: AuditAction | 'none';
  }
  interface FastifyRequest {
    /** What the answer shows in clear; absent while nothing may be shown. */
    disclosure: Disclosure | undefined;
    /** What the entry says beside author and route, such as a digest of a query. Never personal data. */
    auditDetail: string | undefined;
  }
}

export interface RequestAudit extends AuditTrail {
  /** A request without a valid key, without the scope or from another origin. Counted, and written now and then. */
  refused(code: string, via: string): void;
}

type OnSend = NonNullable<Exclude<RouteOptions['onSend'], readonly unknown[]>>;

/** The entries of a route, as a hook that runs before each of its answers. */
export function auditAnswers(route: RouteOptions, audit: AuditTrail): OnSend {
  const action = actionOf(route);
  const via = `${[route.method].flat()[0]} ${route.url}`;
  return (request, reply, payload, done) => {
    const disclosed = request.disclosure?.shown === true;
    const changes = action !== undefined && reply.statusCode < 400;
    if (reply.statusCode >= 400 || (!changes && !disclosed)) return done(null, payload);
    const entries: AuditEntry[] = [];
    if (changes) entries.push(changeEntry(request, { action, via, payload }));
    if (request.disclosure !== undefined && disclosed) {
      entries.push(readEntry(request, request.disclosure, via));
    }
    Promise.all(entries.map((entry) => audit.record(entry))).then(
      () => done(null, payload),
      (error: unknown) => done(asUnavailable(error)),
    );
  };
}

function readEntry(request: FastifyRequest, disclosure: Disclosure, via: string): AuditEntry {
  const { profiles, fields } = disclosure;
  // Where nobody knows whose it was, the entry says what was looked at.
  const target = profiles.length === 0 ? targetOf(request.params) : '';
  return {
    action: 'personal_data_read',
    author: request.principal?.name ?? '',
    subjects: profiles,
    fields,
    ...(target === '' ? {} : { target }),
    via,
    count: Math.max(1, profiles.length),
  };
}

interface Change {
  readonly action: AuditAction;
  readonly via: string;
  readonly payload: unknown;
}

function changeEntry(request: FastifyRequest, { action, via, payload }: Change): AuditEntry {
  const target = targetOf(request.params);
  const made = madeBy(payload);
  const detail = request.auditDetail ?? made.id;
  return {
    action,
    author: request.principal?.name ?? '',
    ...(made.profile === undefined ? {} : { subjects: [made.profile] }),
    ...(target === '' ? {} : { target }),
    via,
    ...(detail === undefined ? {} : { detail }),
  };
}

/** Whom a change was about and what it made, as its answer says. */
function madeBy(payload: unknown): { readonly profile?: string; readonly id?: string } {
  if (typeof payload !== 'string' || payload.length > limits.auditAnswerCharactersMax) return {};
  const answer = parseJson(Buffer.from(payload));
  if (!isJsonObject(answer)) return {};
  const { profile_id: profile, id, job } = answer;
  const made = isJsonObject(job) ? job.id : id;
  return {
    ...(typeof profile === 'string' && PLAIN_NAME.test(profile) ? { profile } : {}),
    ...(typeof made === 'string' && PLAIN_NAME.test(made) ? { id: made } : {}),
  };
}

const BY_PATH: readonly (readonly [string, AuditAction])[] = [
  ['/v1/keys', 'access_key_changed'],
  ['/v1/privacy/', 'privacy_job'],
  ['/v1/sql', 'sql_query'],
];

/** Whatever changes something under one of these scopes is accounted for, without its route having to think of it. */
function actionOf(route: RouteOptions): AuditAction | undefined {
  const { scope, audit } = route.config ?? {};
  if (audit !== undefined) return audit === 'none' ? undefined : audit;
  const found = BY_PATH.find(([prefix]) => route.url.startsWith(prefix))?.[1];
  if (found === 'sql_query') return found;
  const reads = [route.method].flat().every((method) => method === 'GET' || method === 'HEAD');
  if (reads || scope === 'public' || scope === undefined) return undefined;
  const scopes = [scope].flat();
  if (!scopes.every((each) => each === 'define' || each === 'privacy' || each === 'admin')) return undefined;
  return found ?? (scopes.includes('define') ? 'definition_changed' : 'operator_command');
}

/** References to people are written `type:value` and hold what identifies them: those are left out. */
const PLAIN_NAME = /^[A-Za-z][A-Za-z0-9_.-]*$|^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22,}$/;

function targetOf(params: unknown): string {
  if (typeof params !== 'object' || params === null) return '';
  const values: unknown[] = Object.values(params);
  return values
    .filter((value): value is string => typeof value === 'string' && PLAIN_NAME.test(value))
    .join('/');
}

/** The change may have been made; that there is no entry of it is what the caller must know. */
function asUnavailable(error: unknown): Error {
  if (error instanceof TesseraError) return error;
  return new TesseraError('audit_unavailable', undefined, { cause: error });
}
