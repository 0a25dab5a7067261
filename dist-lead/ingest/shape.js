/**
 * The shape of one event type's properties, read once from its schema: which names are aliases, which values are
 * money, ids or quantities, and which are personal. Schemas carry this as annotations, so that the table of what a
 * name means is the documentation itself:
 *
 *   x-aliases    other names for the same property (Segment's `product_id` is `item_id`)
 *   x-money      `amount`: whole minor units; `unit`: a price per piece, which may hold a fraction of one
 *   x-as         `text`: numbers become text (ids); `quantity`: decimal text becomes a number
 *   x-fallback   the sibling whose value stands in when this property is missing
 *   x-personal   kind of personal data: the value is sealed before it is logged
 */
import { TesseraError } from "../errors.js";
import { isJsonObject } from "../model/json.js";
const PERSONAL_KINDS = ['phone', 'email', 'name', 'address', 'birthday', 'id_number'];
const CONVERSIONS = ['amount', 'unit', 'text', 'quantity'];
/** Reads the annotations of an object schema, through references. */
export function readShape(schema, document, resolve) {
    const known = new Set();
    // Maps, because a property of the type's own replaces the shared one of the same name.
    const aliases = new Map();
    const conversions = new Map();
    const fallbacks = [];
    const children = new Map();
    for (const property of propertiesOf(schema, document, resolve)) {
        const { key } = property;
        known.add(key);
        for (const alias of textList(annotation(property, 'x-aliases')))
            aliases.set(alias, key);
        const to = annotation(property, 'x-money') ?? annotation(property, 'x-as');
        if (to !== undefined)
            conversions.set(key, conversion(to, key));
        const from = annotation(property, 'x-fallback');
        if (typeof from === 'string')
            fallbacks.push({ key, from });
        const child = childShape(property.target, property.document, resolve);
        if (child !== undefined)
            children.set(key, child);
    }
    return {
        known,
        aliases,
        conversions: [...conversions].map(([key, to]) => ({ key, to })),
        fallbacks,
        children: [...children].map(([key, shape]) => ({ key, shape })),
        money: [...conversions.values()].some(isMoney) || [...children.values()].some((child) => child.money),
    };
}
/** Every personal field below an object schema, with its keys from `prefix` on. Arrays may not hold any. */
export function readPersonal(schema, prefix, place) {
    const found = [];
    for (const property of propertiesOf(schema, place.document, place.resolve)) {
        const keys = [...prefix, property.key];
        const kind = annotation(property, 'x-personal');
        if (kind !== undefined)
            found.push({ keys, kind: personalKind(kind, keys) });
        else if (isJsonObject(property.target.properties)) {
            found.push(...readPersonal(property.target, keys, { document: property.document, resolve: place.resolve }));
        }
    }
    return found;
}
function propertiesOf(schema, document, resolve) {
    const found = [];
    for (const part of Array.isArray(schema.allOf) ? schema.allOf : []) {
        if (!isJsonObject(part))
            continue;
        const base = follow(part, document, resolve);
        found.push(...propertiesOf(base.schema, base.document, resolve));
    }
    if (!isJsonObject(schema.properties))
        return found;
    for (const [key, own] of Object.entries(schema.properties)) {
        if (!isJsonObject(own))
            continue;
        const target = follow(own, document, resolve);
        found.push({ key, own, target: target.schema, document: target.document });
    }
    return found;
}
function childShape(target, document, resolve) {
    const inner = isJsonObject(target.items)
        ? follow(target.items, document, resolve)
        : { schema: target, document };
    if (!isJsonObject(inner.schema.properties) && !Array.isArray(inner.schema.allOf))
        return undefined;
    const shape = readShape(inner.schema, inner.document, resolve);
    const empty = shape.aliases.size + shape.conversions.length + shape.fallbacks.length + shape.children.length === 0;
    return empty ? undefined : shape;
}
function follow(schema, document, resolve) {
    if (typeof schema.$ref !== 'string')
        return { schema, document };
    const target = resolve(schema.$ref, document);
    return follow(target.schema, target.document, resolve);
}
function annotation(property, name) {
    return property.own[name] ?? property.target[name];
}
function isMoney(to) {
    return to === 'amount' || to === 'unit';
}
function conversion(value, key) {
    if (typeof value !== 'string' || !CONVERSIONS.includes(value)) {
        throw new TesseraError('invalid_config', `schema property ${key} asks for an unknown conversion`);
    }
    return value; // Membership in the list has just been checked.
}
function personalKind(value, keys) {
    if (typeof value !== 'string' || !PERSONAL_KINDS.includes(value)) {
        throw new TesseraError('invalid_config', `schema property ${keys.join('.')} has an unknown x-personal`);
    }
    return value; // Membership in the list has just been checked.
}
function textList(value) {
    return Array.isArray(value) ? value.filter((entry) => typeof entry === 'string') : [];
}
//# sourceMappingURL=shape.js.map