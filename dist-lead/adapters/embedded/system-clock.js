/** The machine's wall clock. It may step back; whoever needs order (the log) holds on to the highest value seen. */
export function createSystemClock() {
    return { now: () => Date.now() };
}
//# sourceMappingURL=system-clock.js.map