import { TesseraError } from "../errors.js";
export function integerParameter(options) {
    const { description, minimum, maximum, fallback } = options;
    return {
        schema: { type: 'integer', description, minimum, maximum, default: fallback },
        read(text, name) {
            if (text === undefined)
                return fallback;
            const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
            if (value >= minimum && value <= maximum)
                return value;
            throw invalidParameter(name, `must be an integer from ${minimum} to ${maximum}`);
        },
    };
}
export function textParameter(options) {
    const { description, charactersMax, pattern, example } = options;
    const schema = {
        type: 'string',
        description,
        maxLength: charactersMax,
        ...(pattern === undefined ? {} : { pattern: pattern.source }),
        ...(example === undefined ? {} : { examples: [example] }),
    };
    return {
        schema,
        read(text, name) {
            if (text === undefined || text === '')
                return undefined;
            if (text.length > charactersMax)
                throw invalidParameter(name, `must have at most ${charactersMax} characters`);
            if (pattern !== undefined && !pattern.test(text))
                throw invalidParameter(name, `must match ${pattern.source}`);
            return text;
        },
    };
}
export function invalidParameter(name, problem) {
    return new TesseraError('invalid_parameter', `The parameter ${name} ${problem}.`, { path: name });
}
/** A key may always stand in the query, for clients that cannot set headers (EventSource, beacons). */
const KEY_PARAMETER = 'writeKey';
/**
 * Reads the query against its description. An unknown parameter is refused rather than ignored: a typing
 * error in `limit`, or `at` on an engine that does not know it yet, must not answer something else quietly.
 */
export function readParameters(parameters, query) {
    const given = typeof query === 'object' && query !== null ? query : {};
    for (const name of Object.keys(given)) {
        if (name !== KEY_PARAMETER && !Object.hasOwn(parameters, name)) {
            throw invalidParameter(printable(name), 'is not known here');
        }
    }
    const values = {};
    for (const [name, parameter] of Object.entries(parameters)) {
        const text = Reflect.get(given, name);
        if (text !== undefined && typeof text !== 'string')
            throw invalidParameter(name, 'is given more than once');
        values[name] = parameter.read(text, name);
    }
    // Each value was made by the reader of its own parameter, which is what the mapped type says.
    return values;
}
function printable(name) {
    return name.replace(/[^\w.-]/g, '?').slice(0, 64);
}
/** The parameters as the JSON Schema that the OpenAPI document lists them from. */
export function parametersSchema(parameters) {
    const properties = {};
    for (const [name, parameter] of Object.entries(parameters))
        properties[name] = parameter.schema;
    return { type: 'object', properties };
}
//# sourceMappingURL=parameters.js.map