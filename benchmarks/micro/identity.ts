/*
 * What it costs to say whose an event is, with the shipped policy, after normalization and hashing; and these apart.
 * People lie in an LMDB store in a temporary directory, 20,000 of them with four identifiers each. A known combination
 * is looked up in the cache, as nearly every event's is; for new ones the cache is emptied before each event, so that
 * whatever they need is read, decoded and counted. Run: npx tsx benchmarks/micro/identity.ts [--quick] [--json PATH]
 */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { combinationKey, facetKey } from '../../src/ingest/facet-key.ts';
import { createIdentifierReader } from '../../src/ingest/identifiers.ts';
import type { Claim, Event } from '../../src/model/event.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { eventOf } from '../../test/support/fold-world.ts';
import { retailPack } from '../../test/support/fused-engine.ts';
import { IdentityBench } from '../support/identity-bench.ts';

const { values: flags } = parseArgs({ options: { quick: { type: 'boolean' }, json: { type: 'string' } } });
const PEOPLE = flags.quick ? 400 : 20_000;
const EVENTS = flags.quick ? 200 : 4_000;
const ROUNDS = flags.quick ? 3 : 15;

interface Figure {
  readonly name: string;
  readonly cpuUs: number;
  readonly loads: number;
}
const figures: Figure[] = [];

/** Strength of the types as the policy ranks them, weakest first. */
const TYPES = ['anonymous_id', 'device_id', 'email', 'phone', 'user_id'] as const;
type Type = (typeof TYPES)[number];

function claim(type: Type, value: string): Claim {
  const hash = createHash('sha256').update(`${type} ${value}`).digest().toString('base64url', 0, 16);
  return { type, hash, verified: type !== 'anonymous_id' && type !== 'device_id' };
}

function event(id: string, identifiers: Partial<Record<Type, string>>): Event {
  const claims = TYPES.flatMap((type) => {
    const value = identifiers[type];
    return value === undefined ? [] : [claim(type, value)];
  });
  const { combination: _, ...rest } = eventOf(id, []);
  const whole = claims.length > 2 ? { combination: combinationKey(claims) } : {};
  return { ...rest, claims, facet: facetKey(claims), ...whole };
}

/** Person n as servers and trackers know them. */
function person(n: number): Event[] {
  const own = { user_id: `u-${n}`, phone: `p-${n}`, device_id: `d-${n}`, anonymous_id: `a-${n}` };
  return [event(`e-${n}-1`, own), event(`e-${n}-2`, { device_id: own.device_id, user_id: own.user_id })];
}

function cpuMicros(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const used = process.cpuUsage(before);
  return used.user + used.system;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

interface Measured {
  readonly count: number;
  /** Reads of the store so far. */
  readonly loads?: () => number;
  /** Untimed, before each round. */
  readonly prepare?: () => void;
}

function report(name: string, { count, loads, prepare }: Measured, work: () => void): void {
  let read = 0;
  const rounds = Array.from({ length: ROUNDS + 1 }, () => {
    prepare?.();
    const before = loads?.() ?? 0;
    const used = cpuMicros(work) / count;
    read = ((loads?.() ?? 0) - before) / count;
    return used;
  });
  const cpuUs = median(rounds.slice(1));
  figures.push({ name, cpuUs, loads: read });
  const trips = loads === undefined ? '' : `, ${read.toFixed(2)} round trips`;
  console.log(`${name}: ${cpuUs.toFixed(2)} µs CPU${trips} (median of ${ROUNDS}, ${count} each)`);
}

const range = <T>(count: number, make: (n: number) => T): T[] =>
  Array.from({ length: count }, (_, n) => make(n));

function lookups(bench: IdentityBench): void {
  const pairs = range(PEOPLE, (n) => person(n)[1] as Event).slice(0, 200);
  const larger = range(PEOPLE, (n) => person(n)[0] as Event).slice(0, 200);
  const alone = pairs.map(({ id }, n) => event(id, { user_id: `u-${n}` }));
  for (const each of alone) bench.decide(each);
  const times = flags.quick ? 5 : 500;
  for (const [name, events] of [
    ['known, one identifier', alone],
    ['known, two identifiers', pairs],
    ['known, four identifiers', larger],
  ] as const) {
    for (const each of events) bench.decide(each);
    const measured = { count: times * events.length, loads: () => bench.loads };
    report(`verdict, ${name}`, measured, () => {
      for (let i = 0; i < times; i++) for (const each of events) bench.verdictOf(each);
    });
    report(`whole stage, ${name}`, measured, () => {
      for (let i = 0; i < times; i++) for (const each of events) bench.decide(each);
    });
  }
}

function decisions(bench: IdentityBench): void {
  const at = (n: number): number => (n * 7_919) % (PEOPLE / 2);
  const cases: [string, (n: number) => Event][] = [
    ['new, one unknown identifier', (n) => event(`x-${n}`, { anonymous_id: `new-${n}` })],
    [
      'new, four unknown identifiers',
      (n) =>
        event(`x-${n}`, {
          anonymous_id: `new-${n}`,
          device_id: `new-${n}`,
          phone: `new-${n}`,
          user_id: `new-${n}`,
        }),
    ],
    [
      'new, a new cookie joins one known person',
      (n) => event(`x-${n}`, { anonymous_id: `new-${n}`, user_id: `u-${at(n)}` }),
    ],
    [
      'new, a known device and phone of one person',
      (n) => event(`x-${n}`, { device_id: `d-${at(n)}`, phone: `p-${at(n)}` }),
    ],
    [
      'new, a new e-mail of one known person',
      (n) => event(`x-${n}`, { email: `new-${n}`, user_id: `u-${at(n)}` }),
    ],
    [
      'merge of two traces',
      (n) => event(`x-${n}`, { anonymous_id: `trace-${2 * n}`, device_id: `trace-${2 * n + 1}` }),
    ],
    [
      'merge of two known people',
      (n) => event(`x-${n}`, { phone: `solo-${n % (PEOPLE / 2)}`, user_id: `u-${at(n)}` }),
    ],
  ];
  for (const [name, make] of cases) {
    const events = range(EVENTS, make);
    report(name, { count: EVENTS, loads: () => bench.loads }, () => {
      for (const each of events) {
        bench.forget();
        bench.decide(each);
      }
    });
  }
}

function machine(): void {
  const text = JSON.stringify(person(1)[0]);
  report(`JSON.parse of ${text.length} characters, to compare machines`, { count: 20_000 }, () => {
    for (let index = 0; index < 20_000; index++) JSON.parse(text);
  });
}

function normalization(): void {
  const reader = createIdentifierReader({
    policy: retailPack.identity,
    indexKey: Buffer.alloc(32, 7),
    defaultRegion: 'CN',
  });
  let next = 0;
  let batch: JsonObject[] = [];
  const cases: [string, (n: number) => JsonObject][] = [
    ['an account', (n) => ({ user_id: `user-${n}` })],
    ['a cookie', (n) => ({ anonymous_id: `7f3c-${n}` })],
    ['an e-mail', (n) => ({ email: `Ann.${n}@example.com` })],
    ['a phone', (n) => ({ phone: `139 ${String(10_000_000 + n)}` })],
    [
      'all four',
      (n) => ({
        user_id: `user-${n}`,
        anonymous_id: `7f3c-${n}`,
        email: `Bob.${n}@example.com`,
        phone: `137 ${String(10_000_000 + n)}`,
      }),
    ],
  ];
  for (const [name, make] of cases) {
    // Never seen before: the reader remembers what it has read.
    const prepare = (): void => {
      batch = range(EVENTS, () => make(next++));
    };
    const read = (): void => {
      for (const identifiers of batch) reader.read(identifiers, undefined, { verified: true });
    };
    report(`normalize and hash ${name}`, { count: EVENTS, prepare }, read);
  }
  batch = range(Math.min(EVENTS, 1_000), () => cases[4]?.[1](next++) ?? {});
  report('normalize and hash all four, seen before', { count: batch.length }, () => {
    for (const identifiers of batch) reader.read(identifiers, undefined, { verified: true });
  });
}

const directory = mkdtempSync(join(tmpdir(), 'tessera-bench-'));
const bench = new IdentityBench(join(directory, 'state'), retailPack.identity);
try {
  await bench.fill([
    ...range(PEOPLE, person).flat(),
    ...range(PEOPLE / 2, (n) => event(`s-${n}`, { phone: `solo-${n}` })),
    ...range(2 * EVENTS, (n) =>
      event(`t-${n}`, n % 2 === 0 ? { anonymous_id: `trace-${n}` } : { device_id: `trace-${n}` }),
    ),
  ]);
  machine();
  lookups(bench);
  decisions(bench);
  normalization();
} finally {
  await bench.close();
  rmSync(directory, { recursive: true, force: true });
}
if (flags.json !== undefined) writeFileSync(flags.json, JSON.stringify({ figures }));
