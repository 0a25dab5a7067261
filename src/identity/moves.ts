import type { FoldContext } from '../model/fold.ts';
import type { MoveQueue, Place, QueuedMove } from '../model/identity.ts';
import { keys } from '../model/keys.ts';
import type { ConfirmMessage } from '../model/record.ts';
import type { StateView } from '../model/view.ts';

/**
 * Moves of facets between profiles. Owners change at the decision, locations at the confirm. A move starts only
 * when no earlier unfinished one shares a person with it: otherwise a chain of merges could send a facet to a
 * place that has itself been sent away meanwhile. Until then it waits here, in identity's state.
 */
export function queueMove(context: FoldContext, move: Omit<QueuedMove, 'move' | 'sent'>): void {
  const queue = context.view.get<MoveQueue>(keys.moves) ?? { last: 0, waiting: [] };
  queue.last++;
  queue.waiting.push({ ...move, move: queue.last, sent: false });
  context.view.put(keys.moves, queue);
  startMoves(context, queue);
}

function startMoves(context: FoldContext, queue: MoveQueue): void {
  const busy = new Set<string>();
  for (const entry of queue.waiting) {
    const free = !busy.has(entry.from) && !busy.has(entry.to);
    busy.add(entry.from);
    busy.add(entry.to);
    if (entry.sent || !free) continue;
    entry.sent = true;
    const { sent: _, ...move } = entry;
    context.toProfile(entry.from, { type: 'move', ...move });
  }
}

/** A confirm repoints the facets that its move named, and nothing else. */
export function confirmNeeds(message: ConfirmMessage, view: StateView): string[] {
  if (!view.has(keys.moves)) return [keys.moves];
  return (findMove(view, message)?.facets ?? []).map(keys.place);
}

function findMove(view: StateView, message: ConfirmMessage): QueuedMove | undefined {
  return view.get<MoveQueue>(keys.moves)?.waiting.find((entry) => entry.move === message.move);
}

export function confirmMove(context: FoldContext, message: ConfirmMessage): void {
  const queue = context.view.get<MoveQueue>(keys.moves);
  const done = findMove(context.view, message);
  if (queue === undefined || done === undefined) return;
  for (const facet of done.facets) {
    const place = context.view.get<Place>(keys.place(facet));
    if (place === undefined || place.location !== done.from) continue;
    place.location = message.at;
    context.view.put(keys.place(facet), place);
  }
  queue.waiting = queue.waiting.filter((entry) => entry !== done);
  context.view.put(keys.moves, queue);
  startMoves(context, queue);
}
