import { TesseraError } from "../../errors.js";
export function createTurnstile(atOnce, waitingMax) {
    const waiting = [];
    let running = 0;
    const leave = () => {
        const next = waiting.shift();
        if (next === undefined)
            running -= 1;
        else
            next();
    };
    return async (task) => {
        if (running >= atOnce) {
            if (waiting.length >= waitingMax)
                throw new TesseraError('too_many_requests');
            await new Promise((resolve) => waiting.push(resolve));
        }
        else {
            running += 1;
        }
        try {
            return await task();
        }
        finally {
            leave();
        }
    };
}
//# sourceMappingURL=turnstile.js.map