import { TesseraError } from '../../errors.ts';
import type { AuditPage, AuditStore } from '../../ports/audit.ts';

export interface MemoryAuditStore extends AuditStore {
  /** How the next writes fail: before anything is kept, or after it is; until it is told otherwise. */
  fail(how: 'before' | 'after' | undefined): void;
  /** What is kept, to be tampered with. */
  readonly kept: Map<string, { pages: AuditPage[]; head: Uint8Array | undefined }>;
}

export function createMemoryAuditStore(): MemoryAuditStore {
  const kept: MemoryAuditStore['kept'] = new Map();
  let failing: 'before' | 'after' | undefined;
  const check = (how: 'before' | 'after'): void => {
    if (failing === how) throw new TesseraError('audit_unavailable', 'the audit store was told to fail');
  };
  return {
    kept,
    fail: (how) => {
      failing = how;
    },
    append: async (chain, page, head) => {
      check('before');
      const before = kept.get(chain)?.pages ?? [];
      const pages = [...before, { n: page.n, bytes: new Uint8Array(page.bytes) }];
      kept.set(chain, { pages, head: new Uint8Array(head) });
      check('after');
    },
    pages: (chain, after, max) => (kept.get(chain)?.pages ?? []).filter(({ n }) => n > after).slice(0, max),
    head: (chain) => kept.get(chain)?.head,
    chains: () => [...kept.keys()].sort(),
  };
}
