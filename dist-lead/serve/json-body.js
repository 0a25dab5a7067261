import { TesseraError } from "../errors.js";
import { isJsonObject } from "../model/json.js";
/** The body of an operator's request: one JSON object. Events take the guarded way of ingest instead. */
export function readJsonObject(bytes) {
    let value;
    try {
        value = JSON.parse(bytes.toString('utf8'));
    }
    catch (error) {
        throw new TesseraError('unreadable_body', undefined, { cause: error });
    }
    if (!isJsonObject(value))
        throw new TesseraError('unreadable_body', 'The body must be a JSON object.');
    return value;
}
//# sourceMappingURL=json-body.js.map