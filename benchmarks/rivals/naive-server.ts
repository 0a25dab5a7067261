import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import fastify from 'fastify';
import { Redis } from 'ioredis';
import { benchTriggers } from '../support/definitions.ts';
import { createEventCheck } from '../support/event-checks.ts';
import { applyFeatures, featureValues, type NaiveEvent } from './naive-features.ts';
import { applyTriggers } from './naive-triggers.ts';
import { TakeTurns } from './take-turns.ts';

/*
 * What a good engineer writes in a week: Fastify, ajv, one Redis hash per profile that is read as a whole and written in part for each
 * event, one awaited publish to JetStream per event, commands as ioredis sends them unless told otherwise. It keeps the same promises as the
 * engine: validated, once per id, in whichever identifier's profile, the same 60 features and 30 triggers, 202 once log and state
 * have acknowledged. What it leaves out: merges of two known people, order facts, late events, history, sealing, consents, limits.
 */
const STREAM = 'NAIVE';
const SUBJECT = 'naive.events';
const DEDUP_SECONDS = 7 * 86_400;

const { BENCH_REDIS_URL = '', BENCH_NATS_URL = '' } = process.env;
const redis = new Redis(BENCH_REDIS_URL);
const nats = await connect({ servers: BENCH_NATS_URL });
const manager = await jetstreamManager(nats);
await manager.streams.add({ name: STREAM, subjects: [SUBJECT] });
const log = jetstream(nats);
const check = createEventCheck();
const triggers = benchTriggers(30);
const turns = new TakeTurns();
let profiles = 0;

async function take(event: NaiveEvent): Promise<void> {
  check(event);
  // Of one person one event at a time: otherwise two would read the same hash, and one of their changes would be lost.
  await turns.take(event.identifiers.anonymous_id, () => apply(event));
}

async function apply(event: NaiveEvent): Promise<void> {
  const profile = await profileOf(event);
  if ((await redis.exists(`seen:${event.id}`)) === 1) return;
  const fields = await redis.hgetall(`profile:${profile}`);
  const changed: Record<string, string> = {};
  const now = Date.now();
  applyFeatures(event, { fields, changed, now });
  const decisions = applyTriggers(event, triggers, { fields, changed, now });
  for (const decision of decisions) await log.publish(SUBJECT, JSON.stringify({ decision, profile }));
  await log.publish(SUBJECT, JSON.stringify(event));
  await redis
    .multi()
    .hset(`profile:${profile}`, changed)
    .set(`seen:${event.id}`, 1, 'EX', DEDUP_SECONDS)
    .exec();
}

/** Whose identifiers these are; those that nobody had yet are tied to the profile. */
async function profileOf(event: NaiveEvent): Promise<string> {
  const names = Object.entries(event.identifiers).map(([type, value]) => `id:${type}:${value}`);
  const found: (string | null)[] = [];
  for (const name of names) found.push(await redis.get(name));
  const profile = found.find((id) => id !== null) ?? `n-${++profiles}`;
  for (const [at, name] of names.entries()) {
    if (found[at] === null) await redis.set(name, profile);
  }
  return profile;
}

const app = fastify({ logger: false, bodyLimit: 5 * 1024 * 1024 });
app.post('/v1/events', async (request, reply) => {
  const events = (Array.isArray(request.body) ? request.body : [request.body]) as readonly NaiveEvent[];
  await Promise.all(events.map(take));
  reply.code(202);
  return { accepted: events.length };
});
app.get('/profile/:browser', async (request) => {
  const { browser } = request.params as { readonly browser: string };
  const profile = await redis.get(`id:anonymous_id:${browser}`);
  return featureValues(await redis.hgetall(`profile:${profile}`), Date.now());
});
const address = await app.listen({ host: '127.0.0.1', port: 0 });
process.stdout.write(`${JSON.stringify({ address })}\n`);
