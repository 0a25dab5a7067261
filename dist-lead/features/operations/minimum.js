import { createExtremum } from "./extremum.js";
/** The smallest number; amounts per currency. */
export function createMinimum(options) {
    return createExtremum(options, Math.min);
}
//# sourceMappingURL=minimum.js.map