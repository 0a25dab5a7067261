/** Properties as sent → properties as kept, by the shape of their type. Nothing is copied that does not change. */
import { isJsonObject } from "../model/json.js";
import { amountToMinor, toQuantity, unitToMinor } from "./money.js";
import { pointer, reject } from "./rejection.js";
/**
 * A copy that may grow. Adding a property to the result of `{ ...object }` costs V8 5 µs, to this one 20 ns: measured
 * on lines of orders, where it was a third of the whole normalization.
 */
export function copyOf(object) {
    const copy = {};
    for (const key in object)
        copy[key] = object[key];
    return copy;
}
/**
 * Gives every property its canonical name. Where both names are there, the canonical one stands and the alias stays.
 * Known properties that are null or empty text are left out: shops send `coupon: null` and `referrer: ""` all the time.
 */
export function rename(shape, object) {
    const named = needsRenaming(shape, object) ? renamed(shape, object) : object;
    let copy;
    for (const child of shape.children) {
        const value = named[child.key];
        if (value === undefined)
            continue;
        const inner = renameChild(child.shape, value);
        if (inner === value)
            continue;
        copy ??= { ...named };
        copy[child.key] = inner;
    }
    return copy ?? named;
}
/** Amounts to minor units, ids to text, quantities to numbers, fallbacks filled in; on validated properties. */
export function convert(shape, object, state) {
    let copy;
    for (const { key, to } of shape.conversions) {
        const value = object[key];
        if (typeof value !== 'number' && typeof value !== 'string')
            continue;
        const converted = convertValue(value, to, state);
        if (converted === value)
            continue;
        if (converted === undefined) {
            state.failure = refusal(to, key);
            return object;
        }
        copy ??= { ...object };
        copy[key] = converted;
    }
    for (const child of shape.children) {
        const value = object[child.key];
        if (value === undefined)
            continue;
        const converted = convertChild(child.shape, value, state);
        if (state.failure !== undefined)
            return failed(state, child.key, object);
        if (converted === value)
            continue;
        copy ??= { ...object };
        copy[child.key] = converted;
    }
    for (const { key, from } of shape.fallbacks) {
        const value = (copy ?? object)[from];
        if (value === undefined || (copy ?? object)[key] !== undefined)
            continue;
        copy = copyOf(copy ?? object);
        copy[key] = value;
    }
    return copy ?? object;
}
/**
 * Turns a pointer into canonical properties back into one into the properties as sent: where the event used an alias,
 * its sender looks for that name.
 */
export function pathAsSent(shape, sent, path) {
    const [, first = '', ...rest] = path.split('/');
    const name = aliasUsed(shape, sent, first);
    const child = shape.children.find((entry) => entry.key === first);
    const value = sent[name];
    const index = rest[0];
    if (child !== undefined && Array.isArray(value) && index !== undefined) {
        const item = value[Number(index)];
        const tail = rest.length > 1 ? `/${rest.slice(1).join('/')}` : '';
        return `/${name}/${index}${isJsonObject(item) && tail !== '' ? pathAsSent(child.shape, item, tail) : tail}`;
    }
    const tail = rest.length > 0 ? `/${rest.join('/')}` : '';
    return `/${name}${child !== undefined && isJsonObject(value) && tail !== '' ? pathAsSent(child.shape, value, tail) : tail}`;
}
function aliasUsed(shape, sent, name) {
    if (!isBlank(sent[name]))
        return name;
    for (const [alias, canonical] of shape.aliases) {
        if (canonical === name && !isBlank(sent[alias]))
            return alias;
    }
    return name;
}
function needsRenaming(shape, object) {
    for (const key in object) {
        if (shape.aliases.has(key) || (isBlank(object[key]) && shape.known.has(key)))
            return true;
    }
    return false;
}
function renamed(shape, object) {
    const copy = {};
    for (const key in object) {
        const value = object[key];
        const name = shape.aliases.get(key);
        const blank = isBlank(value);
        if (blank && (name !== undefined || shape.known.has(key)))
            continue;
        const taken = name === undefined || !isBlank(object[name]) || copy[name] !== undefined;
        copy[taken ? key : name] = value;
    }
    return copy;
}
function isBlank(value) {
    return value === undefined || value === null || value === '';
}
function renameChild(shape, value) {
    if (isJsonObject(value))
        return rename(shape, value);
    if (!Array.isArray(value))
        return value;
    let copy;
    for (let i = 0; i < value.length; i++) {
        const item = value[i];
        if (!isJsonObject(item))
            continue;
        const inner = rename(shape, item);
        if (inner === item)
            continue;
        copy ??= [...value];
        copy[i] = inner;
    }
    return copy ?? value;
}
function convertChild(shape, value, state) {
    if (isJsonObject(value))
        return convert(shape, value, state);
    if (!Array.isArray(value))
        return value;
    let copy;
    for (let i = 0; i < value.length; i++) {
        const item = value[i];
        if (!isJsonObject(item))
            continue;
        const converted = convert(shape, item, state);
        if (state.failure !== undefined)
            return failed(state, i, value);
        if (converted === item)
            continue;
        copy ??= [...value];
        copy[i] = converted;
    }
    return copy ?? value;
}
/** Puts the step that led to the failure in front of its path. */
function failed(state, step, value) {
    if (state.failure !== undefined) {
        state.failure = { ...state.failure, path: `${pointer('', step)}${state.failure.path}` };
    }
    return value;
}
function convertValue(value, to, state) {
    switch (to) {
        case 'text':
            return typeof value === 'string' ? value : String(value);
        case 'quantity':
            return toQuantity(value);
        case 'amount':
            state.money = true;
            return amountToMinor(value, state.decimals);
        case 'unit':
            state.money = true;
            return unitToMinor(value, state.decimals);
    }
}
function refusal(to, key) {
    const path = pointer('', key);
    switch (to) {
        case 'text':
            return reject('schema_violation', path, 'must be text');
        case 'quantity':
            return reject('schema_violation', path, 'must be a decimal quantity of at most 4 decimals');
        case 'amount':
            return reject('invalid_amount', path, 'must be a decimal amount with no more decimals than its currency has');
        case 'unit':
            return reject('invalid_amount', path, 'must be a decimal unit price of at most 6 decimals');
    }
}
//# sourceMappingURL=canonical-properties.js.map