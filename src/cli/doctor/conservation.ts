import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import type { EngineFlags } from '../engine-call.ts';
import { objectsIn } from '../read-answer.ts';
import { formatTable } from '../text-table.ts';
import type { Examination } from './examination.ts';

export const CONSERVATION_HELP = `
Everything that was received must have come to one end: received = applied + duplicate + quarantined + refused, by the
minute of receipt and by the source. Compared are the books, which are part of the state; the rows of history; and the
records of the logs, as far as these reach back. Needs a key with the scope read. Nothing is changed.

Differences that explain themselves:
  in_flight         on the way between two partitions
  history_lag       rows that wait for history
  erased, expired   rows that an erasure or a rule of retention took out of history
  log_erased        records of the logs that an erasure emptied
  before_ledger     received before the books were opened

Differences that nothing explains:
  outcome_missing   received, and no outcome although nothing is on its way
  outcome_repeated  more outcomes than events
  rows_missing      rows of history are gone: deleted by hand, or lost
  rows_repeated     rows of history that are there twice
  log_missing       in the books and not in the logs: a log has lost something
  log_unbooked      in the logs and not in the books: a record was skipped

Exit codes: 0 nothing unexplained; 1 failed, or the engine refused it; 2 wrong usage; 3 something is unexplained, or a log
has lost its tail.

Examples:
  tessera doctor conservation
  tessera doctor conservation --from 2026-11-21T10:00:00Z --to 2026-11-21T12:00:00Z
  tessera doctor conservation --json
`;

export interface ConservationFlags extends EngineFlags {
  readonly from?: string;
  readonly to?: string;
}

/** Whether everything that was received came to one end. */
export const conservation: Examination<ConservationFlags> = {
  name: 'conservation',
  title: 'Conservation',
  ask: async ({ call, flags }) => {
    const asked = new URLSearchParams({ logs: '1' });
    if (flags.from !== undefined) asked.set('from', flags.from);
    if (flags.to !== undefined) asked.set('to', flags.to);
    return await call({ method: 'GET', path: `/v1/analytics/conservation?${asked}` });
  },
  isFine: (findings) =>
    Number(findings.unexplained ?? 0) === 0 &&
    !objectsIn(findings.notes).some(({ code }) => code === 'log_lost_tail'),
  describe: describeConservation,
};

/** What to do about what nothing explains, and what the explanations mean. */
const MEANING: Readonly<Record<string, string>> = {
  in_flight: 'on the way between two partitions; look again in a moment',
  history_lag: 'rows wait for history; see tessera_history_lag_seconds',
  erased: 'taken out of history with the people who were erased',
  expired: 'taken out of history by a rule of retention',
  log_erased: 'emptied in the logs with the people who were erased',
  before_ledger: 'received before the books were opened, by an older version',
  outcome_missing: 'received, and nothing says what became of them: please report it',
  outcome_repeated: 'more outcomes than events: please report it',
  rows_missing: 'gone from history: deleted by hand, or lost by its medium',
  rows_repeated: 'there twice in history',
  log_missing: 'gone from a log: its medium has lost something',
  log_unbooked: 'in a log and never taken up: please report it',
};

const SHOWN = 20;

function describeConservation(findings: JsonObject): string {
  const totals = isJsonObject(findings.totals) ? findings.totals : {};
  const counts = ['received', 'applied', 'duplicate', 'quarantined', 'refused'];
  const summary = [
    `from         ${timeOf(findings.from)}`,
    `to           ${timeOf(findings.to)}`,
    ...counts.map((name) => `${name.padEnd(13)}${String(totals[name])}`),
    `difference   ${String(findings.difference)} (unexplained ${String(findings.unexplained)})`,
  ];
  const codes = isJsonObject(findings.codes) ? Object.entries(findings.codes) : [];
  const reasons = codes.map(([code, count]) => [code, String(count), MEANING[code] ?? '']);
  const different = objectsIn(findings.minutes).filter(({ difference }) => Number(difference) > 0);
  const minutes = different
    .slice(0, SHOWN)
    .map((each) => [
      timeOf(each.minute),
      String(each.source),
      String(each.received),
      String(each.difference),
      codesOf(each.codes),
    ]);
  const more = different.length > SHOWN ? `… and ${different.length - SHOWN} minutes more\n` : '';
  const notes = objectsIn(findings.notes).map(({ code, text }) => `${String(code)}: ${String(text)}\n`);
  return [
    `${summary.join('\n')}\n`,
    tableOf(['difference', 'events', 'meaning'], reasons),
    tableOf(['minute', 'source', 'received', 'difference', 'why'], minutes),
    more,
    notes.length === 0 ? '' : `\n${notes.join('')}`,
  ].join('');
}

function timeOf(at: JsonValue | undefined): string {
  return new Date(Number(at ?? 0)).toISOString().replace('.000Z', 'Z');
}

function codesOf(codes: JsonValue | undefined): string {
  return isJsonObject(codes)
    ? Object.entries(codes)
        .map(([code, count]) => `${code} ${String(count)}`)
        .join(', ')
    : '';
}

function tableOf(head: readonly string[], rows: readonly string[][]): string {
  return rows.length === 0 ? '' : `\n${formatTable(head, rows)}`;
}
