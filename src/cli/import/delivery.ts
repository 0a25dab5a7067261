import { limits } from '../../limits.ts';
import type { Batch } from './batcher.ts';
import type { Delivered, EngineClient } from './engine-client.ts';

export interface DeliveryOptions {
  readonly client: EngineClient;
  /** Called for each batch in the order of submission, once it and all before it are acknowledged. */
  readonly onSettled: (batch: Batch, delivered: Delivered | undefined) => void;
}

interface Slot {
  readonly batch: Batch;
  settled: boolean;
  delivered: Delivered | undefined;
}

/**
 * Several requests at once, settled in order. What may be forgotten after a crash is only ever a prefix, so
 * the window holds every batch from the first unacknowledged one on, and a full window is the back-pressure.
 */
export class Delivery {
  readonly #options: DeliveryOptions;
  readonly #window: Slot[] = [];
  #failure: { readonly error: unknown } | undefined;
  #wake: (() => void) | undefined;

  constructor(options: DeliveryOptions) {
    this.#options = options;
  }

  /** Resolves when the batch is under way. Fails with what made any batch fail. */
  async submit(batch: Batch, wait: boolean): Promise<void> {
    while (this.#window.length >= limits.importRequestsInFlight && this.#failure === undefined)
      await this.#change();
    if (this.#failure !== undefined) throw this.#failure.error;
    const slot: Slot = { batch, settled: batch.lines.length === 0, delivered: undefined };
    this.#window.push(slot);
    if (slot.settled) this.#advance();
    else void this.#send(slot, wait);
  }

  /** Resolves when everything submitted is settled. */
  async drain(): Promise<void> {
    while (this.#window.length > 0 && this.#failure === undefined) await this.#change();
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  async #send(slot: Slot, wait: boolean): Promise<void> {
    try {
      slot.delivered = await this.#options.client.send(
        Buffer.from(slot.batch.body),
        slot.batch.lines.length,
        wait,
      );
      slot.settled = true;
      this.#advance();
    } catch (error) {
      // Translated into the failure of the next submit or drain, which the caller is waiting for.
      this.#failure ??= { error };
      this.#wake?.();
    }
  }

  #advance(): void {
    while (this.#window[0]?.settled === true) {
      const { batch, delivered } = this.#window.shift()!;
      this.#options.onSettled(batch, delivered);
    }
    this.#wake?.();
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}
