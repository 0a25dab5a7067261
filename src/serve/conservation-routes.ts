import type { FastifyInstance } from 'fastify';
import { limits } from '../limits.ts';
import { CONSERVATION_CODES } from '../model/conservation.ts';
import { DAY_MS } from '../model/time.ts';
import type { Conservation, ConservationReport, IntakeAccount } from './conservation-service.ts';
import type { Metrics } from './metrics.ts';
import { describeRoute } from './openapi.ts';
import { choiceParameter, readParameters, timeParameter } from './parameters.ts';

const query = {
  from: timeParameter({
    description: 'Minutes from here on; an hour before `to` where it is absent.',
    example: '2026-11-21T10:00:00Z',
  }),
  to: timeParameter({
    description:
      'Minutes before here; where it is absent, two minutes ago, since younger ones are still in motion.',
    example: '2026-11-21T11:00:00Z',
  }),
  logs: choiceParameter({
    description: 'With 1 the records of the logs are counted, too, as far as these reach back.',
    choices: ['1'],
  }),
};

const exampleCounts = { received: 1204, applied: 1190, duplicate: 9, quarantined: 5, refused: 0 };

const example = {
  as_of: 1795255320123,
  from: 1795251600000,
  to: 1795255200000,
  complete: true,
  totals: exampleCounts,
  difference: 2,
  unexplained: 0,
  codes: { erased: 2 },
  minutes: [
    {
      minute: 1795251600000,
      source: 'shop',
      ...exampleCounts,
      history: { events: 1188, quarantined: 5 },
      logs: 1204,
      difference: 2,
      unexplained: 0,
      codes: { erased: 2 },
    },
  ],
  minutes_total: 1,
  notes: [],
  intake: [
    { minute: 1795251600000, source: 'shop', received: 1207, logged: 1199, quarantined: 5, refused: 3 },
  ],
};

export interface ConservationRouteServices {
  readonly conservation: Conservation;
  readonly intake: IntakeAccount;
}

/** Whether everything that was received has come to one end. */
export function registerConservationRoutes(
  app: FastifyInstance,
  { conservation, intake }: ConservationRouteServices,
  metrics: Metrics,
): void {
  const schema = describeRoute({
    tag: 'Operate',
    summary: 'Whether everything that was received came to one end',
    description:
      'By minute of receipt and by source: `received` = `applied` + `duplicate` + `quarantined` + `refused`, as the books of ' +
      'all partitions have it, which are part of their state; the rows of history that must be there for it; and with ' +
      '`logs=1` the records of the logs. `difference` counts by how many events these accounts differ, `codes` says why, and ' +
      '`unexplained` is what remains: `outcome_missing`, `outcome_repeated`, `rows_missing`, `rows_repeated`, `log_missing`, ' +
      '`log_unbooked`. Explained are `in_flight` (on the way between partitions), `history_lag` (rows that wait for ' +
      'history), `erased` and `expired` (rows that an erasure or a rule of retention took away), `log_erased` (records that ' +
      'an erasure emptied) and `before_ledger` (received before the books were opened). `notes` name what could not be ' +
      `looked at; then \`complete\` is false. At most ${limits.conservationSpanMs / DAY_MS} days at once; ` +
      `${limits.conservationMinutesShown} minutes are listed, those with a difference first. \`intake\` is what requests ` +
      'brought to this process: events that were refused in the response stand there alone, and it is gone with the process.',
    query,
    answers: { 200: { description: 'The accounts.', example } },
  });
  app.get('/v1/analytics/conservation', { schema, config: { scope: 'read' } }, async (request) => {
    const { from, to, logs } = readParameters(query, request.query);
    const report = await conservation.report({ from, to, logs: logs === '1' });
    return { ...report, intake: intake.minutes().filter(({ minute }) => isWithin(minute, report)) };
  });
  registerGauges(conservation, metrics);
  registerIntakeTotals(intake, metrics);
}

/** Of items, as requests had them; the sources that are counted apart are few. */
function registerIntakeTotals(intake: IntakeAccount, metrics: Metrics): void {
  const series = [
    ['received', 'Events that requests brought to this process, by source.'],
    ['logged', 'Of these, events that went into a log to be applied.'],
    ['quarantined', 'Of these, events that were kept with a reason.'],
    ['refused', 'Of these, events that were refused in the response.'],
  ] as const;
  for (const [name, help] of series)
    metrics.gauges(`tessera_intake_${name}`, help, { label: 'source', read: () => intake.total(name) });
}

function isWithin(minute: number, { from, to }: ConservationReport): boolean {
  return minute >= from && minute < to;
}

function registerGauges(conservation: Conservation, metrics: Metrics): void {
  metrics.gauges(
    'tessera_conservation_difference',
    'Events of the last hour by which what was received, what came of it and history differ, by the reason.',
    {
      label: 'code',
      read: () => {
        const { latest } = conservation;
        if (latest === undefined) return {};
        return Object.fromEntries(CONSERVATION_CODES.map((code) => [code, latest.codes[code] ?? 0]));
      },
    },
  );
  metrics.gauge(
    'tessera_conservation_unexplained',
    'Events of the last hour that are missing or too many in one of the accounts, and nothing says why.',
    () => conservation.latest?.unexplained ?? 0,
  );
  metrics.gauge(
    'tessera_conservation_time_seconds',
    'When conservation was last looked at, in seconds since 1970; 0: not yet, or on another node.',
    () => (conservation.latest?.as_of ?? 0) / 1_000,
  );
}
