/** Time that moves only when it is told to. */
export function createManualClock(start) {
    let now = start;
    return {
        now: () => now,
        set: (at) => {
            now = at;
        },
        advance: (ms) => {
            now += ms;
        },
    };
}
//# sourceMappingURL=manual-clock.js.map