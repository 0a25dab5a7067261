import type { FastifyInstance, FastifyReply } from 'fastify';
import { limits } from '../limits.ts';

/**
 * What every answer tells browsers, whatever it holds: it is what its content type says, no page of others may frame it,
 * nothing in it may run or load, and addresses with identifiers are told to nobody. Pages of the engine name what they
 * need themselves, and their own policy replaces this one.
 */
const HEADERS: Readonly<Record<string, string>> = Object.freeze({
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
});

export interface SecurityHeadersOptions {
  /** Whether this process ends TLS itself: then browsers shall not come without it any more. */
  readonly tls: boolean;
}

export function installSecurityHeaders(app: FastifyInstance, { tls }: SecurityHeadersOptions): void {
  const headers = tls ? { ...HEADERS, 'strict-transport-security': strictTransport() } : HEADERS;
  app.addHook('onRequest', (_request, reply, done) => {
    reply.headers(headers);
    done();
  });
}

function strictTransport(): string {
  return `max-age=${limits.strictTransportMs / 1000}`;
}

/** Answers to keys may hold what is known about people: no cache keeps them, unless the route knows better. */
export function forbidCaching(reply: FastifyReply): void {
  reply.header('cache-control', 'no-store');
}
