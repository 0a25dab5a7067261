import { describe, expect, it } from 'vitest';
import { MomentWalk } from '../../src/background/moment-walk.ts';
import { TesseraError } from '../../src/errors.ts';
import type { PendingMoment, StockLevel } from '../../src/model/catalog.ts';
import type { JsonObject } from '../../src/model/json.ts';
import type { DefinitionsRecord, LogRecord } from '../../src/model/record.ts';
import type { TriggerDefinition } from '../../src/model/trigger.ts';
import { createEntryCodec } from '../../src/runner/codec.ts';
import { createRandom } from '../e2e/support/seeded-random.ts';
import { eventOf } from '../support/fold-world.ts';
import { BEGIN_MS, testPolicy } from '../support/fused-runner.ts';
import { createStagedRig, type StagedRig } from '../support/staged-rig.ts';

const SEED = 20_261_122;

const backAgain: TriggerDefinition = {
  name: 'back_again',
  purpose: 'service',
  on: {
    catalog: 'back_in_stock',
    interest: { event: 'stock_inquired' },
    key: 'properties.variant_id',
    for: '90d',
  },
  action: { channel: 'none' },
};
const definitions: DefinitionsRecord = {
  kind: 'definitions',
  author: 'test',
  features: [],
  triggers: [backAgain],
  identity: testPolicy,
};

const asks = (n: number, variant_id: string): LogRecord => ({
  kind: 'event',
  event: eventOf(`q-${n}`, [`u:${n}`], {
    type: 'stock_inquired',
    time: BEGIN_MS,
    receivedAt: BEGIN_MS,
    properties: { variant_id },
  }),
});
const stock = (quantity: number, store = 's1'): LogRecord => {
  const level: StockLevel = {
    item_id: 'spu',
    variant_id: 'sku',
    store,
    quantity,
    reserved: 0,
    safety: 0,
    at: BEGIN_MS,
  };
  return { kind: 'catalog', author: 'test', change: { stock: [level] } };
};
const goods: LogRecord = {
  kind: 'catalog',
  author: 'test',
  change: { items: [{ item_id: 'spu', variants: [{ variant_id: 'sku', aliases: ['690'] }] }] },
};

/** Walkers of all partitions over one rig: whatever they append is applied before they go on. */
function walkersOf(
  rig: StagedRig,
  random: ReturnType<typeof createRandom>,
  appendsMax = Number.POSITIVE_INFINITY,
) {
  let appends = 0;
  const pages: number[] = [];
  const walkers = rig.topology.people.map(
    (partition) =>
      new MomentWalk({
        partition,
        store: rig.store,
        log: {
          async append(records) {
            if (appends++ >= appendsMax) throw new TesseraError('stopping');
            pages.push(records.length - 1);
            const positions = await rig.logOf(partition).append(records);
            await rig.settle(random);
            return positions;
          },
        },
        codec: createEntryCodec(rig.definitions),
        appliedSeq: () => rig.store.checkpoint(partition)?.seq,
        onError: (error) => {
          throw error;
        },
        pageMax: 5,
      }),
  );
  return { walkers, pages };
}

async function rigWithWaiting(people: number) {
  const random = createRandom(SEED);
  const rig = createStagedRig(BEGIN_MS);
  await rig.append(definitions, goods, stock(0));
  await rig.settle(random);
  for (let n = 0; n < people; n++) await rig.append(asks(n, n % 3 === 0 ? '690' : 'sku'));
  await rig.append(asks(people, 'another'));
  await rig.settle(random);
  return { rig, random };
}

const pendingOf = (rig: StagedRig): number =>
  rig.topology.people.reduce((sum, partition) => sum + rig.entries<PendingMoment>(partition, 'p/').length, 0);

describe('the walk of a moment', () => {
  it('wakes whoever waits, in every partition and under every name, page by page', async () => {
    const people = 60;
    const { rig, random } = await rigWithWaiting(people);
    await rig.append(stock(4));
    await rig.settle(random);
    expect(pendingOf(rig)).toBe(rig.topology.people.length);
    expect(rig.firings).toEqual([]);
    const { walkers, pages } = walkersOf(rig, random);
    for (const walker of walkers) await walker.walk();
    expect(new Set(rig.firings.map(({ profile_id }) => profile_id)).size).toBe(people);
    expect(rig.firings).toHaveLength(people);
    // Each hears of the variant under the name that they asked for, and of the product under its own.
    const told = new Set(
      rig.firings.map(({ trace }) => {
        const { item, variant } = trace.matched as JsonObject;
        return `${item} ${variant}`;
      }),
    );
    expect([...told].sort()).toEqual(['spu 690', 'spu sku']);
    expect(Math.max(...pages)).toBe(5);
    expect(pendingOf(rig)).toBe(0);
    // Nobody waits any longer.
    await rig.append(stock(0), stock(4));
    await rig.settle(random);
    for (const walker of walkers) await walker.walk();
    expect(rig.firings).toHaveLength(people);
  });

  it.each([1, 2, 5, 9])('goes on after it was stopped at page %i, and tells nobody twice', async (stopAt) => {
    const people = 40;
    const { rig, random } = await rigWithWaiting(people);
    await rig.append(stock(4));
    await rig.settle(random);
    const first = walkersOf(rig, random, stopAt);
    for (const walker of first.walkers)
      await walker.walk().catch((error: unknown) => {
        if (!(error instanceof TesseraError && error.code === 'stopping')) throw error;
      });
    const before = rig.firings.length;
    expect(before).toBeLessThan(people);
    const { walkers, pages } = walkersOf(rig, random);
    for (const walker of walkers) await walker.walk();
    expect(rig.firings).toHaveLength(people);
    expect(new Set(rig.firings.map(({ id }) => id)).size).toBe(people);
    // What was done is not done once more.
    expect(pages.reduce((sum, page) => sum + page, 0)).toBe(people - before);
  });
});
