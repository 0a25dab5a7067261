import { assert, TesseraError } from "../errors.js";
import { limits } from "../limits.js";
import { decimalsOfCurrency } from "../model/money.js";
import { isCartType } from "./cart-lines.js";
import { createOperation } from "./create-operation.js";
import { compileExtraction, extractionKey } from "./extractor.js";
import { compileSpan } from "./tiles.js";
export { expandDefinitions } from "./expand.js";
const NEEDS_VALUE = new Set([
    'sum',
    'average',
    'minimum',
    'maximum',
    'first',
    'last',
    'distinct',
    'top_k',
    'list_last_n',
]);
const TAKES_NO_VALUE = new Set(['time_since', 'cart']);
const TAKES_MONEY = new Set(['sum', 'average', 'minimum', 'maximum']);
const TAKES_LIMIT = new Set(['top_k', 'list_last_n']);
function refuse(definition, path, why) {
    throw new TesseraError('invalid_definition', `feature "${definition.name}" at ${path}: ${why}`, { path });
}
/** What the types cannot say: which keys an aggregate takes. Paths, windows and conditions check themselves. */
function check(definition) {
    const { aggregate, of } = definition;
    if (of === undefined && NEEDS_VALUE.has(aggregate))
        refuse(definition, '/of', `${aggregate} needs the path of a value`);
    if (of !== undefined && TAKES_NO_VALUE.has(aggregate))
        refuse(definition, '/of', `${aggregate} takes no value`);
    if (definition.money && !TAKES_MONEY.has(aggregate))
        refuse(definition, '/money', `${aggregate} is not of amounts`);
    if (definition.limit !== undefined && !TAKES_LIMIT.has(aggregate))
        refuse(definition, '/limit', `${aggregate} has none`);
    if (definition.distinct !== undefined && aggregate !== 'list_last_n') {
        refuse(definition, '/distinct', 'belongs to list_last_n; distinct values are counted by the aggregate "distinct"');
    }
    if (definition.unit !== undefined && aggregate !== 'time_since')
        refuse(definition, '/unit', 'belongs to time_since');
    if (aggregate !== 'cart')
        return;
    for (const type of definition.on) {
        if (!isCartType(type))
            refuse(definition, '/on', `"${type}" says nothing about a cart`);
    }
}
function compileFeature(numbered, extractor, reportingCurrency) {
    const { number, definition, createdAt, origin } = numbered;
    return {
        number,
        name: definition.name,
        createdAt,
        origin,
        windowMs: compileSpan(definition.window).windowMs,
        operation: createOperation(definition, reportingCurrency),
        extractor,
        countsFacts: definition.aggregate !== 'cart',
    };
}
function earliest(features) {
    return features.reduce((least, feature) => Math.min(least, feature.origin ? 0 : feature.createdAt), Infinity);
}
function indexByType(groups, extractors) {
    const byType = new Map();
    for (const { extraction, on } of groups) {
        const extractor = extractors.get(extraction.number);
        assert(extractor !== undefined, 'every group has its extractor');
        for (const type of new Set(on)) {
            const list = byType.get(type);
            if (list === undefined)
                byType.set(type, [extractor]);
            else
                list.push(extractor);
        }
    }
    return byType;
}
/** Compiles the definitions in force. Throws `invalid_definition`, naming the feature and the place. */
export function compileFeatures(definitions, options) {
    if (definitions.length > limits.featuresMax) {
        throw new TesseraError('invalid_definition', `there are more than ${limits.featuresMax} features`);
    }
    if (decimalsOfCurrency(options.reportingCurrency) === undefined) {
        throw new TesseraError('unknown_currency', `the reporting currency ${options.reportingCurrency} is unknown`);
    }
    const groups = new Map();
    const features = [];
    for (const numbered of definitions.toSorted((a, b) => a.number - b.number)) {
        const { definition } = numbered;
        check(definition);
        const key = extractionKey(definition);
        const group = groups.get(key) ?? {
            extraction: compileExtraction(definition),
            on: definition.on,
            features: [],
        };
        groups.set(key, group);
        const feature = compileFeature(numbered, group.extraction.number, options.reportingCurrency);
        group.features.push(feature);
        features.push(feature);
    }
    const extractors = new Map();
    for (const { extraction, features: readers } of groups.values()) {
        extractors.set(extraction.number, { ...extraction, features: readers, since: earliest(readers) });
    }
    assert(extractors.size === groups.size, 'two extractors share a number');
    const byName = new Map(features.map((feature) => [feature.name, feature]));
    const byNumber = new Map(features.map((feature) => [feature.number, feature]));
    if (byName.size !== features.length)
        throw new TesseraError('invalid_definition', 'two features have one name');
    assert(byNumber.size === features.length, 'two features have one number');
    const byType = indexByType(groups.values(), extractors);
    return { reportingCurrency: options.reportingCurrency, features, byName, byNumber, extractors, byType };
}
//# sourceMappingURL=compile.js.map