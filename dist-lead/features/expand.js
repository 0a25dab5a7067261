import { TesseraError } from "../errors.js";
import { limits } from "../limits.js";
import { isJsonObject } from "../model/json.js";
const NAME = /^[a-z][a-z0-9_]{0,63}$/;
const TYPE = /^[a-z0-9_]{1,64}$/;
const AGGREGATES = new Set([
    'count',
    'sum',
    'average',
    'minimum',
    'maximum',
    'first',
    'last',
    'distinct',
    'top_k',
    'list_last_n',
    'time_since',
    'cart',
]);
const KEYS = new Set([
    'name',
    'description',
    'on',
    'where',
    'aggregate',
    'of',
    'window',
    'windows',
    'money',
    'limit',
    'distinct',
    'unit',
]);
function refuse(name, path, why) {
    throw new TesseraError('invalid_definition', `feature "${name}"${path === '' ? '' : ` at ${path}`}: ${why}`, { path });
}
function isAggregate(value) {
    return typeof value === 'string' && AGGREGATES.has(value);
}
function nameOf(raw) {
    const { name } = raw;
    if (typeof name !== 'string' || !NAME.test(name)) {
        refuse(String(name), '/name', 'must be snake_case of at most 64 characters, starting with a letter');
    }
    return name;
}
function typesOf(raw, name) {
    const types = typeof raw.on === 'string' ? [raw.on] : raw.on;
    if (!Array.isArray(types) || types.length === 0)
        refuse(name, '/on', 'must be an event type or a list of them');
    const checked = [];
    for (const type of types) {
        if (typeof type !== 'string' || !TYPE.test(type))
            refuse(name, '/on', 'must name event types in snake_case');
        checked.push(type);
    }
    if (new Set(checked).size !== checked.length)
        refuse(name, '/on', 'names an event type twice');
    return checked;
}
/** The windows, and for each the name that its feature gets. */
function windowsOf(raw, name) {
    const { window, windows } = raw;
    if (windows === undefined) {
        if (typeof window !== 'string')
            refuse(name, '/window', 'must be "lifetime" or a duration such as 30m');
        return [{ name, window }];
    }
    if (window !== undefined)
        refuse(name, '/windows', 'may not stand beside "window"');
    if (!Array.isArray(windows) || windows.length === 0)
        refuse(name, '/windows', 'must be a list of windows');
    return windows.map((each) => {
        if (typeof each !== 'string')
            refuse(name, '/windows', 'must list texts such as 30m');
        const expanded = `${name}_${each}`;
        if (!NAME.test(expanded))
            refuse(name, '/windows', `"${expanded}" is not a possible name`);
        return { name: expanded, window: each };
    });
}
function optionalText(raw, key, name) {
    const value = raw[key];
    if (value !== undefined && (typeof value !== 'string' || value === ''))
        refuse(name, `/${key}`, 'must be a text');
    return value;
}
function optionalFlag(raw, key, name) {
    const value = raw[key];
    if (value !== undefined && typeof value !== 'boolean')
        refuse(name, `/${key}`, 'must be true or false');
    return value;
}
function limitOf(raw, name) {
    const { limit } = raw;
    if (limit === undefined)
        return undefined;
    if (typeof limit !== 'number' || !Number.isInteger(limit) || limit < 1 || limit > limits.listEntriesMax) {
        refuse(name, '/limit', `must be a whole number from 1 to ${limits.listEntriesMax}`);
    }
    return limit;
}
function unitOf(raw, name) {
    const { unit } = raw;
    if (unit === undefined || unit === 'seconds' || unit === 'hours' || unit === 'days')
        return unit;
    return refuse(name, '/unit', 'must be seconds, hours or days');
}
function expandOne(raw) {
    if (!isJsonObject(raw))
        refuse('', '', 'a definition must be an object');
    const name = nameOf(raw);
    for (const key of Object.keys(raw))
        if (!KEYS.has(key))
            refuse(name, `/${key}`, 'is not a key of a feature');
    const on = typesOf(raw, name);
    const { aggregate, where } = raw;
    if (!isAggregate(aggregate))
        refuse(name, '/aggregate', `must be one of ${[...AGGREGATES].join(', ')}`);
    if (where !== undefined && !isJsonObject(where))
        refuse(name, '/where', 'must be a condition');
    const description = optionalText(raw, 'description', name);
    const of = optionalText(raw, 'of', name);
    const money = optionalFlag(raw, 'money', name);
    const distinct = optionalFlag(raw, 'distinct', name);
    const limit = limitOf(raw, name);
    const unit = unitOf(raw, name);
    return windowsOf(raw, name).map((each) => ({
        name: each.name,
        ...(description === undefined ? {} : { description }),
        on,
        ...(where === undefined ? {} : { where }),
        aggregate,
        ...(of === undefined ? {} : { of }),
        window: each.window,
        ...(money === undefined ? {} : { money }),
        ...(limit === undefined ? {} : { limit }),
        ...(distinct === undefined ? {} : { distinct }),
        ...(unit === undefined ? {} : { unit }),
    }));
}
/**
 * Definitions as their authors write them (parsed YAML or JSON) → one definition per feature: `on` becomes a
 * list, `windows: [1h, lifetime]` becomes `name_1h` and `name_lifetime`. Throws `invalid_definition`.
 */
export function expandDefinitions(raws) {
    const definitions = raws.flatMap((raw) => expandOne(raw));
    const names = new Set();
    for (const { name } of definitions) {
        if (names.has(name))
            refuse(name, '/name', 'is defined twice');
        names.add(name);
    }
    if (definitions.length > limits.featuresMax) {
        throw new TesseraError('invalid_definition', `there are more than ${limits.featuresMax} features`);
    }
    return definitions;
}
//# sourceMappingURL=expand.js.map