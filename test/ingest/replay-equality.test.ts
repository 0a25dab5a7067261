import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createMemoryKeyStore } from '../../src/adapters/memory/key-store.ts';
import { createManualClock } from '../../src/adapters/memory/manual-clock.ts';
import type { QuarantineRow } from '../../src/ingest/replay-kept.ts';
import { type EventSchemas, loadEventSchemas } from '../../src/ingest/schemas.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { DAY_MS, HOUR_MS } from '../../src/model/time.ts';
import { decodeRecord } from '../../src/runner/codec.ts';
import { createTemporaryDirectory } from '../adapters/temporary-directory.ts';
import { createFusedEngine, type FusedEngine, START_MS } from '../support/fused-engine.ts';

/*
 * A schema is broken while some of the events come, and what was refused is replayed once it is mended. What the state holds of
 * people must then be, byte by byte, what it is where no schema was ever broken. Everybody is known from the start, so that
 * profiles have the same ids.
 */
const directory = createTemporaryDirectory();
let broken: EventSchemas;
beforeAll(() => {
  cpSync(fileURLToPath(new URL('../../schemas/events', import.meta.url)), directory.path, {
    recursive: true,
  });
  const file = `${directory.path}/product_viewed.json`;
  const schema = JSON.parse(readFileSync(file, 'utf8'));
  schema.properties = { ...schema.properties, season: { type: 'string' } };
  schema.required = [...(schema.required ?? []), 'season'];
  writeFileSync(file, JSON.stringify(schema));
  broken = loadEventSchemas(directory.path);
});
afterAll(() => directory.remove());

interface Sent {
  readonly person: number;
  readonly item: number;
  readonly price: number;
  readonly hoursAgo: number;
  readonly kind: 'view' | 'season' | 'cart' | 'order';
}

const sent: fc.Arbitrary<Sent> = fc.record({
  person: fc.integer({ min: 0, max: 2 }),
  item: fc.integer({ min: 1, max: 5 }),
  price: fc.integer({ min: 1, max: 900 }),
  // Late enough to set nothing off: what is sent to whom depends on when it comes, and is not meant here.
  hoursAgo: fc.integer({ min: 25, max: 24 * 40 }),
  kind: fc.constantFrom('view', 'view', 'season', 'cart', 'order'),
});

const TYPES = {
  view: 'product_viewed',
  season: 'product_viewed',
  cart: 'product_added',
  order: 'order_completed',
};

function eventOf({ person, item, price, hoursAgo, kind }: Sent, n: number): JsonObject {
  const goods = { item_id: `spu-${item}`, category: 'women/dresses', price, currency: 'CNY' };
  const properties = {
    view: goods,
    season: { ...goods, season: 'summer' },
    cart: goods,
    order: { order_id: `o-${n}`, total: price, currency: 'CNY', products: [{ ...goods, quantity: 1 }] },
  }[kind];
  const time = START_MS - hoursAgo * HOUR_MS - n;
  return { id: `e-${n}`, type: TYPES[kind], time, identifiers: { user_id: `u-${person}` }, properties };
}

const everybody = [0, 1, 2].map((person) => ({
  id: `first-${person}`,
  type: 'page_viewed',
  time: START_MS - 50 * DAY_MS,
  identifiers: { user_id: `u-${person}` },
  properties: {},
}));

function keptRows(engine: FusedEngine): QuarantineRow[] {
  return engine.log
    .read(0, 10_000)
    .flatMap(({ records }) => records.map((bytes) => decodeRecord(bytes).record))
    .filter((record) => record.kind === 'quarantine');
}

/** What is held of people. In headers triggers remember in the order in which events came, which is another one. */
function facetsIn(engine: FusedEngine): Record<string, string> {
  return Object.fromEntries([...engine.state()].filter(([key]) => key.startsWith('f/')));
}

async function profilesIn(engine: FusedEngine): Promise<readonly unknown[]> {
  const people = [0, 1, 2].map((n) => engine.profiles.byIdentifier('user_id', `u-${n}`, { reveal: true }));
  return await Promise.all(people);
}

it('a replay after a schema was mended leaves what it would have been, had it never been broken', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(sent, { minLength: 1, maxLength: 40 }),
      fc.integer({ min: 1, max: 9 }),
      async (all, size) => {
        const events = all.map(eventOf);
        const never = await createFusedEngine({ clock: createManualClock(START_MS) });
        await never.send(everybody);
        await never.send(events);

        const clock = createManualClock(START_MS);
        const keyStore = createMemoryKeyStore();
        const strict = await createFusedEngine({ clock, keyStore, schemas: broken });
        await strict.send(everybody);
        const { rejected } = await strict.send(events);
        expect(rejected).toHaveLength(all.filter(({ kind }) => kind === 'view').length);
        const mended = await createFusedEngine({ clock, keyStore, log: strict.log });
        await mended.drain();
        const rows = keptRows(strict);
        for (let from = 0; from < rows.length; from += size) {
          const results = await mended.replay(rows.slice(from, from + size));
          for (const { outcome } of results) expect(outcome).toBe('applied');
        }
        expect(facetsIn(mended)).toEqual(facetsIn(never));
        expect(await profilesIn(mended)).toEqual(await profilesIn(never));
      },
    ),
    { numRuns: 8 },
  );
}, 120_000);
