import { TesseraError } from "./errors.js";
import { limits } from "./limits.js";
/**
 * Where requests that wait for their events find out what became of them. The runner may be faster than the
 * request that has just learnt its positions, so outcomes stay on the board from the moment a request
 * announces itself (before it appends) until it has asked. Nobody announced: nothing is kept.
 */
export class OutcomeBoard {
    #recent = new Map();
    #announced = 0;
    #waiting = new Map();
    get waiting() {
        return this.#waiting.size;
    }
    /** Called after each commit, with outcomes in log order. */
    post(outcomes) {
        for (const applied of outcomes) {
            const { seq, index } = applied.position;
            if (this.#waiting.size > 0) {
                const key = `${seq}.${index}`;
                const resolve = this.#waiting.get(key);
                if (resolve !== undefined) {
                    this.#waiting.delete(key);
                    resolve(applied.outcome);
                    continue;
                }
            }
            if (this.#announced === 0)
                continue;
            const message = this.#recent.get(seq);
            if (message === undefined)
                this.#recent.set(seq, new Map([[index, applied.outcome]]));
            else
                message.set(index, applied.outcome);
        }
        for (const seq of this.#recent.keys()) {
            if (this.#recent.size <= limits.outcomeMessagesKept)
                break;
            this.#recent.delete(seq);
        }
    }
    /** Announces a request that will wait; it must be withdrawn, come what may. */
    announce() {
        this.#announced++;
        return () => {
            this.#announced--;
            if (this.#announced === 0)
                this.#recent.clear();
        };
    }
    /** Resolves in the order of the positions; fails with `wait_timeout` or `too_many_requests`. */
    async outcomesOf(positions) {
        if (this.#waiting.size + positions.length > limits.waitersMax)
            throw new TesseraError('too_many_requests');
        const keys = [];
        const pending = positions.map((position) => {
            const posted = this.#recent.get(position.seq)?.get(position.index);
            if (posted !== undefined)
                return posted;
            const key = `${position.seq}.${position.index}`;
            keys.push(key);
            return new Promise((resolve) => this.#waiting.set(key, resolve));
        });
        return await this.#within(Promise.all(pending), keys);
    }
    async #within(outcomes, keys) {
        let timer;
        const timeout = new Promise((_, reject) => {
            timer = setTimeout(() => reject(new TesseraError('wait_timeout')), limits.waitAppliedMs);
        });
        try {
            return await Promise.race([outcomes, timeout]);
        }
        finally {
            clearTimeout(timer);
            for (const key of keys)
                this.#waiting.delete(key);
        }
    }
}
//# sourceMappingURL=outcome-board.js.map