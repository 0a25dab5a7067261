import { limits } from '../limits.ts';
import type {
  DefinitionChange,
  DefinitionChanges,
  DefinitionText,
  JournalHead,
} from '../model/definition-journal.ts';
import type { DefinitionsEntry } from '../model/definitions.ts';
import { keys } from '../model/keys.ts';
import type { StateReader } from '../ports/state.ts';
import type { EntryCodec } from '../runner/entry-cache.ts';
import type { DefinitionVersion, DefinitionVersions } from '../serve/definition-versions-service.ts';
import { textsIn } from './definition-texts.ts';

export interface DefinitionVersionsOptions {
  readonly state: StateReader;
  readonly codec: EntryCodec;
}

/** What a definition was, out of the journal that the state has of changes. */
export function createDefinitionVersions({ state, codec }: DefinitionVersionsOptions): DefinitionVersions {
  return {
    async of(kind, name) {
      const [bytes] = await state.read([keys.definitions]);
      if (bytes === undefined) return [];
      // The codec answers what lies under the key.
      const entry = codec.decode(keys.definitions, bytes) as DefinitionsEntry;
      const inForce = textsIn(entry).get(kind)?.get(name);
      const found: Found[] = [];
      for await (const changes of newestFirst(entry.journal)) {
        const change = changes.changes.find((each) => each.kind === kind && each.name === name);
        if (change !== undefined) found.push({ changes, change });
      }
      return versionsOf(found, inForce);
    },
  };

  async function* newestFirst(head: JournalHead | undefined): AsyncGenerator<DefinitionChanges> {
    if (head === undefined) return;
    const oldest = head.next - head.bytes.length;
    for (let last = head.next - 1; last >= oldest; last -= limits.definitionJournalPage) {
      const first = Math.max(oldest, last - limits.definitionJournalPage + 1);
      const wanted = Array.from({ length: last - first + 1 }, (_, i) => keys.definitionChanges(last - i));
      const found = await state.read(wanted);
      // What has been removed since the head was read is too old; the codec answers what lies under a key.
      for (const [i, bytes] of found.entries())
        if (bytes !== undefined) yield codec.decode(wanted[i] as string, bytes) as DefinitionChanges;
    }
  }
}

interface Found {
  readonly changes: DefinitionChanges;
  readonly change: DefinitionChange;
}

function versionsOf(
  found: readonly Found[],
  inForce: DefinitionText | undefined,
): readonly DefinitionVersion[] {
  const newest = found[0]?.change.after;
  const versions = found.map(
    ({ changes: { number, author, at }, change: { turn, after } }, place): DefinitionVersion => ({
      number,
      turn,
      author,
      since: at,
      text: after,
      active: place === 0 && after !== undefined && after.version === inForce?.version,
    }),
  );
  const oldest = found.length === 0 ? inForce : found.at(-1)?.change.before;
  if (oldest === undefined) return versions;
  const { author = '', since = 0 } = oldest;
  const active = newest === undefined && found.length === 0;
  return [...versions, { number: 0, turn: 'created', author, since, text: oldest, active }];
}
