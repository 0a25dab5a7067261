import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import { DAY_MS } from '../../model/time.ts';
import type { Ask } from '../analysis.ts';
import { complaints } from '../complaints.ts';
import { preferences } from '../preferences.ts';
import { alert, type QualityPart } from './judge.ts';
import type { QualityQuestion } from './question.ts';

/*
 * What customers say of themselves and of us, over as many days as figures look back: answers that nobody acts on were not worth
 * asking for, and complaints about privacy or unwanted contact say that something is used that should not be.
 */
export interface Answers extends JsonObject {
  readonly rate: JsonValue;
  readonly target: number;
  readonly sources: readonly JsonObject[];
}

export interface Contacts extends JsonObject {
  readonly rate: JsonValue;
  readonly target: number;
}

export async function answersGiven(question: QualityQuestion, ask: Ask): Promise<QualityPart<Answers>> {
  const { figures } = question.rules;
  const { to, preferenceDays, rowsMax } = question;
  const { answer } = await preferences(
    {
      ...{ from: to - figures.days * DAY_MS, to, asOf: to, days: preferenceDays, rowsMax },
      ...{ goal: figures.preference_conversion, answersMin: figures.answers },
    },
    ask,
  );
  const sources = rowsIn(answer.sources);
  const target = figures.preference_conversion;
  const row = (each: JsonObject, subject: string) => ({
    ...{ part: 'preferences', subject, events: Number(each.answerers), value: Number(each.bought), target },
    rate: typeof each.rate === 'number' ? each.rate : null,
  });
  return {
    found: {
      ...{ days: figures.days, answerers: answer.answerers ?? 0, bought: answer.bought ?? 0 },
      ...{ rate: answer.rate ?? null, target, waiting: answer.waiting ?? 0, sources },
    },
    rows: sources.map((each) => row(each, String(each.source))),
    alerts: sources
      .filter((each) => each.alarm === true)
      .map((each) => alert('preferences_low', String(each.source), [Number(each.rate), target])),
  };
}

export async function contactsMade(question: QualityQuestion, ask: Ask): Promise<QualityPart<Contacts>> {
  const { figures } = question.rules;
  const { to, rowsMax } = question;
  const { answer } = await complaints({ from: to - figures.days * DAY_MS, to, rowsMax }, ask);
  const compliance = isJsonObject(answer.compliance) ? answer.compliance : {};
  const contacted = Number(compliance.people_contacted ?? 0);
  const rate = typeof compliance.rate === 'number' ? compliance.rate : null;
  const target = figures.compliance_complaints;
  const isHigh = contacted >= figures.cases && rate !== null && rate > target;
  return {
    found: {
      ...{ days: figures.days, complaints: answer.complaints ?? 0, complaint_rate: answer.rate ?? null },
      ...{ compliance_complaints: compliance.complaints ?? 0, people_contacted: contacted, rate, target },
    },
    rows: [
      {
        ...{ part: 'compliance_complaints', subject: '', events: contacted },
        ...{ value: Number(compliance.complaints ?? 0), rate, target },
      },
    ],
    alerts: isHigh ? [alert('complaints_high', '', [rate, target])] : [],
  };
}

function rowsIn(value: JsonValue | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}
