import type { JsonObject } from '../../model/json.ts';
import { type Ask, type Finding, tableOf } from '../analysis.ts';
import { lateness, skew } from './arrival.ts';
import { completenessOf, countFields } from './completeness.ts';
import { conflicts, duplicates } from './conflicts.ts';
import { type Flag, type FlagCheck, findFlags, type ReadTrait } from './flags.ts';
import { alert, type QualityAlert, type QualityAlertCode } from './judge.ts';
import { namesSeen } from './names-seen.ts';
import { FROM_OUTSIDE, type QualityQuestion, received } from './question.ts';
import { unknownNames } from './unknown-names.ts';
import { answersGiven, contactsMade } from './voices.ts';
import { volume } from './volume.ts';

/** What the data of a stretch is worth: each part by itself, and what in it somebody should look at. */
export interface QualityReport extends JsonObject {
  readonly from: number;
  readonly to: number;
  readonly events: number;
  readonly alerts: readonly QualityAlert[];
}

const COLUMNS = ['part', 'subject', 'events', 'value', 'rate', 'target'] as const;

const FLAG_ALERTS: Readonly<Record<FlagCheck, QualityAlertCode>> = {
  price: 'price_outlier',
  quantity: 'impossible_quantity',
  people: 'unlikely_buyer',
};

export async function quality(
  question: QualityQuestion,
  { ask, readTrait }: { readonly ask: Ask; readonly readTrait: ReadTrait },
): Promise<Finding & { readonly answer: QualityReport }> {
  const names = await namesSeen(question, ask);
  const counts = await countFields(question, names, ask);
  const complete = completenessOf(question, counts);
  const unknown = await unknownNames(question, { counts, events: names.events }, ask);
  const again = await duplicates(question, names, ask);
  const late = await lateness(question, names, ask);
  const clocks = await skew(question, names, ask);
  const refused = await conflicts(question, names, ask);
  const flow = await volume(question, ask);
  const answers = await answersGiven(question, ask);
  const contacts = await contactsMade(question, ask);
  const { flags, more } = await findFlags(question, { ask, readTrait });
  const parts = {
    completeness: complete.found,
    unknown: unknown.found,
    duplicates: again.found,
    lateness: late.found,
    skew: clocks.found,
    conflicts: refused.found,
    volume: flow.found,
    flags: { ...countsOf(flags), more },
    quarantine: await quarantined(question, ask),
    preferences: answers.found,
    complaints: contacts.found,
  };
  const judged = [complete, unknown, again, late, clocks, refused, flow, answers, contacts];
  const alerts = [...judged.flatMap((part) => part.alerts), ...flagAlerts(flags)].slice(0, question.rowsMax);
  const answer: QualityReport = {
    ...{ from: question.from, to: question.to, zone: question.zone, events: names.events },
    ...parts,
    alerts,
  };
  const rows = alerts.map(({ code, subject, value, target }) => ({
    ...{ part: 'alert', subject: `${code} ${subject}`.trim(), value, target },
  }));
  return { answer, table: tableOf(COLUMNS, [...rows, ...judged.flatMap((part) => part.rows)]) };
}

function countsOf(flags: readonly Flag[]): { readonly open: number } & Readonly<Record<FlagCheck, number>> {
  const of = (check: FlagCheck): number => flags.filter((flag) => flag.check === check).length;
  const open = flags.filter(({ status }) => status === 'open').length;
  return { open, price: of('price'), quantity: of('quantity'), people: of('people') };
}

/** Of what nobody has settled. */
function flagAlerts(flags: readonly Flag[]): readonly QualityAlert[] {
  const checks: readonly FlagCheck[] = ['price', 'quantity', 'people'];
  return checks.flatMap((check) => {
    const open = flags.filter((flag) => flag.check === check && flag.status === 'open');
    const rules = new Map<string, number>();
    for (const { rule } of open) rules.set(rule, (rules.get(rule) ?? 0) + 1);
    return [...rules].map(([rule, count]) => alert(FLAG_ALERTS[check], rule, [count, 0]));
  });
}

/** What could not be taken, and why; its own list is `GET /v1/quarantine`. */
async function quarantined(question: QualityQuestion, ask: Ask): Promise<readonly JsonObject[]> {
  const rows = await ask(
    `SELECT source, code, count() AS events FROM quarantine WHERE ${received(question)} AND ${FROM_OUTSIDE} ` +
      `GROUP BY source, code ORDER BY events DESC, source, code LIMIT ${question.rowsMax}`,
  );
  return rows.map((row) => ({
    source: String(row.source),
    code: String(row.code),
    events: Number(row.events),
  }));
}
