import { applyCatalogChange } from '../catalog/apply-change.ts';
import type { Definitions } from '../definitions/definitions.ts';
import { limits } from '../limits.ts';
import type { CatalogChange, PendingMoment } from '../model/catalog.ts';
import type { Outcome } from '../model/effect.ts';
import type { FoldContext } from '../model/fold.ts';
import { keys, UNATTRIBUTED } from '../model/keys.ts';
import type { LogRecord, MomentMessage, MomentRecord } from '../model/record.ts';
import type { StateView } from '../model/view.ts';

/*
 * The catalog in the two stages: identity keeps it, because a change of it has one place among all; what it means for those who
 * wait goes as a message to each partition of people, which wakes its own at its pace (`background/moment-walk.ts`).
 */

/** State entry `n/moments`: how many moments of a partition are pending. */
interface MomentCount {
  readonly pending: number;
}

/** What a record says of the catalog; undefined where it says nothing. */
export function changeIn(record: LogRecord): CatalogChange | undefined {
  if (record.kind === 'catalog') return record.change;
  return record.kind === 'message' && record.body.type === 'catalog' ? record.body.change : undefined;
}

/** Identity takes a change; an event that brought one has its outcome where it was applied. */
export function foldCatalog(
  change: CatalogChange,
  context: FoldContext,
  { definitions, fused }: { readonly definitions: Definitions; readonly fused: boolean },
): Outcome {
  const { byMoment } = definitions.triggers;
  const { detail, version, moments } = applyCatalogChange(
    change,
    context,
    (kind) => (byMoment.get(kind)?.length ?? 0) > 0,
  );
  for (const [n, { moment, names }] of moments.entries()) {
    const message: MomentMessage = { type: 'moment', version, n, moment, names };
    // In the fused form a message to any profile comes to the one partition that there is.
    if (fused) context.toProfile(UNATTRIBUTED, message);
    else context.toAllPeople(message);
  }
  return { status: 'applied', profileId: '', firings: [], detail };
}

export function momentNeeds(key: string, view: StateView): string[] {
  return [keys.pendingMoments, key].filter((each) => !view.has(each));
}

export function keyOfMoment({ version, n }: MomentMessage): string {
  return keys.pendingMoment(version, n);
}

/** A partition takes a moment up, to wake its waiting profiles. */
export function takeMoment(message: MomentMessage, { view, effect }: FoldContext): void {
  const { pending } = view.get<MomentCount>(keys.pendingMoments) ?? { pending: 0 };
  if (pending >= limits.momentsPendingMax) {
    effect({ kind: 'counter', name: 'catalog_moments_dropped', value: 1 });
    return;
  }
  const { moment, names } = message;
  const waiting: PendingMoment = { moment, names, name: 0, after: '' };
  const count: MomentCount = { pending: pending + 1 };
  view.put(keyOfMoment(message), waiting);
  view.put(keys.pendingMoments, count);
}

/** A page of those who wait has been woken. */
export function foldMoment({ key, reached }: MomentRecord, { view }: FoldContext): void {
  const moment = view.get<PendingMoment>(key);
  if (moment === undefined) return;
  if (reached !== undefined) {
    view.put(key, { ...moment, ...reached });
    return;
  }
  const { pending } = view.get<MomentCount>(keys.pendingMoments) ?? { pending: 1 };
  const count: MomentCount = { pending: pending - 1 };
  view.remove(key);
  view.put(keys.pendingMoments, count);
}
