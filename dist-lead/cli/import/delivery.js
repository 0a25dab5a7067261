import { limits } from "../../limits.js";
/**
 * Several requests at once, settled in order. What may be forgotten after a crash is only ever a prefix, so
 * the window holds every batch from the first unacknowledged one on, and a full window is the back-pressure.
 */
export class Delivery {
    #options;
    #window = [];
    #failure;
    #wake;
    constructor(options) {
        this.#options = options;
    }
    /** Resolves when the batch is under way. Fails with what made any batch fail. */
    async submit(batch, wait) {
        while (this.#window.length >= limits.importRequestsInFlight && this.#failure === undefined)
            await this.#change();
        if (this.#failure !== undefined)
            throw this.#failure.error;
        const slot = { batch, settled: batch.lines.length === 0, delivered: undefined };
        this.#window.push(slot);
        if (slot.settled)
            this.#advance();
        else
            void this.#send(slot, wait);
    }
    /** Resolves when everything submitted is settled. */
    async drain() {
        while (this.#window.length > 0 && this.#failure === undefined)
            await this.#change();
        if (this.#failure !== undefined)
            throw this.#failure.error;
    }
    async #send(slot, wait) {
        try {
            slot.delivered = await this.#options.client.send(Buffer.from(slot.batch.body), slot.batch.lines.length, wait);
            slot.settled = true;
            this.#advance();
        }
        catch (error) {
            // Translated into the failure of the next submit or drain, which the caller is waiting for.
            this.#failure ??= { error };
            this.#wake?.();
        }
    }
    #advance() {
        while (this.#window[0]?.settled === true) {
            const { batch, delivered } = this.#window.shift();
            this.#options.onSettled(batch, delivered);
        }
        this.#wake?.();
    }
    #change() {
        return new Promise((resolve) => {
            this.#wake = resolve;
        });
    }
}
//# sourceMappingURL=delivery.js.map