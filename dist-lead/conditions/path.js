import { TesseraError } from "../errors.js";
import { limits } from "../limits.js";
import { isSealed } from "../model/json.js";
const SCALAR_ROOTS = new Map([
    ['id', (event) => event.id],
    ['type', (event) => event.type],
    ['source', (event) => event.source],
    ['channel', (event) => event.channel],
    ['currency', (event) => event.currency],
    ['time', (event) => event.time],
]);
const OBJECT_ROOTS = new Map([
    ['properties', (event) => event.properties],
    ['traits', (event) => event.traits],
    ['context', (event) => event.context],
    ['order', (event) => event.order],
]);
const ORDER_FIELDS = new Set([
    'namespace',
    'order_id',
    'transition',
    'refund_id',
    'ledger',
    'total',
    'spend',
    'refund',
    'total_only',
]);
const NOTHING = Object.freeze([]);
function refuse(path, why) {
    throw new TesseraError('invalid_definition', `path "${path}" ${why}`, { path });
}
function parseSegments(path, texts) {
    if (texts.length > limits.jsonDepthMax)
        refuse(path, `has more than ${limits.jsonDepthMax} steps`);
    return texts.map((text) => {
        const each = text.endsWith('[]');
        const key = each ? text.slice(0, -2) : text;
        if (key === '' || /[[\]]/.test(key))
            refuse(path, 'has an empty or malformed step');
        if (key === '$sealed')
            refuse(path, 'leads into a sealed value, which nothing may compare');
        return { key, each };
    });
}
/** True where the path expands arrays, so that it yields several values per event. */
export function isMultiple(path) {
    return path.includes('[]');
}
/** True where the path starts at a part of the event, which tells it from the name of an operator. */
export function isEventPath(path) {
    const root = path.split('.', 1)[0] ?? '';
    return SCALAR_ROOTS.has(root) || OBJECT_ROOTS.has(root);
}
function compileSteps(path) {
    const [root = '', ...rest] = path.split('.');
    const read = OBJECT_ROOTS.get(root);
    if (read === undefined) {
        const roots = [...SCALAR_ROOTS.keys(), ...OBJECT_ROOTS.keys()].join(', ');
        refuse(path, `must start with one of ${roots}`);
    }
    if (rest.length === 0)
        refuse(path, `names an object; say which field of ${root}`);
    const segments = parseSegments(path, rest);
    if (root === 'order' &&
        (segments.length > 1 || !ORDER_FIELDS.has(segments[0]?.key ?? '') || segments[0]?.each)) {
        refuse(path, `is not a field of an order; there are ${[...ORDER_FIELDS].join(', ')}`);
    }
    return { read, segments };
}
function ownValue(container, key) {
    if (typeof container !== 'object' || container === null || Array.isArray(container))
        return undefined;
    if (!Object.hasOwn(container, key))
        return undefined;
    // The event was parsed from JSON, so that an own property of one of its objects is a JSON value.
    return container[key];
}
/** Compiles a path that yields one value. Refuses `[]`, unknown roots and malformed steps. */
export function compilePath(path) {
    const scalar = SCALAR_ROOTS.get(path);
    if (scalar !== undefined)
        return scalar;
    if (isMultiple(path))
        refuse(path, 'yields several values where one is needed');
    const { read, segments } = compileSteps(path);
    const keys = segments.map((segment) => segment.key);
    const [only = ''] = keys;
    if (keys.length === 1)
        return (event) => ownValue(read(event), only);
    return (event) => {
        let value = ownValue(read(event), only);
        for (let index = 1; index < keys.length && value !== undefined; index += 1) {
            value = isSealed(value) ? undefined : ownValue(value, keys[index] ?? '');
        }
        return value;
    };
}
function collect(value, index, walk) {
    if (value === undefined)
        return;
    const segment = walk.segments[index];
    if (segment === undefined) {
        walk.found.push(value);
        return;
    }
    const next = isSealed(value) ? undefined : ownValue(value, segment.key);
    if (!segment.each)
        collect(next, index + 1, walk);
    else if (Array.isArray(next))
        for (const item of next)
            collect(item, index + 1, walk);
}
/** Compiles a path that may expand arrays (`products[].category`): all values found, in the event's order. */
export function compileValues(path) {
    if (!isMultiple(path)) {
        const get = compilePath(path);
        return (event) => {
            const value = get(event);
            return value === undefined ? NOTHING : [value];
        };
    }
    const { read, segments } = compileSteps(path);
    return (event) => {
        const found = [];
        // A root is a plain object of the event: the first step reads it like any other.
        collect(read(event), 0, { segments, found });
        return found;
    };
}
//# sourceMappingURL=path.js.map