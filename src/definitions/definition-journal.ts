import { limits } from '../limits.ts';
import type {
  DefinitionChange,
  DefinitionChanges,
  DefinitionText,
  DefinitionTurn,
  JournalHead,
} from '../model/definition-journal.ts';
import type { DefinitionsEntry } from '../model/definitions.ts';
import type { FoldContext } from '../model/fold.ts';
import { keys } from '../model/keys.ts';
import { textsIn } from './definition-texts.ts';

/*
 * What definitions were: every record that changes any leaves an entry with what it changed, in the commit that puts them
 * in force, so a replay writes the same journal. Entries are only ever written and, beyond the bounds, removed: no fold
 * reads them. Each has both texts, so that the version before the oldest entry that is kept is known too.
 */

/** How many entries are kept, and how many bytes of them. */
export interface JournalBounds {
  readonly entries: number;
  readonly bytes: number;
}

const BOUNDS: JournalBounds = {
  entries: limits.definitionJournalMax,
  bytes: limits.definitionJournalBytesMax,
};

/** Writes the entry, where anything has changed, and answers which are kept now. */
export function journalChanges(
  before: DefinitionsEntry,
  after: DefinitionsEntry,
  { view, now, bounds = BOUNDS }: Pick<FoldContext, 'view' | 'now'> & { readonly bounds?: JournalBounds },
): JournalHead | undefined {
  const changes = changesBetween(before, after);
  const head = before.journal;
  if (changes.length === 0) return head;
  const number = head?.next ?? 1;
  const entry: DefinitionChanges = { number, author: after.author, at: now, changes };
  view.put(keys.definitionChanges(number), entry);
  const sizes = [...(head?.bytes ?? []), JSON.stringify(entry).length];
  const kept = withinBounds(sizes, bounds);
  for (let gone = sizes.length; gone > kept.length; gone--)
    view.remove(keys.definitionChanges(number + 1 - gone));
  return { next: number + 1, bytes: kept };
}

/** The newest is kept, however large. */
function withinBounds(sizes: readonly number[], bounds: JournalBounds): readonly number[] {
  let first = Math.max(0, sizes.length - bounds.entries);
  let bytes = sizes.slice(first).reduce((sum, size) => sum + size, 0);
  while (bytes > bounds.bytes && first < sizes.length - 1) bytes -= sizes[first++] ?? 0;
  return sizes.slice(first);
}

function changesBetween(before: DefinitionsEntry, after: DefinitionsEntry): readonly DefinitionChange[] {
  const changes: DefinitionChange[] = [];
  const known = textsIn(before);
  for (const [kind, texts] of textsIn(after)) {
    const earlier = known.get(kind);
    for (const [name, text] of texts) {
      const was = earlier?.get(name);
      if (was === undefined) changes.push({ kind, name, turn: 'created', after: text });
      else if (was.version !== text.version)
        changes.push({ kind, name, turn: turnOf(was, text), before: was, after: text });
    }
    for (const [name, was] of earlier ?? [])
      if (!texts.has(name)) changes.push({ kind, name, turn: 'removed', before: was });
  }
  return changes;
}

/** Switched on or off is what is otherwise the same. */
function turnOf(before: DefinitionText, after: DefinitionText): DefinitionTurn {
  const { enabled: was, ...earlier } = before.definition;
  const { enabled: is, ...later } = after.definition;
  if ((was === false) === (is === false) || JSON.stringify(earlier) !== JSON.stringify(later))
    return 'changed';
  return is === false ? 'disabled' : 'enabled';
}
