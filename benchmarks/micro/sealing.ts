import { fileURLToPath } from 'node:url';
import { createMemoryKeyStore } from '../../src/adapters/memory/key-store.ts';
import { createManualClock } from '../../src/adapters/memory/manual-clock.ts';
import { createAdmit } from '../../src/ingest/admit.ts';
import { createIdentityIntake } from '../../src/ingest/identity-intake.ts';
import { loadIdentityPolicy } from '../../src/ingest/identity-policy.ts';
import { createKeyring } from '../../src/ingest/keyring.ts';
import { createNormalizer } from '../../src/ingest/normalize.ts';
import { loadEventSchemas } from '../../src/ingest/schemas.ts';
import { createSealer, type Sealer } from '../../src/ingest/seal.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { maskPersonal } from '../../src/model/mask.ts';
import { createRecordCodec } from '../../src/runner/codec.ts';

/**
 * What encryption and masking cost an event on its way to the log (normalize, identify, seal, encode; no log, no fold): the
 * same events with the sealer and with one that leaves the text as it is, in turns. Run: npx tsx benchmarks/micro/sealing.ts
 */
const EVENTS = 100;
const BATCHES = 20;
const PEOPLE = 500;
const WARM_UP_ROUNDS = 6;
const ROUNDS = 41;

const NOW = Date.UTC(2026, 10, 22, 10);
const ROOT = new URL('../../', import.meta.url);
const schemas = loadEventSchemas(fileURLToPath(new URL('schemas/events', ROOT)));
const policy = loadIdentityPolicy(new URL('deploy/retail/identity.yaml', ROOT));
const { encodeEvent } = createRecordCodec();

/** What is made is counted, so that none of it can be left out. */
let made = 0;

function admission(plain: boolean) {
  const clock = createManualClock(NOW);
  const keys = createMemoryKeyStore();
  const keyring = createKeyring({ master: Buffer.alloc(32, 3), keys, space: 'bench', clock });
  const sealing = createSealer(keyring);
  const sealer: Sealer = plain ? { ...sealing, seal: (_key, _place, text) => text } : sealing;
  const admit = createAdmit({
    normalize: createNormalizer({ schemas, defaultCurrency: 'CNY', allowCustomTypes: true, sources: {} }),
    identifiers: createIdentityIntake({
      policy: () => ({ version: '1', definition: policy }),
      indexKey: keyring.indexKey,
      defaultRegion: 'CN',
    }),
    keyring,
    sealer,
    clock,
    intake: {
      append: async (events) => {
        for (const event of events) made += encodeEvent(event).length;
        return [];
      },
    },
    outcomes: { announce: () => () => undefined, outcomesOf: async () => [] },
    tally: { received: { add: () => undefined }, refused: { add: () => undefined } },
  });
  return async (values: readonly JsonObject[]): Promise<void> => {
    const { rejected } = await admit({
      items: values.map((value) => ({ ok: true, value, text: '' })),
      decode: (event) => ({ ok: true, event }),
      context: { receivedAt: NOW, source: 'shop', defaultChannel: 'web', publicKey: false },
      origin: { dialect: 'canonical', path: '/v1/events', envelope: {} },
      verified: true,
      wait: false,
      dryRun: false,
    });
    if (rejected.length > 0) throw new TypeError(`refused: ${JSON.stringify(rejected[0])}`);
  };
}

const time = new Date(NOW).toISOString();
const user = (n: number): JsonObject => ({ user_id: `u-${n % PEOPLE}` });
const view = (n: number): JsonObject => ({
  id: `v-${n}`,
  type: 'product_viewed',
  time,
  identifiers: user(n),
  properties: {
    item_id: `spu-${n % 90}`,
    category: 'women/plus-size/dresses',
    brand: 'Lumen',
    price: '399.00',
  },
});
const profile = (n: number): JsonObject => ({
  id: `p-${n}`,
  type: 'profile_identified',
  time,
  identifiers: user(n),
  traits: { name: '张小明', address: '上海市徐汇区淮海中路 998 号', birthday: '1990-05-17' },
});

type Make = (n: number) => JsonObject;
const batchesOf = (make: Make): readonly (readonly JsonObject[])[] =>
  Array.from({ length: BATCHES }, (_, batch) =>
    Array.from({ length: EVENTS }, (__, n) => make(batch * EVENTS + n)),
  );

/** Microseconds of CPU per event. */
async function cost(act: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  await act();
  const { user: inUser, system } = process.cpuUsage(before);
  return (inUser + system) / (BATCHES * EVENTS);
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

async function compare(name: string, make: Make): Promise<void> {
  const [sealed, plain] = [admission(false), admission(true)];
  const run = async (admit: typeof sealed): Promise<void> => {
    for (const batch of batchesOf(make)) await admit(batch);
  };
  for (let round = 0; round < WARM_UP_ROUNDS; round += 1)
    for (const admit of [sealed, plain]) await run(admit);
  const pairs: { readonly sealed: number; readonly plain: number }[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    pairs.push({ sealed: await cost(() => run(sealed)), plain: await cost(() => run(plain)) });
  }
  const without = median(pairs.map((pair) => pair.plain));
  const more = median(pairs.map((pair) => pair.sealed - pair.plain));
  const share = median(pairs.map((pair) => pair.sealed / pair.plain - 1)) * 100;
  process.stdout.write(
    `${name}: ${without.toFixed(1)} µs of CPU without sealing, ${more.toFixed(2)} µs more with it (${share.toFixed(1)} %)\n`,
  );
}

await compare('an event without personal data', view);
await compare('an event with three personal fields', profile);
const masks = await cost(async () => {
  for (let n = 0; n < BATCHES * EVENTS; n += 1) {
    made += maskPersonal('phone', '+8613900001111').length;
    made += maskPersonal('email', 'zhang@example.com').length;
    made += maskPersonal('name', '张小明').length;
  }
});
process.stdout.write(`masking three values of an answer: ${masks.toFixed(2)} µs (${made} characters made)\n`);
