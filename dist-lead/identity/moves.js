import { keys } from "../model/keys.js";
/**
 * Moves of facets between profiles. Owners change at the decision, locations at the confirm. A move starts only
 * when no earlier unfinished one shares a person with it: otherwise a chain of merges could send a facet to a
 * place that has itself been sent away meanwhile. Until then it waits here, in identity's state.
 */
export function queueMove(context, move) {
    const queue = context.view.get(keys.moves) ?? { last: 0, waiting: [] };
    queue.last++;
    queue.waiting.push({ ...move, move: queue.last, sent: false });
    context.view.put(keys.moves, queue);
    startMoves(context, queue);
}
function startMoves(context, queue) {
    const busy = new Set();
    for (const entry of queue.waiting) {
        const free = !busy.has(entry.from) && !busy.has(entry.to);
        busy.add(entry.from);
        busy.add(entry.to);
        if (entry.sent || !free)
            continue;
        entry.sent = true;
        const { move, from, to, facets } = entry;
        context.toProfile(from, { type: 'move', reason: 'merge', move, from, to, facets });
    }
}
/** A confirm repoints the facets that its move named, and nothing else. */
export function confirmNeeds(message, view) {
    if (!view.has(keys.moves))
        return [keys.moves];
    return (findMove(view, message)?.facets ?? []).map(keys.place);
}
function findMove(view, message) {
    return view.get(keys.moves)?.waiting.find((entry) => entry.move === message.move);
}
export function confirmMove(context, message) {
    const queue = context.view.get(keys.moves);
    const done = findMove(context.view, message);
    if (queue === undefined || done === undefined)
        return;
    for (const facet of done.facets) {
        const place = context.view.get(keys.place(facet));
        if (place === undefined || place.location !== done.from)
            continue;
        place.location = message.at;
        context.view.put(keys.place(facet), place);
    }
    queue.waiting = queue.waiting.filter((entry) => entry !== done);
    context.view.put(keys.moves, queue);
    startMoves(context, queue);
}
//# sourceMappingURL=moves.js.map