import { readFileSync } from 'node:fs';
import { naiveCsv } from '../cli/import/naive-csv.ts';

/*
 * A shop out of two real files, read here with none of the engine's code: invoices of Online Retail and clicks of YooChoose, of
 * which the first knows no channels and the second no customers. Two rules give them what they lack, so that reports over
 * channels and over people who become one have something to say:
 *
 *   The last digit of an invoice's number says where it was bought: 0 to 4 web, 5 to 7 pos, 8 and 9 app.
 *   Session s belongs to the customer at place s mod 3,569 of their numbers in ascending order. Sessions that divide by three show
 *   it with every click, those with one left over with their last one alone; all others stay nobody's. Clicks happen 852 days
 *   earlier than they did, in the last days of the invoices.
 */

/** Nobody's lines have no number. */
export interface Invoice {
  readonly number: string;
  readonly member: string;
  /** The clock in London as if it were UTC. */
  readonly local: number;
  readonly at: number;
  readonly channel: 'web' | 'pos' | 'app';
  readonly kind: 'order' | 'return' | 'correction';
  /** Pence of goods alone, negative of a return. */
  readonly goods: number;
  readonly total: number;
  /** Goods, each once. */
  readonly items: readonly string[];
  readonly lines: number;
}

export interface Click {
  readonly session: number;
  readonly item: string;
  readonly at: number;
  /** The customer whose session it is; of nobody the session. */
  readonly person: string;
}

const NO_GOODS = new Set(['POST', 'DOT', 'M', 'D', 'C2', 'CRUK', 'S', 'AMAZONFEE']);
/** British summer time of 2011, the only one in the file. */
const SUMMER = { from: Date.UTC(2011, 2, 27, 1), to: Date.UTC(2011, 9, 30, 1) };
const EARLIER_SECONDS = 852 * 86_400;

function utcOf(local: number): number {
  const inSummer = local - 3_600_000;
  return inSummer >= SUMMER.from && inSummer < SUMMER.to ? inSummer : local;
}

export function channelOf(invoice: string): Invoice['channel'] {
  const digit = Number(invoice.at(-1));
  return digit < 5 ? 'web' : digit < 8 ? 'pos' : 'app';
}

export type Line = Readonly<Record<string, string>>;

export function linesOf(path: string): readonly Line[] {
  const [header, ...records] = naiveCsv(readFileSync(path, 'utf8'), ',');
  return records.map(({ fields }) =>
    Object.fromEntries((header?.fields ?? []).map((name, at) => [name, fields[at] ?? ''])),
  );
}

export function invoicesOf(lines: readonly Line[]): readonly Invoice[] {
  const grouped = new Map<string, Line[]>();
  for (const line of lines) {
    const number = line.InvoiceNo ?? '';
    grouped.set(number, [...(grouped.get(number) ?? []), line]);
  }
  return [...grouped].map(([number, own]) => invoiceOf(number, own));
}

function invoiceOf(number: string, own: readonly Line[]): Invoice {
  let [goods, total, local] = [0, 0, Number.POSITIVE_INFINITY];
  const items = new Set<string>();
  for (const { StockCode = '', Quantity, UnitPrice, InvoiceDate = '' } of own) {
    const pence = Number(Quantity) * Math.round(Number(UnitPrice) * 100);
    total += pence;
    if (!NO_GOODS.has(StockCode)) {
      goods += pence;
      items.add(StockCode);
    }
    local = Math.min(local, Date.parse(`${InvoiceDate.replace(' ', 'T')}Z`));
  }
  const sold = own.every(({ Quantity }) => Number(Quantity) > 0);
  return {
    ...{ number, local, at: utcOf(local), channel: channelOf(number), goods, total },
    member: own.map(({ CustomerID = '' }) => CustomerID.replace(/\.0$/, '')).find((id) => id !== '') ?? '',
    kind: sold ? 'order' : number.startsWith('C') ? 'return' : 'correction',
    ...{ items: [...items], lines: own.length },
  };
}

/** Customers in ascending order of their numbers. */
export function membersOf(invoices: readonly Invoice[]): readonly string[] {
  const members = new Set(invoices.map(({ member }) => member));
  members.delete('');
  return [...members].sort((a, b) => Number(a) - Number(b));
}

export function clicksOf(path: string, members: readonly string[]): readonly Click[] {
  return rowsOf(path).map(({ session, item, seconds }) => ({
    ...{ session, item, at: Math.round((Number(seconds) - EARLIER_SECONDS) * 1_000) },
    person: session % 3 === 2 ? `session ${session}` : (members[session % members.length] ?? ''),
  }));
}

function rowsOf(path: string) {
  return readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => {
      const [session, item = '', seconds = ''] = line.split('\t');
      return { session: Number(session), item, seconds };
    });
}

/** The invoices of one channel, as the file has them. */
export function invoiceFile(lines: readonly Line[], channel: Invoice['channel']): string {
  const own = lines.filter(({ InvoiceNo = '' }) => channelOf(InvoiceNo) === channel);
  const quote = (text: string): string => `"${text.replaceAll('"', '""')}"`;
  const [first = {}] = lines;
  return [Object.keys(first), ...own.map((line) => Object.values(line))]
    .map((fields) => `${fields.map(quote).join(',')}\n`)
    .join('');
}

/** The clicks with a column for whoever they show themselves to be. */
export function clickFile(path: string, members: readonly string[]): string {
  const rows = rowsOf(path);
  const last = new Map(rows.map(({ session }, at) => [session, at]));
  const written = rows.map(({ session, item, seconds }, at) => {
    const shown = session % 3 === 0 || (session % 3 === 1 && last.get(session) === at);
    // Milliseconds, in whole numbers: 852 days fewer.
    const [whole = '', fraction = ''] = seconds.split('.');
    const time = `${Number(whole) - EARLIER_SECONDS}${fraction === '' ? '' : `.${fraction}`}`;
    return `${session}\t${item}\t${time}\t${shown ? members[session % members.length] : ''}\n`;
  });
  return `SessionId\tItemId\tTime\tMember\n${written.join('')}`;
}
