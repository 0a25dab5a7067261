import { quoted } from '../analytics/sql-pieces.ts';
import { AuditLog } from '../background/audit/audit-log.ts';
import { TesseraError } from '../errors.ts';
import type { JsonObject } from '../model/json.ts';
import { isJsonObject } from '../model/json.ts';
import type { History } from '../ports/history.ts';
import type { AuditRequest, AuditService } from '../serve/audit-service.ts';
import type { HistoryPage } from '../serve/services.ts';

export interface AuditDeskOptions {
  readonly audit: AuditLog;
  readonly history: History;
}

/** Searches the copy in history, which is brought up to date first; the chains are checked where they lie. */
export function createAuditDesk({ audit, history }: AuditDeskOptions): AuditService {
  return {
    head: () => audit.head,
    async verify(texts) {
      const heads = texts.map((text, i) => {
        const head = AuditLog.parseHead(text);
        if (head !== undefined) return head;
        throw new TesseraError('invalid_parameter', `Head ${i + 1} is none: chain:number:authenticator.`, {
          path: 'head',
        });
      });
      const { ok, entries, chains, findings } = await audit.verify(heads);
      return {
        ok,
        entries,
        chains: chains.map((chain) => ({ ...chain })),
        findings: findings.map((finding) => ({ ...finding })),
      };
    },
    async list(request) {
      await audit.bringToHistory();
      const text = await history.query(selectEntries(request), 'JSONEachRow');
      const rows = text.split('\n').filter((line) => line !== '');
      return pageOf(rows.map(readRow), request.limit);
    },
  };
}

function selectEntries({ action, author, subject, since, until, limit, before }: AuditRequest): string {
  const conditions = [
    ...(action === undefined ? [] : [`action = ${quoted(action)}`]),
    ...(author === undefined ? [] : [`author = ${quoted(author)}`]),
    ...(subject === undefined ? [] : [`has(subjects, ${quoted(subject)})`]),
    ...(since === undefined ? [] : [`at >= fromUnixTimestamp64Milli(toInt64(${since}))`]),
    ...(until === undefined ? [] : [`at < fromUnixTimestamp64Milli(toInt64(${until}))`]),
    ...(before === undefined ? [] : [`(at, chain, n) < ${cursorTuple(before)}`]),
  ];
  const where = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
  const columns = 'chain, n, action, author, subjects, fields, target, via, count, detail';
  // Times as numbers: their text would depend on settings of the server.
  return (
    `SELECT toString(toUnixTimestamp64Milli(at)) AS at_ms, ${columns} FROM audit${where}` +
    ` ORDER BY audit.at DESC, chain DESC, n DESC LIMIT ${limit + 1}`
  );
}

function cursorTuple(before: string): string {
  const [at = '', n = '', ...chain] = before.split('-');
  return `(fromUnixTimestamp64Milli(toInt64(${Number(at)})), ${quoted(chain.join('-'))}, ${Number(n)})`;
}

interface Row {
  readonly shown: JsonObject;
  readonly cursor: string;
}

function readRow(line: string): Row {
  const value: unknown = JSON.parse(line);
  const row = isJsonObject(value) ? value : {};
  const { at_ms: at, chain, n, action, author, subjects, fields, target, via, count, detail } = row;
  const shown: Record<string, JsonObject[string]> = {
    chain,
    n: Number(n),
    at: Number(at),
    action,
    author,
    subjects,
    fields,
    target,
    via,
    count: Number(count),
    detail,
  };
  return { shown, cursor: `${String(at)}-${String(n)}-${String(chain)}` };
}

function pageOf(rows: readonly Row[], limit: number): HistoryPage {
  const page = rows.slice(0, limit);
  const shown = page.map((row) => row.shown);
  const last = page.at(-1);
  return rows.length > limit && last !== undefined ? { rows: shown, next: last.cursor } : { rows: shown };
}
