import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fastify } from 'fastify';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { limits } from '../../src/limits.ts';
import { BodyBudget } from '../../src/serve/body-budget.ts';
import { problemOf, sendProblem } from '../../src/serve/problem.ts';
import { waitUntil } from '../e2e/support/wait-until.ts';

const PART = Buffer.alloc(limits.bodyUncountedBytes * 2, 0x20);
const budget = new BodyBudget(PART.length * 4);
const app = fastify();
const taken: number[] = [];

beforeAll(async () => {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  app.setErrorHandler((error, _request, reply) => sendProblem(reply, problemOf(error)));
  app.addHook('preParsing', budget.hook);
  app.post('/', async ({ body }) => {
    taken.push((body as Buffer).length);
    return 'taken';
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
});
afterAll(() => app.close());

function post(headers: Readonly<Record<string, string | number>> = {}): ClientRequest {
  const { port } = app.server.address() as AddressInfo;
  return request({ port, host: '127.0.0.1', method: 'POST', headers, agent: false });
}

async function answerTo(sent: ClientRequest): Promise<number | undefined> {
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  answer.resume();
  await once(answer, 'end');
  return answer.statusCode;
}

it('counts what has arrived of large bodies until they are answered, and nothing of small ones', async () => {
  const slow = post({ 'content-length': PART.length * 2 });
  slow.write(PART);
  await waitUntil('a part has arrived', () => budget.bytes === PART.length);
  const small = post({ 'content-length': 5 });
  small.end('small');
  expect(await answerTo(small)).toBe(200);
  expect(budget.bytes).toBe(PART.length);
  slow.end(PART);
  expect(await answerTo(slow)).toBe(200);
  await waitUntil('nothing is held', () => budget.bytes === 0);
});

it('refuses the body that would be too much, however its length is told, and none of it reaches the route', async () => {
  taken.length = 0;
  const holding = [post({ 'content-length': PART.length * 3 }), post({ 'transfer-encoding': 'chunked' })];
  for (const each of holding) {
    each.on('error', () => undefined);
    each.write(PART);
    each.write(PART);
  }
  await waitUntil('the budget is used up', () => budget.bytes === PART.length * 4);
  const late = post({ 'transfer-encoding': 'chunked' });
  late.on('error', () => undefined);
  late.write('one byte more');
  expect(await answerTo(late)).toBe(503);
  for (const each of holding) each.destroy();
  await waitUntil('nothing is held', () => budget.bytes === 0);
  const next = post({ 'content-length': PART.length });
  next.end(PART);
  expect(await answerTo(next)).toBe(200);
  expect(taken).toEqual([PART.length]);
});
