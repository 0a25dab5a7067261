/** `$sealed` marks what the engine has encrypted; a sender who could write it could pass off text as sealed. */
import { limits } from "../limits.js";
import { pointer, reject } from "./rejection.js";
const RESERVED = '$sealed';
/** Looks for the reserved key at any depth. */
export function findReserved(wire) {
    return inObject(wire, 0);
}
function inObject(object, depth) {
    for (const key in object) {
        if (key === RESERVED)
            return reject('reserved_key', pointer('', key), 'The key $sealed is reserved.');
        const value = object[key];
        if (typeof value !== 'object' || value === null)
            continue;
        const fault = inValue(value, depth + 1);
        // The path is put together on the way back, so that an event without fault builds none.
        if (fault !== undefined)
            return { ...fault, path: `${pointer('', key)}${fault.path}` };
    }
    return undefined;
}
function inValue(value, depth) {
    // The guard has refused deeper bodies already; the bound stands here too, because this recursion relies on it.
    if (depth > limits.jsonDepthMax)
        return reject('too_deep', '', 'The event is nested too deeply.');
    if (!isList(value))
        return inObject(value, depth);
    for (let i = 0; i < value.length; i++) {
        const item = value[i];
        if (typeof item !== 'object' || item === null)
            continue;
        const fault = inValue(item, depth + 1);
        if (fault !== undefined)
            return { ...fault, path: `/${i}${fault.path}` };
    }
    return undefined;
}
function isList(value) {
    return Array.isArray(value);
}
//# sourceMappingURL=reserved-keys.js.map