/**
 * A write key stands in every page, so whoever likes may send megabytes with it that are read, guarded and refused, again and
 * again. Somebody whose bodies are refused runs into debt with what they have cost, and as long as it is more than is forgiven,
 * large bodies of that key are refused before they are read. Small ones are always taken: so pages, whose key it is as well,
 * go on. Secret keys are not in pages, and what their systems send by mistake is for quarantine.
 */
import { TesseraError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Principal } from './authenticate.ts';

/** Whoever says only inside of a body who they are: until it is read, they are all the same. */
const UNNAMED = '';
const DEBTS_MAX = 2 * (limits.accessKeysMax + limits.issuedKeysMax);

export class RefusedBodies {
  readonly #elapsed: () => number;
  readonly #debts = new Map<string, Debt>();

  /** `elapsed` in milliseconds of a clock that never goes back. */
  constructor(elapsed: () => number = () => performance.now()) {
    this.#elapsed = elapsed;
  }

  /** Before a body is read; without a length it may become large. Fails with `rate_limited`. */
  admit(sender: Principal | undefined, declaredBytes: number | undefined): void {
    if (declaredBytes !== undefined && declaredBytes <= limits.bodyUncountedBytes) return;
    const debt = this.#debts.get(nameOf(sender));
    if (debt === undefined || sender?.kind === 'secret') return;
    const over = this.#bytesOf(debt) - limits.refusedBytesForgiven;
    if (over <= 0) return;
    throw new TesseraError('rate_limited', 'Too much of what this key has sent was refused.', {
      retryAfterMs: Math.ceil((over / limits.refusedBytesPerSecond) * 1000),
    });
  }

  /** So many bytes were read for nothing. */
  charge(sender: Principal | undefined, bytes: number): void {
    if (bytes <= 0 || sender?.kind === 'secret') return;
    const name = nameOf(sender);
    const debt = this.#debts.get(name);
    const before = debt === undefined ? 0 : this.#bytesOf(debt);
    // Keys that are gone leave theirs behind: in the end all begin anew.
    if (debt === undefined && this.#debts.size >= DEBTS_MAX) this.#debts.clear();
    // No debt is without end.
    const most = limits.refusedBytesForgiven + limits.inflatedBytesMax;
    this.#debts.set(name, { bytes: Math.min(most, before + bytes), at: this.#elapsed() });
  }

  #bytesOf({ bytes, at }: Debt): number {
    return Math.max(0, bytes - ((this.#elapsed() - at) / 1000) * limits.refusedBytesPerSecond);
  }
}

interface Debt {
  readonly bytes: number;
  readonly at: number;
}

function nameOf(sender: Principal | undefined): string {
  return sender?.name ?? UNNAMED;
}
