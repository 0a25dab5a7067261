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
}

const FIELDS = 'identifiers,views_lifetime,carts_lifetime,orders_lifetime,gross_lifetime';

/**
 * The oracle: every profile of the engine must say what plain counting on the sending side says, the counters must add
 * up, and history must hold each event once. Fails with the first difference.
 */
export async function checkState(engine: Server, { sent, expected, nodes = [engine] }: Check): Promise<void> {
  const counts = await eventCounts(...nodes);
  same('events applied', counts.applied, sent);
  same('events received', counts.received, sent);
  const query = encodeURIComponent('SELECT count(), uniqExact(event_id) FROM events');
  const rows = await get<string>(engine, `/v1/sql?format=TabSeparated&query=${query}`);
  same('rows and distinct events in history', rows.trim(), `${sent}\t${sent}`);
  let seen = 0;
  for await (const { identifiers, features } of profilesOf(engine)) {
    const person = identifiers.anonymous_id?.[0] ?? '';
    const { views, carts, orders, grossMinor } = expected.get(person) ?? {
      views: 0,
      carts: 0,
      orders: 0,
      grossMinor: 0,
    };
    const value = (name: string): unknown => features[name]?.value;
    same(`views of ${person}`, value('views_lifetime'), views);
    same(`carts of ${person}`, value('carts_lifetime'), carts);
    same(`orders of ${person}`, value('orders_lifetime'), orders);
    same(`gross of ${person}`, value('gross_lifetime'), (grossMinor / 100).toFixed(2));
    seen++;
  }
  same('profiles', seen, expected.size);
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
