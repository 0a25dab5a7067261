import { setImmediate as nextTurn } from 'node:timers/promises';
import { limits } from '../../limits.ts';
import type { AuditHead } from '../../model/audit.ts';
import type { AuditStore } from '../../ports/audit.ts';
import {
  type ChainEnd,
  type ChainKey,
  chainStart,
  follows,
  formatHead,
  parseHead,
  type ReadLine,
  readHead,
  readLines,
} from './chain.ts';

/** What is wrong with a chain, and at which entry. */
export interface AuditFinding {
  readonly chain: string;
  readonly n: number;
  /**
   * `changed`: the entry is not what was written. `missing`: entries are gone, or in another place. `truncated`: a head
   * names an entry that is not there. `head_changed`, `head_missing`: of the head itself.
   */
  readonly kind: 'changed' | 'missing' | 'truncated' | 'head_changed' | 'head_missing';
}

export interface VerifiedChain {
  readonly chain: string;
  readonly entries: number;
  /** Of the last entry: `chain:n:mac`. */
  readonly head: string;
}

export interface AuditVerification {
  readonly ok: boolean;
  readonly entries: number;
  readonly chains: readonly VerifiedChain[];
  /** The first of them, bounded. */
  readonly findings: readonly AuditFinding[];
}

export interface VerifyOptions {
  readonly store: AuditStore;
  readonly key: ChainKey;
  /** Heads that were kept elsewhere. Who changed everything here, key in hand, could not change those. */
  readonly heads?: readonly Pick<AuditHead, 'chain' | 'n' | 'mac'>[];
}

type Claims = Map<string, Map<number, string>>;

/**
 * Recomputes every chain from its first entry. Any byte that was changed, any entry that was removed, moved or added
 * without the key is found; so is a missing end, by the head beside the chain, by heads that other chains have noted when they began,
 * and by those that are handed in.
 */
export async function verifyChains(options: VerifyOptions): Promise<AuditVerification> {
  const { store, heads = [] } = options;
  const names = await store.chains();
  const claims: Claims = new Map();
  for (const { chain, n, mac } of heads) claim(claims, { chain, n, mac });
  // What one chain has noted of the others. One alone has nobody to tell of.
  if (names.length > 1) for (const name of names) await collectClaims(options, name, claims);
  const findings: AuditFinding[] = [];
  const chains: VerifiedChain[] = [];
  for (const name of new Set([...names, ...claims.keys()])) {
    const check = new ChainCheck(options.key, name, claims.get(name) ?? new Map<number, string>());
    for await (const line of linesOf(options, name)) check.line(line);
    check.head(await store.head(name));
    check.close();
    findings.push(...check.findings);
    chains.push({ chain: name, entries: check.entries, head: formatHead({ chain: name, ...check.end }) });
  }
  return {
    ok: findings.length === 0,
    entries: chains.reduce((sum, { entries }) => sum + entries, 0),
    chains,
    findings: findings.slice(0, limits.auditFindingsMax),
  };
}

function claim(claims: Claims, { chain, n, mac }: Pick<AuditHead, 'chain' | 'n' | 'mac'>): void {
  const of = claims.get(chain) ?? new Map<number, string>();
  of.set(n, mac);
  claims.set(chain, of);
}

/** Lines with the number that their page gives them. */
async function* linesOf(
  { store }: VerifyOptions,
  chain: string,
): AsyncGenerator<{ readonly n: number; readonly line: ReadLine }> {
  for (let after = 0; ; ) {
    const pages = await store.pages(chain, after, limits.auditReadPages);
    const last = pages.at(-1);
    if (last === undefined) return;
    for (const page of pages) {
      let { n } = page;
      for (const line of readLines(page.bytes)) yield { n: n++, line };
    }
    after = last.n;
    await nextTurn();
  }
}

async function collectClaims(options: VerifyOptions, chain: string, claims: Claims): Promise<void> {
  for await (const { line } of linesOf(options, chain)) {
    if (line.entry?.action !== 'chain_opened') continue;
    for (const text of line.entry.fields ?? []) {
      const head = parseHead(text);
      if (head !== undefined) claim(claims, head);
    }
  }
}

class ChainCheck {
  readonly findings: AuditFinding[] = [];
  entries = 0;
  end: ChainEnd;
  readonly #key: ChainKey;
  readonly #chain: string;
  readonly #claims: Map<number, string>;

  constructor(key: ChainKey, chain: string, claims: Map<number, string>) {
    this.#key = key;
    this.#chain = chain;
    this.#claims = claims;
    this.end = chainStart(key, chain);
  }

  line({ n, line }: { readonly n: number; readonly line: ReadLine }): void {
    this.entries += 1;
    const expected = this.end.n + 1;
    if (n !== expected) this.#find(expected, 'missing');
    const right = line.entry?.chain === this.#chain && follows(this.#key, this.end, line);
    if (n === expected && !right) this.#find(n, 'changed');
    // Goes on from what stands there, so that each place is named once.
    this.end = { n, mac: line.mac };
    if (this.#claims.get(n) === line.mac) this.#claims.delete(n);
  }

  head(bytes: Uint8Array | undefined): void {
    if (bytes === undefined) {
      if (this.entries > 0) this.#find(this.end.n, 'head_missing');
      return;
    }
    const head = readHead(this.#key, bytes);
    if (head?.chain !== this.#chain) this.#find(this.end.n, 'head_changed');
    else if (head.n > this.end.n) this.#find(head.n, 'truncated');
    else if (head.n === this.end.n && head.mac !== this.end.mac) this.#find(head.n, 'changed');
  }

  /** Whatever a head has named must have been there. */
  close(): void {
    for (const n of this.#claims.keys()) this.#find(n, n > this.end.n ? 'truncated' : 'changed');
  }

  #find(n: number, kind: AuditFinding['kind']): void {
    if (this.findings.length < limits.auditFindingsMax) this.findings.push({ chain: this.#chain, n, kind });
  }
}
