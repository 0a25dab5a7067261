import { TesseraError } from "../errors.js";
const FACET_COLUMNS = 10;
const FACT_COLUMNS = 4;
const REGISTER_COLUMNS = 4;
function sortedEntries(map) {
    return [...map].sort(([a], [b]) => (a < b ? -1 : 1));
}
function encodeAggregates(set, facet) {
    const encoded = [];
    for (const { number } of set.features) {
        const state = facet.aggregates.get(number);
        if (Array.isArray(state) && state.length > 0)
            encoded.push(number, state);
    }
    return encoded;
}
/** Values that no definition in force can count any more are dropped, so that caches and restarts agree. */
function isWanted(set, extractor, fact) {
    const found = set.extractors.get(extractor);
    return found !== undefined && found.since <= fact.since;
}
function usedExtractors(set, facet) {
    const used = new Set();
    for (const fact of facet.orders.values()) {
        for (const number of fact.values.keys())
            if (isWanted(set, number, fact))
                used.add(number);
    }
    return [...used].sort((a, b) => a - b);
}
function encodeFact(set, fact, extractors) {
    const values = [];
    extractors.forEach((number, index) => {
        if (fact.values.has(number) && isWanted(set, number, fact))
            values.push(index, fact.values.get(number));
    });
    return [fact.key, fact.time, fact.tie, fact.since, ...values];
}
function encodeRegisters(registers) {
    return sortedEntries(registers).flatMap(([name, { value, time, tie }]) => [name, [value], time, tie]);
}
export function encodeFacet(set, facet) {
    const extractors = usedExtractors(set, facet);
    const encoded = [
        facet.id,
        facet.events,
        facet.first,
        facet.last,
        facet.dedupDays.toSorted((a, b) => a - b),
        encodeAggregates(set, facet),
        extractors,
        sortedEntries(facet.orders).map(([, fact]) => encodeFact(set, fact, extractors)),
        encodeRegisters(facet.traits),
        encodeRegisters(facet.consents),
    ];
    return encoded;
}
function malformed(what) {
    throw new TesseraError('data_format', `a stored facet is malformed: ${what}`);
}
function numberAt(row, index) {
    const value = row[index];
    return typeof value === 'number' ? value : malformed('a number is missing');
}
function textAt(row, index) {
    const value = row[index];
    return typeof value === 'string' ? value : malformed('a text is missing');
}
function listAt(row, index) {
    const value = row[index];
    return Array.isArray(value) ? value : malformed('a list is missing');
}
function decodeAggregates(set, encoded) {
    const aggregates = new Map();
    for (let index = 0; index < encoded.length; index += 2) {
        const number = numberAt(encoded, index);
        if (set.byNumber.has(number))
            aggregates.set(number, listAt(encoded, index + 1));
    }
    return aggregates;
}
function decodeFact(set, row, extractors) {
    if (!Array.isArray(row))
        malformed('an order fact is not a list');
    const values = new Map();
    for (let index = FACT_COLUMNS; index < row.length; index += 2) {
        const number = numberAt(extractors, numberAt(row, index));
        const [currency, ...rest] = listAt(row, index + 1);
        if (typeof currency !== 'string')
            malformed('a fact has no currency');
        // encodeFact wrote scalars after the currency; the checksum of the entry guards against anything else.
        if (set.extractors.has(number))
            values.set(number, [currency, ...rest]);
    }
    return {
        key: textAt(row, 0),
        time: numberAt(row, 1),
        tie: textAt(row, 2),
        since: numberAt(row, 3),
        values,
    };
}
function decodeRegisters(encoded) {
    const registers = new Map();
    for (let index = 0; index < encoded.length; index += REGISTER_COLUMNS) {
        // The value went in as JSON, wrapped in a list; see encodeRegisters.
        const [value = null] = listAt(encoded, index + 1);
        registers.set(textAt(encoded, index), {
            value,
            time: numberAt(encoded, index + 2),
            tie: textAt(encoded, index + 3),
        });
    }
    return registers;
}
/** The facet that `encodeFacet` wrote; throws `data_format` for anything else. The data becomes the facet's own. */
export function decodeFacet(set, data) {
    if (!Array.isArray(data) || data.length !== FACET_COLUMNS)
        malformed('it is not a list of its columns');
    const extractors = listAt(data, 6);
    const facts = listAt(data, 7).map((row) => decodeFact(set, row, extractors));
    return {
        id: textAt(data, 0),
        events: numberAt(data, 1),
        first: numberAt(data, 2),
        last: numberAt(data, 3),
        dedupDays: listAt(data, 4).map((_, index, days) => numberAt(days, index)),
        aggregates: decodeAggregates(set, listAt(data, 5)),
        orders: new Map(facts.map((fact) => [fact.key, fact])),
        traits: decodeRegisters(listAt(data, 8)),
        consents: decodeRegisters(listAt(data, 9)),
    };
}
//# sourceMappingURL=encode.js.map