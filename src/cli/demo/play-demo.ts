import { type GeneratedWorld, generate } from '../../generate/generate.ts';
import { limits } from '../../limits.ts';
import { DAY_MS, type EpochMs } from '../../model/time.ts';
import type { CliContext } from '../context.ts';
import { type CallEngine, createEngineCall } from '../engine-call.ts';
import { Sender } from '../generate/sender.ts';
import { EngineClient } from '../import/engine-client.ts';
import { createProgress } from '../progress.ts';
import type { RunningEngine } from '../run-engine.ts';
import { describeEnd, describeOpening, describePast } from './describe-demo.ts';
import { direct } from './director.ts';
import { Goods } from './goods.ts';
import { leaveUnfinished, letThePastHappen, loadHistory } from './load-history.ts';
import { openShop } from './open-shop.ts';
import { Pacer } from './pacer.ts';
import type { Town } from './stage.ts';
import { Tally } from './tally.ts';

export interface DemoWishes {
  /** Requests a second. */
  readonly rate: number;
  readonly seed: number;
  readonly people: number;
}

interface Playing {
  readonly engine: RunningEngine;
  readonly context: CliContext;
  readonly signal: AbortSignal;
  readonly json: boolean;
}

/**
 * Opens the shops, and goes on with the present until the signal comes. The past is told beside it: nobody has to wait for six
 * weeks of history to see what happens now, and the order in which the engine hears of things does not matter to it.
 */
export async function playDemo(wishes: DemoWishes, playing: Playing): Promise<void> {
  const { context, signal } = playing;
  const now = context.clock.now();
  // Neither goes on alone when the other one fails.
  const failed = new AbortController();
  const town = buildTown(wishes, { ...playing, signal: AbortSignal.any([signal, failed.signal]) }, now);
  try {
    const isNew = await isEmpty(town.asSystem);
    await openShop(town.asSystem, town.goods, { seed: wishes.seed, now });
    letThePastHappen(town.world, now);
    if (isNew) await leaveUnfinished(town, wishes.seed);
    if (!playing.json) context.stdout.write(describeOpening(wishes.rate));
    const past = isNew ? tellPast(wishes, { ...playing, signal: town.signal }, now) : Promise.resolve(0);
    const present = direct({ town, ...wishes });
    await Promise.all([announce(past, playing), present]).catch(async (error: unknown) => {
      failed.abort();
      await Promise.allSettled([past, present]);
      if (!signal.aborted) throw error;
    });
    if (!playing.json) context.stdout.write(describeEnd(town.tally));
  } catch (error) {
    // Whatever was under way when it ended.
    if (!signal.aborted) throw error;
  }
}

async function announce(past: Promise<number>, { context, signal, json }: Playing): Promise<void> {
  const events = await past;
  if (!json && !signal.aborted) context.stdout.write(describePast(events));
}

/** The last day of the past is today, as far as it has come. */
function worldOf({ seed, people }: DemoWishes, now: EpochMs): GeneratedWorld {
  return generate({ shoppers: people, seed, days: limits.demoHistoryDays, until: now + DAY_MS });
}

function buildTown(wishes: DemoWishes, { engine, context, signal }: Playing, now: EpochMs): Town {
  const { clock } = context;
  const world = worldOf(wishes, now);
  const call = (key: string): CallEngine => createEngineCall(context, { url: engine.address, key });
  return {
    world,
    ...world.cast,
    goods: new Goods(),
    clock,
    pacer: new Pacer(clock, wishes.rate),
    tally: new Tally(),
    signal,
    asSystem: call(engine.secretKey),
    asClient: call(engine.writeKey),
    run: now.toString(36),
  };
}

async function isEmpty(call: CallEngine): Promise<boolean> {
  const { profiles } = await call({ method: 'GET', path: '/v1/profiles?limit=1&fields=kind' });
  return Array.isArray(profiles) && profiles.length === 0;
}

/** Out of a world of its own, which the same seed makes the same: that of the town has its past behind it. */
async function tellPast(wishes: DemoWishes, playing: Playing, now: EpochMs): Promise<number> {
  const { engine, context, signal, json } = playing;
  const { stderr, isTty, clock } = context;
  const progress = createProgress({ stderr, isTty, clock, quiet: json });
  const client = (key: string): EngineClient => new EngineClient({ url: engine.address, key, clock });
  const clients = { secret: client(engine.secretKey), write: client(engine.writeKey) };
  // Otherwise all of it would be in the log at once, before whatever happens now.
  const sender = new Sender(clients, { wait: true });
  const stop = (): void => void sender.stop();
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await loadHistory(worldOf(wishes, now), now, { sender, progress });
  } finally {
    signal.removeEventListener('abort', stop);
    progress.stop();
    await sender.stop();
  }
}
