import { pino } from 'pino';
import { TesseraError } from "../errors.js";
/**
 * JSON lines without personal data. Errors are reduced to their codes and the places they passed through:
 * messages of libraries quote their input, and input is what people sent.
 */
export function createLogger(level, destination) {
    const options = {
        level,
        base: null,
        timestamp: pino.stdTimeFunctions.isoTime,
        formatters: { level: (label) => ({ level: label }) },
        serializers: { err: describeError },
    };
    return destination === undefined ? pino(options) : pino(options, destination);
}
const FRAMES_MAX = 5;
const CAUSES_MAX = 4;
export function describeError(error, depth = 0) {
    if (!(error instanceof Error))
        return { name: typeof error, at: [] };
    const code = error instanceof TesseraError ? error.code : Reflect.get(error, 'code');
    return {
        name: error.constructor.name,
        ...(typeof code === 'string' ? { code } : {}),
        at: frames(error),
        ...(error.cause === undefined || depth >= CAUSES_MAX
            ? {}
            : { cause: describeError(error.cause, depth + 1) }),
    };
}
/** Function, file and line of the innermost calls. The message comes first in a stack and is cut off. */
function frames({ stack = '', message }) {
    const found = [];
    const calls = stack.slice(stack.indexOf(message) + message.length);
    for (const line of calls.split('\n')) {
        const match = /^ {4}at (?:(.{1,100}?) \()?(?:.*[\\/])?([^\\/]+:\d+):\d+\)?$/.exec(line);
        if (match !== null)
            found.push(match[1] === undefined ? `${match[2]}` : `${match[1]} ${match[2]}`);
        if (found.length === FRAMES_MAX)
            break;
    }
    return found;
}
//# sourceMappingURL=logger.js.map