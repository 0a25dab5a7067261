import { once } from 'node:events';
import { createWriteStream, existsSync, readFileSync } from 'node:fs';
import { finished } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { createRandom } from './random.ts';

const SHARED = fileURLToPath(new URL('../../../shared/data/yoochoose-100k-train.tsv', import.meta.url));
const HEAD = 'SessionId\tItemId\tTime';
/** Of the same size as the real set: 2,933 items, 3.95 clicks a session. */
const ITEMS = 2_933;
const CLICKS_PER_SESSION_MAX = 7;
const FIRST_SECOND = 1_396_000_000;
const SESSIONS_PER_COPY = 1_000_000_000;

export interface ClickFile {
  readonly description: string;
  readonly clicks: number;
  readonly sessions: number;
}

/** Writes a file for the import map `yoochoose` with at least so many clicks: the real ones again and again, or made ones. */
export async function writeClicks(path: string, clicksMin: number): Promise<ClickFile> {
  const out = createWriteStream(path);
  const sessions = new Set<number>();
  let clicks = 0;
  out.write(`${HEAD}\n`);
  for (const [session, item, second] of existsSync(SHARED) ? repeated() : generated()) {
    if (clicks >= clicksMin) break;
    sessions.add(session);
    clicks++;
    if (!out.write(`${session}\t${item}\t${second}\n`)) await once(out, 'drain');
  }
  out.end();
  await finished(out);
  const description = existsSync(SHARED)
    ? 'yoochoose-100k-train, repeated with fresh sessions'
    : 'generated clicks in sessions';
  return { description, clicks, sessions: sessions.size };
}

type Click = readonly [session: number, item: number, second: number];

/** Every copy has sessions of its own: the same clicks of other people. */
function* repeated(): Generator<Click> {
  const lines = readFileSync(SHARED, 'utf8').trim().split('\n').slice(1);
  for (let copy = 0; ; copy++) {
    for (const line of lines) {
      const [session, item, second] = line.split('\t').map(Number);
      yield [copy * SESSIONS_PER_COPY + (session ?? 0), item ?? 0, second ?? 0];
    }
  }
}

function* generated(): Generator<Click> {
  const random = createRandom(2_015);
  for (let session = 1; ; session++) {
    const clicks = 1 + random(CLICKS_PER_SESSION_MAX);
    const start = FIRST_SECOND + session * 2;
    for (let n = 0; n < clicks; n++) yield [session, 214_500_000 + random(ITEMS), start + n * 30];
  }
}
