import { describe, expect, it } from 'vitest';
import type { Person, Review } from '../../src/model/identity.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { DAY_MS } from '../../src/model/time.ts';
import { encodeRecord } from '../../src/runner/codec.ts';
import { type FusedEngine, featuresOf, START_MS } from '../support/fused-engine.ts';
import { changesOf, entriesOf } from '../support/identity-state.ts';
import {
  command,
  eventsIn,
  inForce,
  partOf,
  policyWith,
  replay,
  type Step,
  sendAll,
  shopWith,
  simulate,
  typeWith,
} from './identity-simulation/simulated-shop.ts';

const onePhone = typeWith('phone', { limit: 1, period: 'ever' });
const devicesJoin = policyWith({ weak_evidence: { joins_known_people: true, values_per_type: 3 } });

let serial = 0;
const view = (identifiers: JsonObject, more: Partial<Step> = {}): Step => ({
  as: 'secret',
  afterMs: 0,
  event: { id: `e-${serial++}`, type: 'product_viewed', identifiers, properties: { item_id: 'spu-1' } },
  ...more,
});

/** Ann has two numbers; Bob and Cid used one tablet. */
const shop = (): readonly Step[] => [
  view({ user_id: 'ann', phone: '13900001111' }),
  view({ user_id: 'ann', phone: '13700002222' }),
  view({ phone: '13700002222' }),
  view({ phone: '13900003333', device_id: 'tablet' }),
  view({ phone: '13700004444', device_id: 'tablet' }),
];

const numberOf = (report: JsonObject, side: string, name: string): unknown => partOf(report, side)[name];

function sampleOf(report: JsonObject): JsonObject {
  const [sample] = report.feature_differences as readonly JsonObject[];
  return sample ?? {};
}

async function idOf(engine: FusedEngine, identifier: string): Promise<string> {
  const [type = '', value = ''] = identifier.split(':');
  return (await engine.profiles.byIdentifier(type, value, { reveal: false }))?.profile_id ?? '';
}

describe('a simulation of the policy in force', () => {
  it('finds no difference, and the counts of the live state', async () => {
    const engine = await shopWith(inForce, [
      ...shop(),
      view({ anonymous_id: 'cookie' }),
      view({ anonymous_id: 'cookie', user_id: 'dan' }),
    ]);
    const report = await simulate(engine, inForce);
    const people = [...entriesOf<Person>(engine, 'g/').values()];
    const changes = changesOf(engine).map(({ change }) => change);
    const count = (wanted: string): number => changes.filter((change) => change === wanted).length;
    const merges = engine
      .rows()
      .split('\n')
      .filter((line) => line.startsWith('merges\t')).length;
    expect(partOf(report, 'baseline')).toMatchObject({
      people: people.filter(({ links, facets }) => links.length + facets.length > 0).length,
      merges,
      refused: count('refused'),
      shared: count('shared'),
      reviews: count('review_opened'),
    });
    expect([merges > 0, count('shared')]).toEqual([false, 1]);
    expect(report.simulated).toEqual(report.baseline);
    expect(report).toMatchObject({
      events: 7,
      people_gained: 0,
      people_lost: 0,
      merges: { count: 0, samples: [] },
      splits: { count: 0, samples: [] },
      feature_differences: [],
      notes: [],
    });
  });

  it('follows commands, and answers to reviews by their question', async () => {
    const engine = await shopWith(inForce, [
      view({ user_id: 'ann', phone: '13900001111' }),
      view({ user_id: 'bob', email: 'bob@example.com' }),
      view({ user_id: 'cid', phone: '13700002222' }),
      // Two known people, verified: a question.
      view({ user_id: 'bob', phone: '13900001111' }),
    ]);
    const links = [...entriesOf(engine, 'i/').keys()];
    const key = (type: string): string => links.find((name) => name.startsWith(type)) ?? '';
    const [review] = [...entriesOf<Review>(engine, 'v/').values()];
    await command(engine, { type: 'decide', review: review?.n ?? 0, decision: 'approve', note: '' });
    await command(engine, { type: 'decide', review: 99, decision: 'approve', note: '' });
    await command(engine, { type: 'split', identifier: key('email:') });
    const report = await simulate(engine, inForce);
    expect(report).toMatchObject({ commands: 3, people_gained: 0, people_lost: 0 });
    expect(partOf(report, 'baseline')).toMatchObject({ splits: 1, merges: 1, reviews: 1 });
    expect(report.notes).toEqual([expect.stringMatching(/^2 decisions about reviews/)]);
    const { baseline } = await replay(engine, inForce);
    for (const [id, person] of entriesOf<Person>(engine, 'g/'))
      expect(baseline.view.get(`g/${id}`)).toEqual(person);
  });
});

describe('a simulation of another policy', () => {
  it('says who would be several people, and what their features would be', async () => {
    const steps = shop();
    const engine = await shopWith(inForce, steps);
    const other = await shopWith(onePhone, steps);
    const ann = await idOf(engine, 'user_id:ann');
    const report = await simulate(engine, onePhone);
    expect(report).toMatchObject({ events: 5, people_gained: 1, people_lost: 0, merges: { count: 0 } });
    expect(partOf(report, 'splits')).toMatchObject({
      count: 1,
      samples: [
        {
          profile_id: ann,
          identifiers: { user_id: 1, phone: 2 },
          facets: 3,
          people_count: 2,
          people: [
            { profile_id: ann, identifiers: { user_id: 1, phone: 1 }, facets: 2 },
            { identifiers: { phone: 1 }, facets: 1 },
          ],
        },
      ],
    });
    const people = numberOf(report, 'baseline', 'people') as number;
    expect(numberOf(report, 'simulated', 'people')).toBe(people + 1);
    const [before, after] = [await featuresOf(engine, ann), await featuresOf(other, ann)];
    const differing = Object.keys(before).filter(
      (name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]),
    );
    expect(differing.length).toBeGreaterThan(0);
    expect(sampleOf(report)).toEqual({
      profile_id: ann,
      becomes: ann,
      features: Object.fromEntries(
        differing.map((name) => [name, { before: before[name], after: after[name] }]),
      ),
    });
  });

  it('says who would be one person', async () => {
    const engine = await shopWith(inForce, shop());
    const [bob, cid] = [await idOf(engine, 'phone:13900003333'), await idOf(engine, 'phone:13700004444')];
    const report = await simulate(engine, devicesJoin);
    expect(report).toMatchObject({ people_lost: 1, people_gained: 0, splits: { count: 0 } });
    const merges = partOf(report, 'merges');
    expect(merges.count).toBe(1);
    const [sample] = merges.samples as readonly JsonObject[];
    expect(sample).toMatchObject({ identifiers: { phone: 2, device_id: 1 }, people_count: 2 });
    const united = ((sample?.people ?? []) as readonly JsonObject[]).map(({ profile_id: id }) => id);
    expect(united.sort()).toEqual([bob, cid].sort());
    expect(numberOf(report, 'baseline', 'shared')).toBe(1);
    expect(numberOf(report, 'simulated', 'shared')).toBe(0);
    expect((report.largest_profiles as readonly JsonObject[])[0]).toMatchObject({ facets: 3 });
  });

  it('leaves out what it does not know or blocks, and says so', async () => {
    const engine = await shopWith(inForce, shop());
    const { blocked, types } = inForce;
    const blocking = { ...blocked, values: [...blocked.values, '13700002222'] };
    const report = await simulate(engine, policyWith({ blocked: blocking, types: types.slice(0, -2) }));
    // The lone number names nobody any more, and tablets are of no type.
    expect(numberOf(report, 'simulated', 'unidentified_events')).toBe(1);
    expect(numberOf(report, 'simulated', 'shared')).toBe(0);
    expect(report.notes).toEqual([
      'Claims of types without a rule were left out: device_id, anonymous_id.',
      expect.stringContaining('Blocked values are recognized as listed'),
    ]);
    expect(sampleOf(report)).toMatchObject({ features: expect.any(Object) });
  });

  it('tells what cannot be applied to the past', async () => {
    const engine = await shopWith(inForce, shop());
    const report = await simulate(engine, {
      ...inForce,
      types: inForce.types.map((rule) =>
        rule.type === 'device_id' ? { ...rule, strong: true, normalize: 'number' } : rule,
      ),
      blocked: { ...inForce.blocked, phone_prefixes: ['+86170'] },
      sources: [],
    });
    expect((report.notes as readonly string[]).map((note) => note.split(' ').slice(0, 4).join(' '))).toEqual([
      'Identifiers stay as they',
      'Claims count as stated',
      'Blocked e-mail domains and',
      'Rules about sources were',
    ]);
  });

  it('names nobody: no identifier and no hash of one is in the report', async () => {
    const engine = await shopWith(inForce, shop());
    const text = JSON.stringify([await simulate(engine, onePhone), await simulate(engine, devicesJoin)]);
    for (const secret of ['"ann', '1390000', '1370000', 'tablet']) expect(text).not.toContain(secret);
    for (const { event } of eventsIn(engine))
      for (const { hash } of event.claims) expect(text).not.toContain(hash);
  });
});

describe('a simulation', () => {
  it('touches nothing', async () => {
    const engine = await shopWith(inForce, shop());
    const before = engine.state();
    const { lastSeq } = engine.log.stats();
    await simulate(engine, onePhone);
    expect(engine.state()).toEqual(before);
    expect(engine.log.stats().lastSeq).toBe(lastSeq);
  });

  it('looks at what was received from one moment to another', async () => {
    const engine = await shopWith(
      inForce,
      shop().map((step) => ({ ...step, afterMs: DAY_MS })),
    );
    const [day2, day4] = [START_MS + 2 * DAY_MS, START_MS + 4 * DAY_MS];
    const late = await simulate(engine, onePhone, { from: day2, to: day4 });
    // Of Ann's two numbers only the second turns up then.
    expect(late).toMatchObject({ events: 2, from: day2, to: day4, splits: { count: 0 } });
    expect(late.notes).toEqual([expect.stringContaining('begins with nobody')]);
    const early = await simulate(engine, onePhone, { to: day4 });
    expect(early).toMatchObject({ events: 3, from: START_MS + DAY_MS, splits: { count: 1 }, notes: [] });
    const all = await simulate(engine, onePhone);
    expect(all).toMatchObject({ events: 5, from: START_MS + DAY_MS, to: START_MS + 5 * DAY_MS + 1 });
    expect(await simulate(engine, onePhone, { from: START_MS + 9 * DAY_MS })).toMatchObject({ events: 0 });
  });

  it('ends where the log ended when it began', async () => {
    const engine = await shopWith(inForce, shop());
    const end = engine.log.stats().lastSeq;
    const [late] = [...eventsIn(engine)];
    const report = await simulate(engine, onePhone, {
      report: () => {
        if (late !== undefined) void engine.log.append([encodeRecord({ kind: 'event', event: late.event })]);
      },
    });
    expect(engine.log.stats().lastSeq).toBeGreaterThan(end);
    expect(report.events).toBe(5);
  });

  it('says how far it is, once through the past and once more for samples', async () => {
    const engine = await shopWith(inForce, shop());
    const seen: { done: number; total: number; note: string }[] = [];
    await simulate(engine, onePhone, { report: (progress) => seen.push(progress) });
    const total = engine.log.stats().lastSeq * 2;
    expect(seen.map(({ done }) => done)).toEqual(Array.from({ length: total }, (_, i) => i + 1));
    expect(new Set(seen.map((progress) => progress.total))).toEqual(new Set([total]));
    expect(new Set(seen.map(({ note }) => note)).size).toBe(2);
  });

  it('leaves out what cannot be folded, as the engine does', async () => {
    const engine = await shopWith(inForce, shop());
    const [first] = [...eventsIn(engine)];
    const broken = { ...first?.event, claims: [null] };
    await engine.log.append([Buffer.from(`E${JSON.stringify(broken)}`)]);
    await sendAll(engine, [view({ user_id: 'eve' })]);
    const report = await simulate(engine, inForce);
    expect(report).toMatchObject({ events: 7, people_gained: 0, people_lost: 0 });
    expect(report.notes).toEqual(['2 records could not be folded and were left out.']);
  });

  it('says when the policy in force is younger than the events', async () => {
    const engine = await shopWith(inForce, [...shop(), view({ user_id: 'eve' }, { afterMs: DAY_MS })]);
    const { features, triggers } = engine.definitions.entry;
    const record = {
      kind: 'definitions',
      author: 'operator',
      features: features.map(({ definition }) => definition),
      triggers: triggers.map(({ definition }) => definition),
      identity: onePhone,
    } as const;
    await engine.log.append([encodeRecord(record)]);
    await engine.drain();
    const report = await simulate(engine, inForce);
    expect(report.notes).toEqual([expect.stringContaining('since 2026-11-22T10:00:00.000Z')]);
    // The baseline is the policy in force, whatever the live profiles are made of.
    expect(partOf(report, 'merges').count).toBe(1);
  });

  it('is refused where the past does not fit into memory', async () => {
    const engine = await shopWith(inForce, shop());
    await expect(simulate(engine, onePhone, { changes: { entriesMax: 12 } })).rejects.toMatchObject({
      code: 'simulation_too_large',
      message: expect.stringContaining('narrow it with from and to'),
    });
  });

  it('rests now and then, and ends soon after nobody waits for it', async () => {
    const engine = await shopWith(inForce, shop());
    let now = START_MS;
    const clock = { now: () => (now += 3) };
    let turns = 0;
    const turn = (): void => {
      turns++;
      pending = setImmediate(turn);
    };
    let pending = setImmediate(turn);
    await simulate(engine, onePhone, { changes: { clock } });
    clearImmediate(pending);
    // Between its slices others had the thread.
    expect(turns).toBeGreaterThan(3);
    const aborting = new AbortController();
    const canceled = simulate(engine, onePhone, {
      signal: aborting.signal,
      report: () => aborting.abort(),
    });
    await expect(canceled).rejects.toMatchObject({ code: 'stopping' });
  });
});
