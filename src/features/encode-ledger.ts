import { TesseraError } from '../errors.ts';
import { emptyLedger } from '../model/ledger-facts.ts';
import type { Ledger, LedgerFact, LedgerKind, LedgerLine, Rounding } from '../model/loyalty.ts';

/** The ledger of a facet as plain lists, in order of its keys; what is at its default at the end of a row is left out. */
type Cell = string | number | null | readonly LedgerLine[];

/** Numbers are stored: new kinds go to the end. A record, so that none can be missing. */
const KIND_NUMBERS: Readonly<Record<LedgerKind, number>> = {
  earn: 0,
  burn: 1,
  debit: 2,
  refund: 3,
  cancel: 4,
  delivered: 5,
  restore: 6,
  tier: 7,
  invited: 8,
};
const KINDS = new Map(Object.entries(KIND_NUMBERS).map(([kind, n]) => [n, kind as LedgerKind]));
const ROUNDINGS: readonly Rounding[] = ['down', 'nearest', 'up'];
/** Defaults of the columns that may be left out, in their order. */
const DEFAULTS: readonly (Cell | undefined)[] = [0, '', '', null, 0, 0, 0, null, 0, '', undefined];
const REQUIRED = 6;
const SETTLED_COLUMNS = 4;

export function encodeLedger({ facts, settled }: Ledger): unknown[] {
  const { earned, burned, expired, returned } = settled;
  const rows = [...facts.values()].sort((a, b) => (a.key < b.key ? -1 : 1)).map(encodeFact);
  return [[earned, burned, expired, returned], ...rows];
}

function encodeFact(fact: LedgerFact): Cell[] {
  const { key, kind, time, tie, since, version } = fact;
  const rest: Cell[] = [
    fact.points,
    fact.order,
    fact.by,
    fact.expiresAt ?? null,
    fact.micro,
    fact.spend,
    fact.holdMs,
    fact.deliveryMs ?? null,
    ROUNDINGS.indexOf(fact.rounding),
    fact.author,
    fact.lines,
  ];
  let end = fact.lines.length > 0 ? rest.length : rest.length - 1;
  while (end > 0 && rest[end - 1] === DEFAULTS[end - 1]) end--;
  return [key, KIND_NUMBERS[kind], time, tie, since, version, ...rest.slice(0, end)];
}

function malformed(): never {
  throw new TesseraError('data_format', 'a stored facet is malformed: its ledger');
}

export function decodeLedger(rows: readonly unknown[]): Ledger {
  const [head, ...facts] = rows;
  if (!Array.isArray(head) || head.length !== SETTLED_COLUMNS) malformed();
  const ledger = emptyLedger();
  const [earned, burned, expired, returned] = head.map(numberIn);
  ledger.settled = {
    earned: earned ?? 0,
    burned: burned ?? 0,
    expired: expired ?? 0,
    returned: returned ?? 0,
  };
  for (const row of facts) {
    if (!Array.isArray(row) || row.length < REQUIRED) malformed();
    const fact = decodeFact(row);
    ledger.facts.set(fact.key, fact);
  }
  return ledger;
}

function decodeFact(row: readonly unknown[]): LedgerFact {
  const at = (column: number): unknown => (column < row.length ? row[column] : DEFAULTS[column - REQUIRED]);
  const [expiresAt, deliveryMs] = [at(9), at(13)];
  return {
    key: textIn(at(0)),
    kind: KINDS.get(numberIn(at(1))) ?? malformed(),
    time: numberIn(at(2)),
    tie: textIn(at(3)),
    since: numberIn(at(4)),
    version: textIn(at(5)),
    points: numberIn(at(6)),
    order: textIn(at(7)),
    by: textIn(at(8)),
    expiresAt: expiresAt === null ? undefined : numberIn(expiresAt),
    micro: numberIn(at(10)),
    spend: numberIn(at(11)),
    holdMs: numberIn(at(12)),
    deliveryMs: deliveryMs === null ? undefined : numberIn(deliveryMs),
    rounding: ROUNDINGS[numberIn(at(14))] ?? malformed(),
    author: textIn(at(15)),
    lines: linesIn(at(16)),
  };
}

function numberIn(value: unknown): number {
  return typeof value === 'number' ? value : malformed();
}

function textIn(value: unknown): string {
  return typeof value === 'string' ? value : malformed();
}

function linesIn(value: unknown): readonly LedgerLine[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) malformed();
  return value.map((line: unknown): LedgerLine => {
    if (!Array.isArray(line)) malformed();
    const [item, amount, micro] = line.map(numberIn);
    return [item ?? 0, amount ?? 0, micro ?? 0];
  });
}
