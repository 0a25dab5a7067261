import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { TesseraError } from '../../errors.ts';
import { limits } from '../../limits.ts';
import type { Click } from '../../recommend/next-item-evaluation.ts';

/**
 * Clicks of a tab-separated file as session-rec prepares them: SessionId, ItemId, Time (epoch seconds), under a line of
 * names. Throws `evaluation_failed` with the line that does not fit.
 */
export async function readClicks(path: string): Promise<readonly Click[]> {
  const clicks: Click[] = [];
  const lines = createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY });
  let number = 0;
  try {
    for await (const line of lines) {
      number++;
      if (line === '' || (number === 1 && /^[a-z]/i.test(line))) continue;
      if (clicks.length === limits.evaluationClicksMax)
        throw new TesseraError('evaluation_failed', `${path} has more than ${clicks.length} clicks`);
      clicks.push(parseClick(line, `${path}, line ${number}`));
    }
  } catch (cause) {
    if (cause instanceof TesseraError) throw cause;
    throw new TesseraError('evaluation_failed', `${path} cannot be read`, { cause });
  }
  return clicks;
}

function parseClick(line: string, place: string): Click {
  const [session = '', item = '', time = ''] = line.split('\t');
  const seconds = Number(time);
  if (session === '' || item === '' || time.trim() === '' || !Number.isFinite(seconds) || seconds < 0)
    throw new TesseraError(
      'evaluation_failed',
      `${place}: expected session, item and epoch seconds, by tabs`,
    );
  return { session, item, time: Math.round(seconds * 1_000) };
}
