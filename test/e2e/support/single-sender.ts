import type { EngineApi } from './engine-api.ts';
import { eventOf, type ShopLine } from './shop.ts';

const BATCH = 25;

export interface SingleSender {
  /** Ids that were answered with 202. */
  readonly acknowledged: ReadonlySet<string>;
  /** Ends after the request under way. */
  stop(): Promise<void>;
}

/**
 * Sends small batches one after the other, each exactly once, whatever becomes of it: an event whose answer was
 * lost is never sent again, so nothing but the engine's own log can bring it back.
 */
export function startSingleSender(
  lines: readonly ShopLine[],
  connect: () => EngineApi | undefined,
  pause: () => Promise<unknown>,
): SingleSender {
  const acknowledged = new Set<string>();
  let stopping = false;
  const running = run();

  async function run(): Promise<void> {
    for (let at = 0; at < lines.length && !stopping; ) {
      const api = connect();
      if (api === undefined) {
        await pause();
        continue;
      }
      const batch = lines.slice(at, at + BATCH);
      at += BATCH;
      if (await isAcknowledged(api, batch)) for (const { id } of batch) acknowledged.add(id);
      else await pause();
    }
  }

  return {
    acknowledged,
    async stop() {
      stopping = true;
      await running;
    },
  };
}

async function isAcknowledged(api: EngineApi, batch: readonly ShopLine[]): Promise<boolean> {
  try {
    const answer = await api.post('/v1/events', batch.map(eventOf));
    return answer.status === 202 && answer.body.accepted === batch.length;
  } catch (error) {
    // The connection broke with the engine: what became of the batch is what the test is about.
    if (error instanceof TypeError) return false;
    throw error;
  }
}
