import fastify from 'fastify';
import { createEventCheck } from '../support/event-checks.ts';

/** Fastify that parses and validates by the engine's own schemas, and keeps nothing. */
const app = fastify({ logger: false, bodyLimit: 5 * 1024 * 1024 });
const check = createEventCheck();
app.post('/v1/events', (request, reply) => {
  const events = Array.isArray(request.body) ? request.body : [request.body];
  for (const event of events) check(event);
  reply.code(202);
  return { accepted: events.length };
});
const address = await app.listen({ host: '127.0.0.1', port: 0 });
process.stdout.write(`${JSON.stringify({ address })}\n`);
