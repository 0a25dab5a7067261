import {
  differenceInterval,
  type Interval,
  type Share,
  wilsonInterval,
} from '../../analytics/difference-interval.ts';
import { moment } from '../../analytics/sql-pieces.ts';
import { TesseraError } from '../../errors.ts';
import type { JsonObject } from '../../model/json.ts';
import { DAY_MS } from '../../model/time.ts';
import type { Clock } from '../../ports/clock.ts';
import type { History } from '../../ports/history.ts';
import type { ReportQuestion, TriggerResults } from '../../serve/trigger-results-service.ts';
import { readHistoryRows } from '../past-events.ts';

/*
 * What became of a trigger's messages, out of history. Messages are counted by what their receipts say of the firing. Orders are
 * counted by people, since who gets three messages is one customer: did somebody order in the days after the first firing, or the
 * first one that was held out? People are who they are today. Whoever got some and was held out of others, because two profiles
 * became one in between, belongs to neither group.
 */
export interface TriggerResultsOptions {
  readonly history: Pick<History, 'query'>;
  readonly clock: Clock;
}

export function createTriggerResults({ history, clock }: TriggerResultsOptions): TriggerResults {
  return {
    async report(question) {
      const [messages, people] = [await messagesOf(question, history), await peopleOf(question, history)];
      const { exposed, heldOut, mixed } = people;
      const interval = differenceInterval(exposed, heldOut);
      return {
        trigger: question.trigger,
        from: question.from,
        to: question.to,
        days: question.days,
        /** Whether everybody has had all of their days. */
        complete: question.to + question.days * DAY_MS <= clock.now(),
        messages,
        exposed: groupOf(exposed),
        held_out: groupOf(heldOut),
        mixed,
        lift: {
          difference: interval === undefined ? null : rounded(shareOf(exposed) - shareOf(heldOut)),
          interval: boundsOf(interval),
          confidence: 0.95,
        },
      };
    },
  };
}

function groupOf(share: Share): JsonObject {
  const { part: ordered, whole: people } = share;
  return {
    people,
    ordered,
    order_rate: people === 0 ? null : rounded(shareOf(share)),
    interval: boundsOf(wilsonInterval(share)),
  };
}

function shareOf({ part, whole }: Share): number {
  return part / whole;
}

function boundsOf(interval: Interval | undefined): JsonObject | null {
  return interval === undefined ? null : { low: rounded(interval.low), high: rounded(interval.high) };
}

function rounded(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}

/** Names come from outside; this one is all that a query takes as a text. */
function decisionsWithin({ trigger, from, to }: ReportQuestion): string {
  if (!/^[a-z][a-z0-9_]{0,63}$/.test(trigger)) throw new TesseraError('not_found');
  return `trigger = '${trigger}' AND at >= ${moment(from)} AND at < ${moment(to)}`;
}

async function messagesOf(
  question: ReportQuestion,
  history: Pick<History, 'query'>,
): Promise<Readonly<Record<string, number>>> {
  const within = decisionsWithin(question);
  const [decided] = await readHistoryRows(
    history,
    `SELECT uniqExactIf(id, decision = 'fired') AS fired, uniqExactIf(id, decision = 'suppressed') AS suppressed, ` +
      `uniqExactIf(id, decision = 'revoked') AS revoked, uniqExactIf(id, decision = 'held_out') AS held_out FROM decisions WHERE ${within}`,
  );
  const [told] = await readHistoryRows(
    history,
    `SELECT ${RECEIPTS.map(([name, condition]) => `uniqExactIf(firing, ${condition}) AS ${name}`).join(', ')} FROM ` +
      `(SELECT type, JSONExtractString(raw, 'properties', 'firing_id') AS firing, ` +
      `JSONExtractString(raw, 'properties', 'status') AS status FROM events ` +
      `WHERE type IN ('message_sent', 'message_delivered', 'message_opened', 'message_clicked')) ` +
      `WHERE firing IN (SELECT id FROM decisions WHERE ${within} AND decision = 'fired')`,
  );
  const counted = { ...decided, ...told };
  return Object.fromEntries(Object.entries(counted).map(([name, count]) => [name, Number(count)]));
}

const RECEIPTS = [
  ['sent', "type = 'message_sent'"],
  ['delivered', "type = 'message_delivered' AND status IN ('', 'delivered')"],
  ['failed', "type = 'message_delivered' AND status NOT IN ('', 'delivered')"],
  ['opened', "type = 'message_opened'"],
  ['clicked', "type = 'message_clicked'"],
] as const;

interface People {
  readonly exposed: Share;
  readonly heldOut: Share;
  readonly mixed: number;
}

async function peopleOf(question: ReportQuestion, history: Pick<History, 'query'>): Promise<People> {
  const rows = await readHistoryRows(history, peopleQuery(question));
  const groups = new Map(
    rows.map(({ standing, people, ordered }) => [
      String(standing),
      { part: Number(ordered), whole: Number(people) },
    ]),
  );
  const none: Share = { part: 0, whole: 0 };
  return {
    exposed: groups.get('exposed') ?? none,
    heldOut: groups.get('held_out') ?? none,
    mixed: groups.get('mixed')?.whole ?? 0,
  };
}

/** An order that was reported more than once is one, as of its first report. */
function peopleQuery(question: ReportQuestion): string {
  const { from, to, days } = question;
  const until = moment(to + days * DAY_MS);
  return (
    `WITH reached AS (SELECT if(merged.merged_into = '', d.profile_id, merged.merged_into) AS person, ` +
    `min(d.at) AS first, countIf(d.decision = 'fired') AS fired, countIf(d.decision = 'held_out') AS held ` +
    `FROM decisions AS d LEFT ANY JOIN profiles_merged AS merged ON merged.profile_id = d.profile_id ` +
    `WHERE ${decisionsWithin(question)} AND d.decision IN ('fired', 'held_out') GROUP BY person), ` +
    `orders AS (SELECT profile_id AS person, order_namespace, order_id, min(time) AS ordered_at FROM events_by_profile ` +
    `WHERE order_ledger AND order_transition = 'completed' AND time > ${moment(from)} AND time < ${until} ` +
    `GROUP BY person, order_namespace, order_id) ` +
    `SELECT multiIf(held = 0, 'exposed', fired = 0, 'held_out', 'mixed') AS standing, count() AS people, ` +
    `countIf(orders_after > 0) AS ordered FROM (SELECT reached.person AS person, any(reached.fired) AS fired, ` +
    `any(reached.held) AS held, countIf(orders.ordered_at > reached.first AND ` +
    `orders.ordered_at <= reached.first + toIntervalDay(${days})) AS orders_after ` +
    `FROM reached LEFT JOIN orders ON orders.person = reached.person GROUP BY person) GROUP BY standing`
  );
}
