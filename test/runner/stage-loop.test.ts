import { describe, expect, it } from 'vitest';
import { createMemoryLog } from '../../src/adapters/memory/log.ts';
import { createManualClock } from '../../src/adapters/memory/manual-clock.ts';
import { createMemoryStateStore } from '../../src/adapters/memory/state-store.ts';
import { Definitions } from '../../src/definitions/definitions.ts';
import { TesseraError } from '../../src/errors.ts';
import { createPipeline } from '../../src/pipeline/pipeline.ts';
import type { Log } from '../../src/ports/log.ts';
import type { StateStore } from '../../src/ports/state.ts';
import { createEntryCodec, decodeRecord, encodeRecord } from '../../src/runner/codec.ts';
import { EntryCache } from '../../src/runner/entry-cache.ts';
import { StageRunner } from '../../src/runner/runner.ts';
import { createStageLoop, type StageLoopOptions } from '../../src/runner/stage-loop.ts';
import { eventOf } from '../support/fold-world.ts';
import { BEGIN_MS, createFusedRunner, type FusedRunner } from '../support/fused-runner.ts';

interface Seen {
  readonly errors: [string, boolean][];
  readonly rounds: number[];
}

function loopOver(rig: FusedRunner, more: Partial<StageLoopOptions> = {}) {
  const seen: Seen = { errors: [], rounds: [] };
  const loop = createStageLoop({
    runner: rig.runner,
    log: rig.log,
    paused: () => false,
    onError: (error, willRetry) =>
      seen.errors.push([error instanceof TesseraError ? error.code : String(error), willRetry]),
    onRound: (seconds) => seen.rounds.push(seconds),
    ...more,
  });
  return { loop, seen };
}

/** Waits turn by turn, without a clock. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}

const counted = (rig: FusedRunner): number => rig.rows('events').length;

describe('the loop of a stage', () => {
  it('applies what is in the log and whatever comes, without being asked', async () => {
    const rig = createFusedRunner();
    await rig.events(eventOf('e1', ['a1']));
    const { loop, seen } = loopOver(rig);
    loop.start();
    loop.start();
    await until(() => counted(rig) === 1);
    await rig.events(eventOf('e2', ['a1']));
    await until(() => counted(rig) === 2);
    await loop.stop();
    expect(seen.errors).toEqual([]);
    expect(seen.rounds.length).toBeGreaterThanOrEqual(2);
    await rig.events(eventOf('e3', ['a1']));
    expect(rig.store.checkpoint('p0')?.seq).toBe(2);
  });

  it('sends what its destination did not take at first, though nothing more comes', async () => {
    const clock = createManualClock(BEGIN_MS);
    const [log, people] = [createMemoryLog({ clock }), createMemoryLog({ clock })];
    let failures = 3;
    const away: Log = {
      ...people,
      append: (records) =>
        failures-- > 0 ? Promise.reject(new TesseraError('log_unavailable')) : people.append(records),
    };
    const definitions = new Definitions({ reportingCurrency: 'CNY' });
    const runner = new StageRunner({
      partition: 'identity',
      partitionNumber: 1,
      log,
      store: createMemoryStateStore(),
      stage: createPipeline({ space: 'test', dedupKey: 'test', definitions }).identity,
      cache: new EntryCache(createEntryCodec(definitions), 1_000_000),
      decode: decodeRecord,
      encode: encodeRecord,
      routes: { identity: 'identity', people: ['p0'], profile: () => 'p0', log: () => away },
      onCommitted: () => undefined,
    });
    await log.append([encodeRecord({ kind: 'event', event: eventOf('e1', ['a1']) })]);
    const loop = createStageLoop({ runner, log, paused: () => false, onError: () => undefined, lookMs: 1 });
    loop.start();
    await until(() => people.stats().lastSeq > 0);
    await loop.stop();
    expect(failures).toBeLessThan(0);
    expect(runner.failedPublishes).toBe(3);
  });

  it('looks around by itself where work may come that the log does not tell of', async () => {
    const rig = createFusedRunner();
    await rig.events(eventOf('e1', ['a1']));
    const { loop, seen } = loopOver(rig, { lookMs: 1 });
    loop.start();
    await until(() => counted(rig) === 1);
    const rounds = seen.rounds.length;
    rig.runner.requestSweep(1);
    await until(() => seen.rounds.length > rounds);
    await loop.stop();
    expect(seen.errors).toEqual([]);
  });

  it('applies what is durable before it stops', async () => {
    const rig = createFusedRunner();
    for (let n = 0; n < 50; n++) await rig.events(eventOf(`e${n}`, ['a1']));
    const { loop } = loopOver(rig);
    loop.start();
    await loop.stop();
    expect(counted(rig)).toBe(50);
    await loop.stop();
  });

  it('stops at once when it never started', async () => {
    await loopOver(createFusedRunner()).loop.stop();
  });

  it('tries a failed round again from what is stored', async () => {
    const rig = createFusedRunner();
    await rig.events(eventOf('e1', ['a1']));
    rig.store.failNextCommit('before');
    const { loop, seen } = loopOver(rig);
    loop.start();
    await until(() => counted(rig) === 1);
    await loop.stop();
    expect(seen.errors).toEqual([['state_unavailable', true]]);
    expect(loop.stopped).toBeUndefined();
  });

  it('stands still, and says why, when the log has lost its tail', async () => {
    const rig = createFusedRunner();
    await rig.apply(eventOf('e1', ['a1']));
    rig.log.loseTail(0);
    const restarted = createFusedRunner({ log: rig.log, store: rig.store, clock: rig.clock });
    const { loop, seen } = loopOver(restarted);
    loop.start();
    await until(() => loop.stopped !== undefined);
    expect(seen.errors).toEqual([['log_lost_tail', false]]);
    await restarted.events(eventOf('e2', ['a1']));
    await loop.stop();
    expect(loop.stopped?.code).toBe('log_lost_tail');
    expect(restarted.committed).toEqual([]);
  });

  it('can be stopped while the store is away: what is in the log stays there for the next start', async () => {
    const away = (store: StateStore): StateStore => ({
      ...store,
      checkpoint: () => {
        throw new TesseraError('state_unavailable');
      },
    });
    const rig = createFusedRunner({ around: { store: away } });
    await rig.events(eventOf('e1', ['a1']));
    const { loop, seen } = loopOver(rig);
    loop.start();
    await until(() => seen.errors.length > 0);
    await loop.stop();
    expect(seen.errors.every(([code, willRetry]) => code === 'state_unavailable' && willRetry)).toBe(true);
  });

  it('does nothing while it is paused, and can be stopped then', async () => {
    const rig = createFusedRunner();
    await rig.events(eventOf('e1', ['a1']));
    const { loop } = loopOver(rig, { paused: () => true });
    loop.start();
    await loop.stop();
    expect(rig.committed).toEqual([]);
  });
});
