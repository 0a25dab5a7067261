import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EnginePlace } from '../e2e/support/engine-place.ts';
import type { RunningEngine } from '../e2e/support/engine-process.ts';
import { storageDirectories, testedOn } from '../e2e/support/engine-storage.ts';
import { createRandom, killPlan } from '../e2e/support/seeded-random.ts';
import { waitUntil } from '../e2e/support/wait-until.ts';

/** `KILL_ROUNDS=40 KILL_SEED=…` runs a longer series, and the same one again. */
const { rounds, seed } = killPlan(4);
const random = createRandom(seed);

const place = new EnginePlace();
let engine: RunningEngine;
/** How long an erasure takes here that nobody disturbs. */
let usualMs = 0;
const erasedSoFar: number[] = [];

const phoneOf = (n: number): string => `139${String(20_000_000 + n * 13)}`;
const userOf = (n: number): string => `customer-${n}-of-${n * 101}`;

/** Somebody who buys, shares a tablet with a neighbor, and whom the neighbor has invited: an event of somebody else that names them. */
function eventsOf(n: number): readonly object[] {
  const known = { phone: phoneOf(n), user_id: userOf(n) };
  const tablet = { device_id: `tablet-${n}` };
  const order = { order_id: `order-${n}`, total: '99.00', currency: 'CNY' };
  const seen = { item_id: 'spu-1' };
  const invited = { status: 'signed_up', invitee_user_id: userOf(n) };
  return [
    {
      id: `a${n}`,
      type: 'profile_identified',
      identifiers: { ...known, ...tablet },
      traits: { name: `Wang ${n}` },
    },
    { id: `b${n}`, type: 'order_completed', identifiers: { phone: phoneOf(n) }, properties: order },
    {
      id: `c${n}`,
      type: 'product_viewed',
      identifiers: { ...tablet, user_id: `neighbor-${n}` },
      properties: seen,
    },
    {
      id: `i${n}`,
      type: 'referral_made',
      identifiers: { user_id: `neighbor-${n}` },
      properties: invited,
    },
    {
      id: `d${n}`,
      type: 'product_viewed',
      identifiers: { ...tablet, user_id: userOf(n) },
      properties: seen,
    },
  ];
}

interface Victim {
  readonly n: number;
  readonly profile: string;
  /** Hashes of identifiers that are nobody else's. */
  readonly words: readonly string[];
}

async function makeVictim(n: number): Promise<Victim> {
  const { api } = engine;
  await api.apply(eventsOf(n));
  await api.settled();
  const { body } = await api.get(`/v1/profiles/phone:${phoneOf(n)}/identity`);
  const own = body.identifiers.filter(({ identifier }: { identifier: string }) =>
    /^(phone|user_id):/.test(identifier),
  );
  const words = own.map(({ identifier }: { identifier: string }) =>
    identifier.slice(identifier.indexOf(':') + 1),
  );
  expect(words).toHaveLength(2);
  // Without this, nothing would have to be taken out of rows of others.
  const naming = `SELECT count() AS n FROM events WHERE event_id = 'i${n}' AND hasAny(extractAll(raw, '[A-Za-z0-9_-]+'), ['${words.join("', '")}'])`;
  expect(await api.sql(naming)).toEqual([{ n: 1 }]);
  return { n, profile: body.profile_id, words };
}

async function erasuresOf(profile: string) {
  const { body } = await engine.api.get('/v1/privacy/erasures');
  const all: readonly { profiles: string[]; status: string; id: string; counts?: object }[] = body.erasures;
  return all.filter(({ profiles }) => profiles.includes(profile));
}

/** Until the receipt; a request that the engine died of is made again, as whoever made it would. */
async function finish({ profile, n }: Victim) {
  if ((await erasuresOf(profile)).length === 0)
    await engine.api.post('/v1/privacy/erasures', { identifier: `phone:${phoneOf(n)}` });
  const done = async () => (await erasuresOf(profile)).every(({ status }) => status === 'done');
  await waitUntil('the receipt', done);
  return await erasuresOf(profile);
}

/** Rows of history and records of files in which anything of them is left. */
async function leftOf({ profile, words }: Victim): Promise<readonly string[]> {
  const quoted = words.map((word) => `'${word}'`).join(', ');
  const tables: Readonly<Record<string, string>> = {
    events: `hasAny(extractAll(raw, '[A-Za-z0-9_-]+'), [${quoted}])`,
    facets: `profile_id = '${profile}'`,
    identity_changes: `profile_id = '${profile}' OR other_profile_id = '${profile}' OR arrayExists(word -> endsWith(identifier, word), [${quoted}])`,
    decisions: `profile_id = '${profile}'`,
    segment_changes: `profile_id = '${profile}'`,
  };
  const left: string[] = [];
  for (const [table, condition] of Object.entries(tables)) {
    const [{ n } = { n: 0 }] = await engine.api.sql(`SELECT count() AS n FROM ${table} WHERE ${condition}`);
    if (Number(n) > 0) left.push(`${n} rows of ${table}`);
  }
  return left;
}

/** Logs on servers are JetStream's files; LMDB is looked through when the engine has stopped. */
function leftInFiles(words: readonly string[]): readonly string[] {
  const { log, state } = storageDirectories(place.dataDirectory);
  const left: string[] = [];
  for (const folder of new Set([place.path, log, state])) {
    for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
      if (!entry.isFile()) continue;
      const file = join(entry.parentPath, entry.name);
      const content = readFileSync(file).toString('latin1');
      for (const word of words) if (content.includes(word)) left.push(`${word} in ${file}`);
    }
  }
  return left;
}

describe(`an engine that is killed while it erases somebody (${rounds} rounds, seed ${seed})`, () => {
  const words: string[] = [];
  const seen = new Map<string, number>();

  beforeAll(async () => {
    engine = await place.start({ logLevel: 'warn' });
    const undisturbed = await makeVictim(0);
    const began = performance.now();
    await engine.api.post('/v1/privacy/erasures', { identifier: `phone:${phoneOf(0)}` });
    await finish(undisturbed);
    usualMs = performance.now() - began;
    words.push(...undisturbed.words);
  }, 120_000);
  afterAll(() => place.remove());

  it(
    'has nothing of them after its next start, and a receipt',
    async () => {
      for (let round = 1; round <= rounds; round += 1) {
        const victim = await makeVictim(round);
        const neighbor = (await engine.api.get(`/v1/profiles/user_id:neighbor-${round}`)).body.profile_id;
        const asking = engine.api
          .post('/v1/privacy/erasures', { identifier: `phone:${phoneOf(round)}` })
          .catch(() => undefined);
        // The first before it can be anywhere, the others somewhere on the way.
        await pause(round === 1 ? 1 : random.between(0, Math.ceil(usualMs)));
        await engine.process.kill();
        const answer = await asking;
        engine = await place.start({ logLevel: 'warn' });
        const story = `KILL_SEED=${seed}, round ${round}`;
        // What was answered is not forgotten.
        if (answer?.status === 202) expect(await erasuresOf(victim.profile), story).toHaveLength(1);
        const [receipt, ...others] = await finish(victim);
        expect(others, story).toEqual([]);
        expect(receipt, story).toMatchObject({ status: 'done', profiles: [victim.profile] });
        expect((await engine.api.get(`/v1/profiles/phone:${phoneOf(round)}`)).status, story).toBe(404);
        expect(await leftOf(victim), story).toEqual([]);
        const other = await engine.api.get(`/v1/profiles/user_id:neighbor-${round}`);
        expect(other.body.profile_id, story).toBe(neighbor);
        words.push(...victim.words);
        erasedSoFar.push(round);
        const when = answer === undefined ? 'before the answer' : 'after it';
        seen.set(when, (seen.get(when) ?? 0) + 1);
      }
      console.info(`erasure kills on ${testedOn}: seed ${seed}, usually ${usualMs.toFixed(0)} ms`, seen);
      expect(erasedSoFar).toHaveLength(rounds);
    },
    60_000 + rounds * 60_000,
  );

  it('leaves nothing of any of them in its files', async () => {
    await engine.process.stop();
    expect(leftInFiles(words)).toEqual([]);
  }, 60_000);
});
