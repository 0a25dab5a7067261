import { createExtremum } from "./extremum.js";
/** The largest number; amounts per currency. */
export function createMaximum(options) {
    return createExtremum(options, Math.max);
}
//# sourceMappingURL=maximum.js.map