import { TesseraError } from "../../errors.js";
import { isJsonObject } from "../../model/json.js";
/** Reads the answer to a batch of `sent` events. Fails with `import_failed` when its numbers do not add up. */
export function readAnswer(text, sent) {
    const body = parseBody(text);
    const refusals = listOf(body.rejected).map(readRefusal);
    if (body.results === undefined) {
        if (body.accepted !== sent - refusals.length)
            throw mismatch(sent, `${body.accepted} accepted`, refusals.length);
        return { refusals, outcomes: undefined };
    }
    const results = listOf(body.results);
    return { refusals: withResults(refusals, results), outcomes: countOutcomes(results, refusals, sent) };
}
/** The stable code and the text of a problem document; of anything else, its beginning. */
export function readProblem(text) {
    try {
        const value = JSON.parse(text);
        if (isJsonObject(value))
            return { code: textOf(value.code), detail: textOf(value.detail) ?? textOf(value.title) ?? '' };
    }
    catch (error) {
        if (!(error instanceof SyntaxError))
            throw error;
    }
    return { code: undefined, detail: text.slice(0, 200) };
}
/** An event that was quarantined before the log may be in both lists; it counts once. */
function countOutcomes(results, refusals, sent) {
    const outcomes = { applied: 0, duplicate: 0, quarantined: 0, refused: 0 };
    const ids = new Set(refusals.map((refusal) => refusal.id));
    let repeated = 0;
    for (const result of results) {
        const status = textOf(result.status);
        if (status === 'quarantined' && ids.has(textOf(result.id)))
            repeated += 1;
        else if (status === 'applied' ||
            status === 'duplicate' ||
            status === 'quarantined' ||
            status === 'refused') {
            outcomes[status] += 1;
        }
        else
            throw new TesseraError('import_failed', `The engine answered with the unknown status ${status}.`);
    }
    if (results.length - repeated + refusals.length !== sent)
        throw mismatch(sent, `${results.length} results`, refusals.length);
    outcomes.quarantined += refusals.length;
    return outcomes;
}
function withResults(refusals, results) {
    const known = new Set(refusals.map((refusal) => refusal.id));
    const late = results.filter((result) => (result.status === 'quarantined' || result.status === 'refused') && !known.has(textOf(result.id)));
    return late.length === 0 ? refusals : refusals.concat(late.map(readRefusal));
}
function readRefusal(item) {
    return {
        index: typeof item.index === 'number' ? item.index : undefined,
        id: textOf(item.id),
        code: textOf(item.code) ?? textOf(item.status) ?? 'unknown',
        message: textOf(item.message) ?? '',
        path: textOf(item.path),
        quarantineId: textOf(item.quarantine_id),
    };
}
function parseBody(text) {
    try {
        const value = JSON.parse(text);
        if (isJsonObject(value))
            return value;
    }
    catch (cause) {
        throw new TesseraError('import_failed', 'The engine took the events but its answer is not JSON.', {
            cause,
        });
    }
    throw new TesseraError('import_failed', 'The engine took the events but its answer is not an object.');
}
function listOf(value) {
    return Array.isArray(value) ? value.filter(isJsonObject) : [];
}
function textOf(value) {
    return typeof value === 'string' ? value : undefined;
}
function mismatch(sent, what, refused) {
    return new TesseraError('import_failed', `Of ${sent} events the engine answered for ${what} and ${refused} rejected.`);
}
//# sourceMappingURL=answer.js.map