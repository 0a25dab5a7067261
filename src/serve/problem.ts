import type { FastifyReply } from 'fastify';
import { type ErrorCode, errorTable, TesseraError } from '../errors.ts';
import { limits } from '../limits.ts';

export const PROBLEM_CONTENT_TYPE = 'application/problem+json; charset=utf-8';

/** The body of every answer that is not a success (RFC 9457). */
export interface Problem {
  /** Where the code is explained, relative to the engine. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: ErrorCode;
  readonly detail: string;
  readonly errors?: readonly ProblemItem[];
}

export interface ProblemItem {
  readonly path: string;
  readonly code: string;
  readonly message: string;
}

/** What the HTTP library reports before a route runs, in our words. */
const libraryCodes: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'body_too_large',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'unreadable_body',
  FST_ERR_BAD_URL: 'malformed_request',
  FST_ERR_MAX_PARAM_LENGTH: 'malformed_request',
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
  HPE_HEADER_OVERFLOW: 'headers_too_large',
  // The client went away while its body was being read: nobody reads this answer, but it is no fault of ours.
  ECONNRESET: 'unreadable_body',
};

/** Any thrown value as a problem. The text of unforeseen errors stays inside: it may hold what a person sent. */
export function problemOf(error: unknown): Problem {
  if (error instanceof TesseraError && error.code !== 'internal') {
    return { ...problem(error.code, error.message, itemsOf(error)), title: titleOf(error) };
  }
  const code = libraryCodes[libraryCodeOf(error)] ?? 'internal';
  return problem(code, errorTable[code][2]);
}

export function problem(code: ErrorCode, detail: string, errors?: readonly ProblemItem[]): Problem {
  const [status, , title] = errorTable[code];
  const base = { type: `/docs#${code}`, title, status: status < 400 ? 500 : status, code, detail };
  return errors === undefined ? base : { ...base, errors };
}

/** What is wrong with a request may stand in its address or in its body: the form of the path says which. */
function titleOf({ code, path }: TesseraError): string {
  if (code !== 'invalid_parameter' || path === undefined) return errorTable[code][2];
  return path.startsWith('/')
    ? 'A field of the body has a value that is not allowed.'
    : 'A query parameter has a value that is not allowed.';
}

function itemsOf(error: TesseraError): readonly ProblemItem[] | undefined {
  return error.path === undefined
    ? undefined
    : [{ path: error.path, code: error.code, message: error.message }];
}

function libraryCodeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return '';
  const code: unknown = Reflect.get(error, 'code');
  return typeof code === 'string' ? code : '';
}

/** Whole seconds, as SDKs expect them; undefined where waiting does not help. An error may know how long it takes. */
export function retryAfterSeconds(status: number, error?: unknown): number | undefined {
  if (status !== 429 && status !== 503) return undefined;
  const known = error instanceof TesseraError ? error.retryAfterMs : undefined;
  return Math.max(1, Math.ceil((known ?? limits.retryAfterMs) / 1000));
}

export function sendProblem(reply: FastifyReply, body: Problem): FastifyReply {
  const retryAfter = retryAfterSeconds(body.status);
  if (retryAfter !== undefined && !reply.hasHeader('retry-after')) reply.header('retry-after', retryAfter);
  if (body.status === 401) reply.header('www-authenticate', 'Bearer realm="tessera"');
  return reply
    .code(body.status)
    .header('content-type', PROBLEM_CONTENT_TYPE)
    .serializer(JSON.stringify)
    .send(body);
}

/** A whole response for connections that broke before there was a request to reply to. */
export function rawProblemResponse(error: unknown): string {
  const known = libraryCodes[libraryCodeOf(error)] ?? 'malformed_request';
  const body = JSON.stringify(problem(known, errorTable[known][2]));
  const [status] = errorTable[known];
  return [
    `HTTP/1.1 ${status} ${reasons[status] ?? 'Error'}`,
    `content-type: ${PROBLEM_CONTENT_TYPE}`,
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
    '',
    body,
  ].join('\r\n');
}

const reasons: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  408: 'Request Timeout',
  431: 'Request Header Fields Too Large',
};
