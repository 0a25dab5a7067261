import { TesseraError } from '../errors.ts';

export interface RepeatedLookOptions {
  readonly everyMs: number;
  /** One look; may fail with `stopping` once the signal is aborted, which is no error. */
  readonly look: () => Promise<unknown>;
  readonly onError: (error: unknown) => void;
}

/** Background work that looks again and again whether there is something to do: one look at a time, until it is stopped. */
export class RepeatedLook {
  readonly #options: RepeatedLookOptions;
  readonly #aborting = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;
  /** Asked for while somebody was looking. */
  #again = false;

  constructor(options: RepeatedLookOptions) {
    this.#options = options;
  }

  /** Aborted once it is stopped. */
  get signal(): AbortSignal {
    return this.#aborting.signal;
  }

  start(): void {
    this.#timer ??= setInterval(() => this.#look(), this.#options.everyMs).unref();
  }

  /** Looks soon rather than in turn, once however often it is asked; nothing before the start and after the stop. */
  poke(): void {
    if (this.#timer === undefined) return;
    if (this.#looking === undefined) this.#look();
    else this.#again = true;
  }

  /** Resolves when the look under way has ended. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#aborting.abort();
    await this.#looking;
  }

  #look(): void {
    const { look, onError } = this.#options;
    this.#looking ??= look()
      .then(
        () => undefined,
        (error: unknown) => {
          if (!(error instanceof TesseraError && error.code === 'stopping')) onError(error);
        },
      )
      .finally(() => {
        this.#looking = undefined;
        if (!this.#again) return;
        this.#again = false;
        this.poke();
      });
  }
}
