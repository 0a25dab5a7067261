import fastify from 'fastify';

/** The floor: Fastify as it comes, parsing a JSON body and giving it back. No key, no validation, no storage. */
const app = fastify({ logger: false, bodyLimit: 5 * 1024 * 1024 });
app.post('/v1/events', (request) => request.body);
const address = await app.listen({ host: '127.0.0.1', port: 0 });
process.stdout.write(`${JSON.stringify({ address })}\n`);
