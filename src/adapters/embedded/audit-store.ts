import type { Database } from 'lmdb';
import { TesseraError } from '../../errors.ts';
import type { AuditPage, AuditStore } from '../../ports/audit.ts';
import type { Environment } from './environment.ts';

type PageKey = [chain: string, n: number];

/**
 * Audit chains on LMDB, in the environment of the log: a page and the head after it are one transaction. Heads lie in a
 * database of their own.
 */
export function openAuditStore(environment: Environment): AuditStore {
  const pages: Database<Buffer, PageKey> = environment.database<PageKey>('audit');
  const heads: Database<Buffer, string> = environment.database<string>('audit-heads');
  return {
    async append(chain, page, head) {
      try {
        await environment.write(() => {
          void pages.put([chain, page.n], Buffer.from(page.bytes));
          void heads.put(chain, Buffer.from(head));
        });
      } catch (cause) {
        throw new TesseraError('audit_unavailable', undefined, { cause });
      }
    },
    pages(chain, after, max) {
      const range = {
        start: [chain, after + 1] as PageKey,
        end: [chain, Number.MAX_SAFE_INTEGER] as PageKey,
      };
      const found: AuditPage[] = [];
      for (const { key, value } of pages.getRange({ ...range, limit: max })) {
        found.push({ n: key[1], bytes: value });
      }
      return found;
    },
    head: (chain) => heads.get(chain),
    chains() {
      const names = new Set<string>(heads.getKeys());
      let [key] = pages.getKeys({ limit: 1 });
      while (key !== undefined) {
        names.add(key[0]);
        // The first page of the next chain.
        [key] = pages.getKeys({ start: [key[0], Number.MAX_SAFE_INTEGER], limit: 1 });
      }
      return [...names].sort();
    },
  };
}
