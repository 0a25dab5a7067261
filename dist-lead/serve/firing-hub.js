import { limits } from "../limits.js";
/** The in-process fan-out of firings: a short memory for readers that come back, and the readers of now. */
export function createFiringHub(backlogMax = limits.streamBacklogFirings) {
    const listeners = new Set();
    let recent = [];
    return {
        firings(firings) {
            for (const firing of firings) {
                recent.push(firing);
                for (const listener of listeners)
                    listener(firing);
            }
            // Cut rarely and in one piece: shifting at every firing would move the whole memory each time.
            if (recent.length > backlogMax * 2)
                recent = recent.slice(-backlogMax);
        },
        since(id) {
            if (id === undefined)
                return { firings: [], gap: false };
            const remembered = recent.slice(-backlogMax);
            const at = remembered.findLastIndex((firing) => firing.id === id);
            return { firings: remembered.slice(at + 1), gap: at < 0 };
        },
        subscribe(listener) {
            listeners.add(listener);
            return () => {
                listeners.delete(listener);
            };
        },
    };
}
//# sourceMappingURL=firing-hub.js.map