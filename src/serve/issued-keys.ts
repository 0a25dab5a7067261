import { hash, timingSafeEqual } from 'node:crypto';
import type { AccessKeyEntry, KeptSecret } from '../model/access-key.ts';
import { isAccessSecret } from '../model/access-secret.ts';
import type { EpochMs } from '../model/time.ts';
import type { IssuedKeys, KeyMeter, Principal } from './authenticate.ts';
import { createKeyMeter } from './key-meter.ts';

export interface KnownKeysOptions {
  /** The digest of a key's text as the state has it. */
  readonly digestOf: (key: string) => string;
  readonly now: () => EpochMs;
  /** Milliseconds of a clock that never goes back. */
  readonly elapsed: () => number;
}

/** One secret that is good, and what it is good for. */
interface Known {
  readonly digest: Buffer;
  /** From then on it is not; 0: until somebody says so. */
  readonly until: EpochMs;
  readonly principal: Principal;
  readonly end: AbortController;
  /** Everything of the entry that the principal was made of. */
  readonly made: string;
}

/** How much of a digest finds its secret; the rest is compared without telling how far it fits. */
const FOUND_BY = 16;

/**
 * The keys that the engine has made, as this node knows them by now. Whoever looks a key up needs its digest, which
 * nobody can choose, so the table tells nothing by the time that it takes.
 */
export class KnownKeys implements IssuedKeys {
  readonly #options: KnownKeysOptions;
  #entries: readonly AccessKeyEntry[] = [];
  #known = new Map<string, Known>();
  /**
   * Those that were matched before, by a digest that costs a quarter of an HMAC; never more than there are keys. It lies in
   * memory alone, and goes at every change.
   */
  readonly #seen = new Map<string, Known>();
  /** By the id of the key: what it has saved up outlives a change of other terms, and is one for both of its secrets. */
  #meters = new Map<string, { readonly rates: string; readonly meter: KeyMeter | undefined }>();

  constructor(options: KnownKeysOptions) {
    this.#options = options;
  }

  /** Every key that is or was, as the state has it. */
  get entries(): readonly AccessKeyEntry[] {
    return this.#entries;
  }

  find(key: string): Principal | undefined {
    if (!isAccessSecret(key)) return undefined;
    const name = hash('sha256', key, 'hex');
    let known = this.#seen.get(name);
    if (known === undefined) {
      known = this.#match(key);
      if (known === undefined) return undefined;
      this.#seen.set(name, known);
    }
    return hasEnded(known, this.#options.now()) ? undefined : known.principal;
  }

  #match(key: string): Known | undefined {
    const digest = this.#options.digestOf(key);
    const known = this.#known.get(digest.slice(0, FOUND_BY));
    if (known === undefined || !timingSafeEqual(known.digest, Buffer.from(digest, 'hex'))) return undefined;
    return known;
  }

  /** Takes over what the state holds, and ends what is no longer good; to be told now and then, because keys expire. */
  use(entries: readonly AccessKeyEntry[]): void {
    if (entries !== this.#entries) this.#rebuild(entries);
    this.#entries = entries;
    const now = this.#options.now();
    for (const known of this.#known.values()) if (hasEnded(known, now)) known.end.abort();
  }

  #rebuild(entries: readonly AccessKeyEntry[]): void {
    const before = this.#known;
    const after = new Map<string, Known>();
    const live = entries.filter(({ revoked }) => revoked === undefined);
    this.#meters = new Map(live.map((entry) => [entry.id, this.#meterFor(entry)]));
    for (const entry of live) {
      for (const secret of entry.secrets) {
        const name = secret.digest.slice(0, FOUND_BY);
        const known = this.#knownFor(entry, secret, before.get(name));
        after.set(name, known);
        if (before.get(name) === known) before.delete(name);
      }
    }
    this.#known = after;
    this.#seen.clear();
    // What is gone, or good for something else by now.
    for (const { end } of before.values()) end.abort();
  }

  #meterFor(entry: AccessKeyEntry): { readonly rates: string; readonly meter: KeyMeter | undefined } {
    const rates = `${entry.requestsPerSecond}/${entry.eventsPerSecond}`;
    const before = this.#meters.get(entry.id);
    return before?.rates === rates ? before : { rates, meter: createKeyMeter(entry, this.#options.elapsed) };
  }

  #knownFor(entry: AccessKeyEntry, secret: KeptSecret, before: Known | undefined): Known {
    const { id, kind, name, origins } = entry;
    const scopes = kind === 'write' ? (['ingest'] as const) : entry.scopes;
    const meter = this.#meters.get(id);
    const until = earlier(secret.until, entry.expiresAt);
    const made = JSON.stringify([id, kind, name, origins, scopes, until, meter?.rates, secret.digest]);
    if (before?.made === made) return before;
    const end = new AbortController();
    const principal: Principal = {
      kind,
      name,
      scopes: new Set(scopes),
      origins: origins === 'any' ? origins : new Set(origins),
      ended: end.signal,
      ...(meter?.meter === undefined ? {} : { meter: meter.meter }),
    };
    return { digest: Buffer.from(secret.digest, 'hex'), until, principal, end, made };
  }
}

function hasEnded({ until }: Known, now: EpochMs): boolean {
  return until !== 0 && until <= now;
}

/** Of two moments of which 0 is never. */
function earlier(a: EpochMs, b: EpochMs): EpochMs {
  if (a === 0 || b === 0) return a + b;
  return Math.min(a, b);
}
