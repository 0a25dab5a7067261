import { join } from 'node:path';
import { Environment } from '../../src/adapters/embedded/environment.ts';
import { openLog } from '../../src/adapters/embedded/log.ts';
import { type EmbeddedStateStore, openStateStore } from '../../src/adapters/embedded/state-store.ts';
import { Definitions } from '../../src/definitions/definitions.ts';
import type { Event } from '../../src/model/event.ts';
import { EMPTY_POLICY } from '../../src/model/identity-policy.ts';
import type { DefinitionsRecord } from '../../src/model/record.ts';
import { createPipeline } from '../../src/pipeline/pipeline.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { Log } from '../../src/ports/log.ts';
import type { SpoolStore, StateStore } from '../../src/ports/state.ts';
import { createEntryCodec, decodeRecord, encodeRecord } from '../../src/runner/codec.ts';
import { EntryCache } from '../../src/runner/entry-cache.ts';
import { StageRunner } from '../../src/runner/runner.ts';
import { eventOf } from '../support/fold-world.ts';

const weak = { limit: 100, period: 'ever', strong: false, normalize: 'exact' } as const;
const strong = { limit: 1, period: 'ever', strong: true, normalize: 'exact' } as const;

export const definitionsOfCuts: DefinitionsRecord = {
  kind: 'definitions',
  author: 'test',
  features: [
    { name: 'views', on: ['product_viewed'], aggregate: 'count', window: 'lifetime' },
    { name: 'views_1h', on: ['product_viewed'], aggregate: 'count', window: '1h' },
  ],
  triggers: [],
  identity: {
    ...EMPTY_POLICY,
    types: [
      { type: 'user_id', ...strong },
      { type: 'anonymous_id', ...weak },
    ],
  },
};

/** Browsers that become accounts now and then, so that people merge while the power may go. */
export function eventOfCuts(n: number): Event {
  const browser = `a${n % 7}`;
  return eventOf(`e${n}`, n % 5 === 0 ? [browser, `u${n % 3}`] : [browser]);
}

export interface CutEngine {
  readonly log: Log;
  readonly store: EmbeddedStateStore;
  readonly runner: StageRunner;
  close(): Promise<void>;
}

/** Log and state as the embedded form has them, in a directory. */
export function openCutEngine(directory: string, clock: Clock): CutEngine {
  const logs = new Environment(join(directory, 'log'), { full: 'log_full', failed: 'log_unavailable' });
  const states = new Environment(join(directory, 'state'), {
    full: 'state_unavailable',
    failed: 'state_unavailable',
  });
  const log = openLog(logs, 'p0', { clock });
  const store = openStateStore(states);
  return {
    log,
    store,
    runner: fusedRunner(log, store),
    async close() {
      await log.close();
      await logs.close();
      await store.close();
      await states.close();
    },
  };
}

export function fusedRunner(log: Log, store: StateStore & SpoolStore): StageRunner {
  const definitions = new Definitions({ reportingCurrency: 'CNY' });
  return new StageRunner({
    partition: 'p0',
    partitionNumber: 0,
    log,
    store,
    stage: createPipeline({ space: 'test', dedupKey: 'test', definitions }).fused,
    cache: new EntryCache(createEntryCodec(definitions), 10_000_000),
    decode: decodeRecord,
    encode: encodeRecord,
    onCommitted: () => undefined,
  });
}
