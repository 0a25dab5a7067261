import { setTimeout } from 'node:timers/promises';
import { TesseraError } from '../../src/errors.ts';
import type { Server } from './child.ts';
import { eventCounts, get } from './engine-api.ts';
import type { Expected } from './traffic.ts';

interface Profile {
  readonly identifiers: { readonly anonymous_id?: readonly string[] };
  readonly features: Readonly<Record<string, { readonly value: number | string }>>;
}

interface Check {
  readonly sent: number;
  readonly expected: ReadonlyMap<string, Expected>;
  /** Those that took the events in and applied them, where they are several; any of them answers for all profiles. */
  readonly nodes?: readonly Server[];
  /** Who answers for history: another one where it is another node's work, nobody where there is none. */
  readonly history?: Server | undefined;
  /** So many profiles instead of all of them, where there are more than the traffic has touched. */
  readonly sample?: number;
}

const HISTORY_TRIES = 100;
const HISTORY_POLL_MS = 300;
const FIELDS = 'identifiers,views_lifetime,carts_lifetime,orders_lifetime,gross_lifetime';

/**
 * The oracle: every profile of the engine must say what plain counting on the sending side says, the counters must add
 * up, and history must hold each event once. Fails with the first difference.
 */
export async function checkState(engine: Server, check: Check): Promise<void> {
  const {
    sent,
    expected,
    nodes = [engine],
    history = 'history' in check ? undefined : engine,
    sample,
  } = check;
  const counts = await eventCounts(...nodes);
  same('events applied', counts.applied, sent);
  same('events received', counts.received, sent);
  if (history !== undefined) await checkHistory(history, sent);
  await checkProfiles(engine, expected, sample);
}

/** Of all profiles, or of so many, what plain counting says. */
export async function checkProfiles(
  engine: Server,
  expected: ReadonlyMap<string, Expected>,
  sample?: number,
): Promise<void> {
  if (sample !== undefined) {
    for (const person of sampleOf([...expected.keys()], sample)) {
      const path = `/v1/profiles/anonymous_id:${person}?fields=${FIELDS}`;
      checkProfile(await get<Profile>(engine, path), expected);
    }
    return;
  }
  let seen = 0;
  for await (const profile of profilesOf(engine)) {
    checkProfile(profile, expected);
    seen++;
  }
  same('profiles', seen, expected.size);
}

/** Where history is another node's work it may not have heard of the last rows yet. */
async function checkHistory(history: Server, sent: number): Promise<void> {
  // What made the first people known before the traffic has other ids.
  const query = encodeURIComponent(
    "SELECT count(), uniqExact(event_id) FROM events WHERE startsWith(event_id, 'bench-')",
  );
  const wanted = `${sent}\t${sent}`;
  for (let tries = 1; ; tries++) {
    const rows = (await get<string>(history, `/v1/sql?format=TabSeparated&query=${query}`)).trim();
    if (rows === wanted) return;
    if (tries === HISTORY_TRIES) same('rows and distinct events in history', rows, wanted);
    await setTimeout(HISTORY_POLL_MS);
  }
}

/** Evenly spread, so that the same are looked at in each run. */
function sampleOf(people: readonly string[], count: number): readonly string[] {
  const step = Math.max(1, Math.floor(people.length / count));
  return people.filter((_, n) => n % step === 0).slice(0, count);
}

const NOBODY: Expected = { views: 0, carts: 0, orders: 0, grossMinor: 0 };

function checkProfile({ identifiers, features }: Profile, expected: ReadonlyMap<string, Expected>): void {
  const person = identifiers.anonymous_id?.[0] ?? '';
  const { views, carts, orders, grossMinor } = expected.get(person) ?? NOBODY;
  const value = (name: string): unknown => features[name]?.value;
  same(`views of ${person}`, value('views_lifetime'), views);
  same(`carts of ${person}`, value('carts_lifetime'), carts);
  same(`orders of ${person}`, value('orders_lifetime'), orders);
  same(`gross of ${person}`, value('gross_lifetime'), (grossMinor / 100).toFixed(2));
}

async function* profilesOf(engine: Server): AsyncGenerator<Profile> {
  for (let after = ''; ; ) {
    const page = await get<{ profiles: readonly Profile[]; next?: string }>(
      engine,
      `/v1/profiles?limit=1000&fields=${FIELDS}&after=${after}`,
    );
    yield* page.profiles;
    if (page.next === undefined) return;
    after = page.next;
  }
}

function same(what: string, actual: unknown, expected: unknown): void {
  if (actual !== expected) {
    throw new TesseraError('internal', `${what}: ${String(actual)} instead of ${String(expected)}`);
  }
}
