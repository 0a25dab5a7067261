import { createMemoryLog } from '../../src/adapters/memory/log.ts';
import { createManualClock } from '../../src/adapters/memory/manual-clock.ts';
import { historyColumns } from '../../src/model/history-rows.ts';
import type { Person } from '../../src/model/identity.ts';
import type { LogRecord } from '../../src/model/record.ts';
import { createEntryCodec, decodeRecord, encodeRecord } from '../../src/runner/codec.ts';
import { createFusedEngine, type FusedEngine, START_MS } from './fused-engine.ts';

/** What tests of identity read out of the state of an engine. */

/** Decoded entries whose key starts with this, by the rest of their key. */
export function entriesOf<T extends object>(engine: FusedEngine, prefix: string): Map<string, T> {
  const codec = createEntryCodec(engine.definitions);
  // The codec answers the type that belongs to the key's prefix.
  return new Map(
    engine.store
      .scan('p0', prefix, '', 1_000_000)
      .map(([key, bytes]) => [key.slice(prefix.length), codec.decode(key, bytes) as T]),
  );
}

/** Everybody who was not merged away. */
export function peopleOf(engine: FusedEngine): readonly Person[] {
  return [...entriesOf<Person>(engine, 'g/').values()].filter(({ mergedInto }) => mergedInto === undefined);
}

/** Everybody with what is known of them, sorted; ids of profiles, which depend on the order of the log, are left out. */
export async function describePeople(engine: FusedEngine): Promise<readonly string[]> {
  const told: string[] = [];
  for (const person of peopleOf(engine)) {
    const view = await engine.profiles.byId(person.id, { reveal: true });
    const { features, traits, consents, kind } = view ?? {};
    const identifiers = person.links.map(({ key }) => key).sort();
    told.push(JSON.stringify([identifiers, [...person.facets].sort(), features, traits, consents, kind]));
  }
  return told.sort();
}

const CHANGE = historyColumns.identity_changes.indexOf('change');
const AUTHOR = historyColumns.identity_changes.indexOf('author');

/** What identity did beside linking and merging freely, and who asked for it (empty: nobody did). */
export function changesOf(engine: FusedEngine): { readonly change: string; readonly author: string }[] {
  return engine
    .rows()
    .split('\n')
    .filter((line) => line.startsWith('identity_changes\t'))
    .map((line) => {
      const values = JSON.parse(line.slice(line.indexOf('\t') + 1)) as readonly string[];
      return { change: values[CHANGE] ?? '', author: values[AUTHOR] ?? '' };
    })
    .filter(({ change }) => change !== 'linked');
}

/** Another engine on the records of this one, each at its time, as `change` turns them into one or more (or none). */
export async function replayWith(
  live: FusedEngine,
  change: (record: LogRecord, n: number) => readonly LogRecord[],
): Promise<FusedEngine> {
  const clock = createManualClock(START_MS);
  const log = createMemoryLog({ clock });
  let n = 0;
  for (const { appendedAt, records } of live.log.read(0, Number.MAX_SAFE_INTEGER)) {
    clock.set(appendedAt);
    for (const record of records) {
      const changed = change(decodeRecord(record).record, n++);
      if (changed.length > 0) await log.append(changed.map(encodeRecord));
    }
  }
  clock.set(live.clock.now());
  const engine = await createFusedEngine({ log, clock, parse: true });
  await engine.drain();
  return engine;
}
