import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ItemChooser, type ItemChooserOptions } from '../../src/background/item-chooser.ts';
import { TesseraError } from '../../src/errors.ts';
import { limits } from '../../src/limits.ts';
import type { PlacementDefinition } from '../../src/model/placement.ts';
import type { ChosenItems } from '../../src/model/recommendation.ts';
import type { DefinitionsRecord, LogRecord } from '../../src/model/record.ts';
import type { TemplateDefinition } from '../../src/model/template.ts';
import type { Firing, TriggerDefinition } from '../../src/model/trigger.ts';
import { createEntryCodec } from '../../src/runner/codec.ts';
import { createRandom, type Random } from '../e2e/support/seeded-random.ts';
import { eventOf } from '../support/fold-world.ts';
import { BEGIN_MS, testPolicy } from '../support/fused-runner.ts';
import { createStagedRig, type StagedRig } from '../support/staged-rig.ts';

const SEED = 20_261_122;

const action = { channel: 'none', template: 'offer', data: { tone: 'warm' } } as const;
const wish = { recommend: { placement: 'message', limit: 2 } };
const withItems: TriggerDefinition = {
  name: 'with_items',
  purpose: 'service',
  on: { event: 'checkout_started' },
  action: { ...action, data: { ...action.data, items: wish } },
};
const withBoth: TriggerDefinition = {
  ...withItems,
  name: 'with_both',
  on: { event: 'cart_viewed' },
  action: { ...withItems.action, coupon: { pool: 'plus' } },
};
const template: TemplateDefinition = {
  name: 'offer',
  default_locale: 'en',
  locales: {
    en: {
      body: "{% for item in items %}{{ item.name }} {% endfor %}{{ data.items.size }} {{ data.tone }} {{ coupon.code | default: 'no code' }}",
    },
  },
};
const message: PlacementDefinition = { name: 'message', blend: { trending: 1 } };

function definitionsOf(change: Partial<DefinitionsRecord> = {}): DefinitionsRecord {
  return {
    kind: 'definitions',
    author: 'test',
    features: [],
    triggers: [withItems, withBoth],
    templates: [template],
    coupons: [{ name: 'plus', on_refund: 'return' }],
    placements: [message],
    identity: testPolicy,
    ...change,
  };
}

function sent(n: number, type = 'checkout_started'): LogRecord {
  const at = { time: BEGIN_MS, receivedAt: BEGIN_MS };
  return { kind: 'event', event: eventOf(`e-${n}`, [`u:${n}`], { type, ...at, context: { store: 'S1' } }) };
}

const chosen = (profile: string): ChosenItems => ({
  placement: 'message',
  id: `r-${profile}`,
  strategy: 'trending',
  items: [
    { item_id: 'mat', name: 'Mat' },
    { item_id: 'block', name: 'Block' },
  ],
});

/** One for each partition, as whoever works on it now would have. */
function choosersOf(rig: StagedRig, change: Partial<ItemChooserOptions> = {}): readonly ItemChooser[] {
  return rig.topology.people.map(
    (partition) =>
      new ItemChooser({
        partition,
        store: rig.store,
        codec: createEntryCodec(rig.definitions),
        log: rig.logOf(partition),
        clock: rig.clock,
        choose: async (profile) => chosen(profile),
        ready: () => true,
        appliedSeq: () => rig.store.checkpoint(partition)?.seq,
        onError: () => undefined,
        ...change,
      }),
  );
}

async function rigWith(
  records: readonly LogRecord[],
  definitions = definitionsOf(),
): Promise<{ readonly rig: StagedRig; readonly random: Random }> {
  const random = createRandom(SEED);
  const rig = createStagedRig(BEGIN_MS);
  await rig.append(definitions, ...records);
  await rig.settle(random);
  return { rig, random };
}

async function lookAll(choosers: readonly ItemChooser[]): Promise<number> {
  let brought = 0;
  for (const chooser of choosers) brought += await chooser.look();
  return brought;
}

const waitingIn = (rig: StagedRig): number =>
  rig.topology.people.reduce((sum, partition) => sum + rig.entries(partition, 'u/').length, 0);
const bodiesOf = (firings: readonly Firing[]) =>
  firings.map(({ payload }) => (payload.message as { body?: string } | undefined)?.body);

describe('a firing whose message shows items', () => {
  it('waits, is asked for where it happened, and is told of with them once', async () => {
    const { rig, random } = await rigWith([sent(1), sent(2)]);
    expect(rig.firings).toEqual([]);
    expect(rig.effects.filter(({ kind }) => kind === 'items_wanted')).toHaveLength(2);
    const asked: unknown[] = [];
    const choosers = choosersOf(rig, {
      choose: async (profile, wanted) => {
        asked.push(wanted);
        return chosen(profile);
      },
    });
    expect(await lookAll(choosers)).toBe(2);
    // What is in the log already is not brought again.
    expect(await lookAll(choosers)).toBe(0);
    await rig.settle(random);
    expect(asked).toEqual(Array(2).fill({ placement: 'message', limit: 2, store: 'S1' }));
    expect(rig.firings).toHaveLength(2);
    const [first] = rig.firings;
    expect(first?.payload).toEqual({
      template: 'offer',
      data: { tone: 'warm', items: chosen('').items },
      recommendation: {
        status: 'chosen',
        placement: 'message',
        id: `r-${first?.profile_id}`,
        strategy: 'trending',
      },
      message: { template: 'offer', locale: 'en', body: 'Mat Block 2 warm no code' },
    });
    expect(waitingIn(rig)).toBe(0);
    expect(await lookAll(choosers)).toBe(0);
  });

  it('waits for its code and its items, whichever comes first', async () => {
    const codes: LogRecord = {
      kind: 'command',
      author: 'ann',
      command: { type: 'add_codes', pool: 'plus', codes: ['AAA'] },
    };
    const { rig, random } = await rigWith([codes, sent(1, 'cart_viewed')]);
    expect([rig.firings.length, waitingIn(rig)]).toEqual([0, 1]);
    await lookAll(choosersOf(rig));
    await rig.settle(random);
    expect(bodiesOf(rig.firings)).toEqual(['Mat Block 2 warm AAA']);
    expect(rig.firings[0]?.payload).toMatchObject({
      coupon: { status: 'drawn', code: 'AAA' },
      recommendation: { status: 'chosen' },
    });
  });

  it.each([
    ['a recommender that fails', { choose: () => Promise.reject(new TesseraError('internal')) }],
    [
      'nothing to offer',
      { choose: async () => ({ placement: 'message', id: 'r', strategy: 'none', items: [] }) },
    ],
  ])('goes out with an empty list after %s', async (_name, change) => {
    const { rig, random } = await rigWith([sent(1)]);
    await lookAll(choosersOf(rig, change));
    await rig.settle(random);
    expect(rig.firings[0]?.payload).toMatchObject({
      data: { items: [] },
      recommendation: { status: 'none', strategy: 'none' },
    });
    expect(bodiesOf(rig.firings)).toEqual(['0 warm no code']);
  });

  it('waits for a store that is away', async () => {
    const { rig, random } = await rigWith([sent(1)]);
    const away = choosersOf(rig, { choose: () => Promise.reject(new TesseraError('state_unavailable')) });
    await expect(lookAll(away)).rejects.toMatchObject({ code: 'state_unavailable' });
    await lookAll(choosersOf(rig));
    await rig.settle(random);
    expect(bodiesOf(rig.firings)).toEqual(['Mat Block 2 warm no code']);
  });

  it('waits a while for what is being learned, and not for ever', async () => {
    const { rig, random } = await rigWith([sent(1)]);
    const learning = choosersOf(rig, { ready: () => false });
    expect(await lookAll(learning)).toBe(0);
    rig.clock.set(BEGIN_MS + limits.itemsPatienceMs);
    expect(await lookAll(learning)).toBe(1);
    await rig.settle(random);
    expect(rig.firings).toHaveLength(1);
  });

  it('is not looked for at every poke while much is being learned', async () => {
    const { rig } = await rigWith([sent(1)]);
    let scans = 0;
    let ready = false;
    const store: ItemChooserOptions['store'] = {
      scan: async (...asked) => {
        scans++;
        return await rig.store.scan(...asked);
      },
    };
    const [chooser] = choosersOf(rig, { store, ready: () => ready });
    chooser?.start();
    for (let n = 0; n < 5; n++) chooser?.poke();
    expect(scans).toBe(0);
    ready = true;
    chooser?.poke();
    await chooser?.stop();
    expect(scans).toBe(1);
  });

  it('asks nobody where its placement is gone', async () => {
    const { rig } = await rigWith([sent(1)], definitionsOf({ placements: [] }));
    expect(rig.firings[0]?.payload).toMatchObject({
      data: { items: [] },
      recommendation: { status: 'none', placement: 'message' },
    });
  });

  it('is told of once, whoever brings its items how often, and whoever is stopped in between', async () => {
    const step = fc.constantFrom<'events' | 'look' | 'lost' | 'settle'>('events', 'look', 'lost', 'settle');
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 4, maxLength: 12 }),
        fc.integer({ min: 1, max: 1e6 }),
        async (steps, seed) => {
          const random = createRandom(seed);
          const rig = createStagedRig(BEGIN_MS);
          await rig.append(definitionsOf());
          await rig.settle(random);
          let events = 0;
          for (const each of [...steps, 'settle', 'look', 'settle'] as const) {
            if (each === 'events') await rig.append(sent(events++), sent(events++, 'cart_viewed'));
            else if (each === 'settle') await rig.settle(random);
            // Whoever takes a partition up knows nothing of what the one before has brought.
            else if (each === 'look') await lookAll(choosersOf(rig));
            else {
              const log = { append: () => Promise.reject(new TesseraError('log_unavailable')) };
              await lookAll(choosersOf(rig, { log })).catch(() => undefined);
            }
          }
          expect(waitingIn(rig)).toBe(0);
          expect(rig.firings).toHaveLength(events);
          expect(new Set(rig.firings.map(({ id }) => id)).size).toBe(events);
          expect(bodiesOf(rig.firings)).toEqual(Array(events).fill('Mat Block 2 warm no code'));
        },
      ),
      { seed: SEED, numRuns: 12 },
    );
  });
});
