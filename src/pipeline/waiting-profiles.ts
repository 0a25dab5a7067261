import type { FoldContext } from '../model/fold.ts';
import { keys } from '../model/keys.ts';
import type { Header } from '../model/profile.ts';
import type { TriggerSet } from '../triggers/compile.ts';
import { itemsWaitedFor } from '../triggers/patterns/catalog.ts';

/**
 * Keeps the entries by which a moment of the catalog finds the profiles that wait for an item in step with what these
 * remember. Nothing is done where nobody waits for anything.
 */
export function settleWaiting(
  header: Header,
  triggers: Pick<TriggerSet, 'byName' | 'byMoment'>,
  { view }: FoldContext,
): void {
  const before = header.waiting ?? NOTHING;
  if (before.length === 0 && triggers.byMoment.size === 0) return;
  const now = header.forward === undefined ? itemsWaitedFor(header, triggers) : NOTHING;
  if (now.length === before.length && now.every((item, at) => item === before[at])) return;
  for (const item of before) if (!now.includes(item)) view.remove(keys.waiting(item, header.id));
  for (const item of now) if (!before.includes(item)) view.put(keys.waiting(item, header.id), {});
  if (now.length === 0) delete header.waiting;
  else header.waiting = now;
  view.put(keys.header(header.id), header);
}

const NOTHING: readonly string[] = Object.freeze([]);
