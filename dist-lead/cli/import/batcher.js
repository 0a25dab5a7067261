import { limits } from "../../limits.js";
/**
 * Cuts the stream of events into batches. The newest batch is held back until the next one is there, so that
 * `finish` can give out the last one by itself: it is sent alone, and waits until it is applied.
 */
export class Batcher {
    #options;
    #body = '';
    #lines = [];
    #groups = [];
    #rejects = [];
    #position;
    #held;
    constructor(options) {
        this.#options = options;
        this.#position = { ...options.from };
    }
    get full() {
        return (this.#lines.length >= limits.importBatchEvents ||
            this.#rejects.length >= limits.importBatchEvents ||
            this.#body.length >= limits.bodyBytesMax / 4);
    }
    get done() {
        return this.#position.units >= this.#options.unitsMax;
    }
    event(json, line, group) {
        this.#body += `${json}\n`;
        this.#lines.push(line);
        if (group !== undefined)
            this.#groups.push(group);
    }
    reject(reject) {
        this.#rejects.push(reject);
    }
    mark(offset, line) {
        this.#position.units += 1;
        this.#position.offset = offset;
        this.#position.line = line;
    }
    async flush() {
        const batch = this.#cut();
        const held = this.#held;
        if (held !== undefined &&
            batch.lines.length === 0 &&
            held.rejects.length < limits.importRejectsQueuedMax) {
            this.#held = { ...held, rejects: held.rejects.concat(batch.rejects), position: batch.position };
            return;
        }
        this.#held = batch;
        if (held !== undefined)
            await this.#options.deliver(held);
    }
    /** The last batch, which was not delivered; it may be without events. */
    async finish() {
        await this.flush();
        return this.#held ?? this.#cut();
    }
    #cut() {
        const batch = {
            body: this.#body,
            lines: this.#lines,
            groups: this.#groups,
            rejects: this.#rejects,
            position: { ...this.#position },
        };
        this.#body = '';
        this.#lines = [];
        this.#groups = [];
        this.#rejects = [];
        return batch;
    }
}
//# sourceMappingURL=batcher.js.map