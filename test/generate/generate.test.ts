import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_UNTIL } from '../../src/generate/default-stretch.ts';
import { generate } from '../../src/generate/generate.ts';
import { rates } from '../../src/generate/rates.ts';
import { createNormalizer } from '../../src/ingest/normalize.ts';
import { loadEventSchemas } from '../../src/ingest/schemas.ts';
import { limits } from '../../src/limits.ts';
import { DAY_MS, HOUR_MS } from '../../src/model/time.ts';
import { count, identifiersOf, type ToldWorld, tellWorld, timeOf } from './told-world.ts';

const SHOPPERS = 1_500;

let told: ToldWorld;
beforeAll(() => {
  told = tellWorld({ shoppers: SHOPPERS, seed: 14 });
});

describe('a generated stream', () => {
  it('is the same for the same shoppers and seed, truth included, and another for another', () => {
    const of = (shoppers: number, seed: number) => JSON.stringify(tellWorld({ shoppers, seed, days: 60 }));
    const first = of(80, 3);
    expect(of(80, 3)).toBe(first);
    expect(of(80, 4)).not.toBe(first);
    expect(of(81, 3)).not.toBe(first);
  });

  it('is ordered by arrival, and nothing arrives before it happened', () => {
    const arrivals = told.items.map(({ arrivesAt }) => arrivesAt);
    expect(arrivals.every((at, n) => n === 0 || at >= (arrivals[n - 1] ?? 0))).toBe(true);
    expect(told.items.every((item) => item.arrivesAt >= timeOf(item))).toBe(true);
  });

  it('holds events that happened before others that arrived first', () => {
    const times = told.events.map(timeOf);
    expect(times.some((time, at) => at > 0 && time < (times[at - 1] ?? 0))).toBe(true);
  });

  it('repeats events exactly, only those of public clients, and gives every other its own id', () => {
    const texts = new Map(told.events.map(({ event }) => [event.id, JSON.stringify(event)]));
    expect(texts.size).toBe(told.events.length);
    const repeats = told.items.filter(({ repeat }) => repeat);
    expect(repeats.length).toBeGreaterThan(0);
    expect(repeats.every(({ publicKey }) => publicKey)).toBe(true);
    expect(repeats.every(({ event }) => texts.get(event.id) === JSON.stringify(event))).toBe(true);
  });

  it('numbers events densely', () => {
    const numbers = told.events.map(({ number }) => number).sort((a, b) => a - b);
    expect(numbers[0]).toBe(0);
    expect(numbers.at(-1)).toBe(numbers.length - 1);
  });

  it('fits the schemas of the taxonomy', () => {
    const normalize = createNormalizer({
      schemas: loadEventSchemas(fileURLToPath(new URL('../../schemas/events', import.meta.url))),
      defaultCurrency: 'CNY',
      allowCustomTypes: false,
      sources: {},
    });
    const bad = told.events.filter(({ event, arrivesAt, publicKey }) => {
      const context = { receivedAt: arrivesAt, source: 'test', defaultChannel: 'web', publicKey };
      return !normalize(event, context).ok;
    });
    expect(bad.map(({ event }) => event)).toEqual([]);
  });

  it('names a source exactly where a secret key sends it', () => {
    expect(told.events.every(({ event, publicKey }) => (event.source === undefined) === publicKey)).toBe(
      true,
    );
  });

  it('ends before the moment it is told, and reaches back as many days', () => {
    const times = told.events.map(timeOf);
    expect(Math.max(...times)).toBeLessThan(DEFAULT_UNTIL + 2 * HOUR_MS);
    const first = Math.min(...times);
    expect(first).toBeGreaterThanOrEqual(DEFAULT_UNTIL - 366 * DAY_MS);
    expect(first).toBeLessThan(DEFAULT_UNTIL - 364 * DAY_MS);
  });

  it('has about as many events a shopper as a retailer sees in a year', () => {
    const perShopper = told.events.length / SHOPPERS;
    expect(perShopper).toBeGreaterThan(20);
    expect(perShopper).toBeLessThan(40);
  });

  it('is told day by day: the first event comes long before the last day', () => {
    const world = generate({ shoppers: 200, seed: 1 });
    expect(world.items().next().done).toBe(false);
    expect(world.progress()).toBeLessThan(0.05);
  });

  it('refuses numbers that make no world', () => {
    const bad = [
      { shoppers: 0, seed: 1 },
      { shoppers: 1.5, seed: 1 },
      { shoppers: limits.generateShoppersMax + 1, seed: 1 },
      { shoppers: 10, seed: -1 },
      { shoppers: 10, seed: 1, days: 0 },
      { shoppers: 10, seed: 1, days: limits.generateDaysMax + 1 },
    ];
    for (const options of bad)
      expect(() => generate(options)).toThrow(expect.objectContaining({ code: 'invalid_parameter' }));
  });

  it('runs with a single shopper and a single day', () => {
    const { events, people } = tellWorld({ shoppers: 1, seed: 5, days: 1 });
    expect(events.length).toBeGreaterThan(0);
    expect(count(people, ({ kind }) => kind === 'customer')).toBe(1);
  });
});

describe('the rates', () => {
  /** Within three standard deviations of what so many trials would give, and never nearer than one of them. */
  function about(hits: number, trials: number, rate: number): void {
    const expected = trials * rate;
    expect(Math.abs(hits - expected)).toBeLessThan(Math.max(1.5, 3.5 * Math.sqrt(expected * (1 - rate))));
  }

  it('make households of one to five', () => {
    const sizes = new Map<number, number>();
    for (const { household, kind } of told.people)
      if (kind === 'customer') sizes.set(household, (sizes.get(household) ?? 0) + 1);
    const households = [...sizes.values()];
    rates.householdSizes.forEach((rate, at) => {
      about(
        count(households, (size) => size === at + 1),
        households.length,
        rate,
      );
    });
  });

  it('send what public clients say a second time now and then', () => {
    const sent = count(told.events, ({ publicKey }) => publicKey);
    about(told.items.length - told.events.length, sent, rates.resent);
  });

  it('hold sales of offline tills that arrive hours to days later', () => {
    const sales = told.events.filter(
      ({ event }) => event.source === 'pos' && event.type === 'order_completed',
    );
    const late = sales.filter((item) => item.arrivesAt - timeOf(item) > HOUR_MS / 2);
    about(late.length, sales.length, rates.offlineSale);
    for (const item of late) expect(item.arrivesAt - timeOf(item)).toBeLessThanOrEqual(72 * HOUR_MS);
  });

  it('hold everything that makes identity hard', () => {
    const hazards = new Set(told.events.map(({ hazard }) => hazard));
    const wanted = [
      'family_device',
      'store_tablet',
      'family_card',
      'associate_phone',
      'wrong_phone',
    ] as const;
    for (const hazard of wanted) expect(hazards).toContain(hazard);
    for (const hazard of [
      'privacy_number',
      'recycled_number',
      'duplicate_member',
      'junk',
      'relay_email',
    ] as const)
      expect(hazards).toContain(hazard);
    const types = new Set(told.events.map(({ event }) => event.type));
    for (const type of ['signed_up', 'signed_in', 'signed_out', 'members_merged', 'order_refunded'])
      expect(types).toContain(type);
    const kinds = new Set(told.people.map(({ kind }) => kind));
    expect([...kinds].sort()).toEqual(['customer', 'staff', 'test']);
  });

  it('type about as many phones wrong as they say', () => {
    // A till that named nobody by code or card: the phone was typed.
    const typed = told.events.filter(
      (item) =>
        item.event.type === 'order_completed' &&
        identifiersOf(item).some(([type]) => type === 'phone') &&
        ['pos', 'web', 'app'].includes(String(item.event.channel)) &&
        item.event.source !== 'shop' &&
        item.hazard !== 'associate_phone' &&
        !identifiersOf(item).some(([, value]) => value === '13800138000'),
    );
    about(
      count(typed, ({ hazard }) => hazard === 'wrong_phone'),
      typed.length,
      rates.phoneTypedWrong,
    );
  });
});

describe('the truth', () => {
  it('knows everybody who does something', () => {
    const people = new Set(told.people.map(({ person }) => person));
    expect(told.events.every(({ person }) => people.has(person))).toBe(true);
    expect(people.size).toBe(told.people.length);
  });

  it('calls no event linkable that carries nothing of its person alone', () => {
    const users = new Map<string, Set<number>>();
    for (const item of told.events) {
      // These name somebody else, whose identifier it stays.
      if (['borrowed_session', 'wrong_phone', 'associate_phone'].includes(item.hazard ?? '')) continue;
      for (const [type, value] of identifiersOf(item)) {
        const key = `${type}:${value}`;
        users.set(key, (users.get(key) ?? new Set()).add(item.person));
      }
    }
    const wrong = told.events.filter(
      (item) =>
        item.linkable &&
        // A recycled number is its person's alone only for a time.
        item.hazard !== 'recycled_number' &&
        item.hazard !== 'wrong_phone' &&
        !identifiersOf(item).some(([type, value]) => users.get(`${type}:${value}`)?.size === 1),
    );
    expect(wrong.map(({ event }) => event)).toEqual([]);
    expect(count(told.events, ({ linkable }) => linkable) / told.events.length).toBeGreaterThan(0.9);
  });

  it('calls events on shared devices that name nobody unlinkable', () => {
    const anonymous = told.events.filter(
      (item) =>
        (item.hazard === 'store_tablet' || item.hazard === 'family_device') &&
        identifiersOf(item).every(([type]) => type === 'device_id' || type === 'anonymous_id'),
    );
    expect(anonymous.length).toBeGreaterThan(50);
    expect(count(anonymous, ({ linkable }) => linkable)).toBe(0);
  });

  it('lists the identifiers of a person: whatever an unhurt event carries is among them', () => {
    const known = new Map(
      told.people.map(({ person, identifiers }) => [
        person,
        new Set(identifiers.map(({ type, value }) => `${type}:${value}`)),
      ]),
    );
    const strangers = told.events
      .filter(({ hazard }) => hazard === undefined)
      .filter((item) =>
        identifiersOf(item).some(
          ([type, value]) =>
            !known.get(item.person)?.has(`${type}:${value}`) &&
            // The ids that programs write for nobody go beside real ones.
            !/^0{8}-|^null$|^undefined$|^anonymous$|^unknown$|^0$/.test(value),
        ),
      );
    expect(strangers.map(({ event }) => event)).toEqual([]);
  });

  it('hands a number over only after the old owner was silent long enough', () => {
    const recycled = new Map<string, { before?: number; after?: number; at: number }>();
    for (const { person, identifiers } of told.people)
      for (const { type, value, from, until } of identifiers) {
        if (type !== 'phone' || (from === undefined && until === undefined)) continue;
        const entry = recycled.get(value) ?? { at: from ?? until ?? 0 };
        recycled.set(value, { ...entry, ...(from === undefined ? { before: person } : { after: person }) });
      }
    expect(recycled.size).toBeGreaterThan(0);
    for (const { before, after, at } of recycled.values()) {
      const lastOfOld = Math.max(
        ...told.events.filter((item) => item.person === before && timeOf(item) < at).map(timeOf),
      );
      const firstOfNew = Math.min(...told.events.filter(({ person }) => person === after).map(timeOf));
      expect(firstOfNew - lastOfOld).toBeGreaterThan(120 * DAY_MS);
    }
  });

  it('recycles nothing in a stream that is too short for it', () => {
    const short = tellWorld({ shoppers: 400, seed: 2, days: 100 });
    expect(count(short.events, ({ hazard }) => hazard === 'recycled_number')).toBe(0);
  });
});
