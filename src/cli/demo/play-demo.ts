import { generate } from '../../generate/generate.ts';
import { limits } from '../../limits.ts';
import { DAY_MS } from '../../model/time.ts';
import type { CliContext } from '../context.ts';
import { type CallEngine, createEngineCall } from '../engine-call.ts';
import { Sender } from '../generate/sender.ts';
import { EngineClient } from '../import/engine-client.ts';
import { createProgress } from '../progress.ts';
import type { RunningEngine } from '../run-engine.ts';
import { describeEnd, describeOpening } from './describe-demo.ts';
import { direct } from './director.ts';
import { Goods } from './goods.ts';
import { leaveUnfinished, loadHistory } from './load-history.ts';
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

/** Opens the shops, tells the past and goes on with the present until the signal comes. */
export async function playDemo(wishes: DemoWishes, playing: Playing): Promise<void> {
  const { context, signal, json } = playing;
  const town = buildTown(wishes, playing);
  try {
    const isNew = await isEmpty(town.asSystem);
    await openShop(town.asSystem, town.goods, { seed: wishes.seed, now: context.clock.now() });
    const events = await tellPast(town, playing, isNew);
    if (isNew) await leaveUnfinished(town, wishes.seed);
    if (!json) context.stdout.write(describeOpening(events, wishes.rate));
    await direct({ town, ...wishes });
    if (!json) context.stdout.write(describeEnd(town.tally));
  } catch (error) {
    // Whatever was under way when it ended.
    if (!signal.aborted) throw error;
  }
}

function buildTown({ rate, seed, people }: DemoWishes, { engine, context, signal }: Playing): Town {
  const { clock } = context;
  const now = clock.now();
  const days = limits.demoHistoryDays;
  // The last day of the past is today, as far as it has come.
  const world = generate({ shoppers: people, seed, days, until: now + DAY_MS });
  const call = (key: string): CallEngine => createEngineCall(context, { url: engine.address, key });
  return {
    world,
    ...world.cast,
    goods: new Goods(),
    clock,
    pacer: new Pacer(clock, rate),
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

async function tellPast(town: Town, playing: Playing, isNew: boolean): Promise<number> {
  const { engine, context, signal, json } = playing;
  const { stderr, isTty, clock } = context;
  const progress = createProgress({ stderr, isTty, clock, quiet: json });
  const client = (key: string): EngineClient => new EngineClient({ url: engine.address, key, clock });
  const sender = new Sender({ secret: client(engine.secretKey), write: client(engine.writeKey) });
  const stop = (): void => void sender.stop();
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await loadHistory(town.world, clock.now(), { sender: isNew ? sender : undefined, progress });
  } finally {
    signal.removeEventListener('abort', stop);
    progress.stop();
    await sender.stop();
  }
}
