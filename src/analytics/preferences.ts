import type { JsonObject } from '../model/json.ts';
import { UNATTRIBUTED } from '../model/keys.ts';
import { DAY_MS, type EpochMs } from '../model/time.ts';
import { type Ask, type Finding, rate, type Stretch, tableOf } from './analysis.ts';
import { goodsSql } from './goods-sql.ts';
import { byPerson, listed, THEN, within } from './sql-pieces.ts';

/*
 * Who buys what they said they like: people who answered a question of a survey, and of them those who ordered something of that
 * name within so many days. An answer means goods that are called so: by item, variant, brand, color, size, or a part of the
 * path of the category, in whatever letters. Answers whose days are not over yet wait, since they would make every figure of
 * the last month look bad. Answers that are no text (yes, 4) name no goods.
 */
export interface PreferencesQuestion extends Stretch {
  /** Within how many days of the answer. */
  readonly days: number;
  /** What is known today: answers are judged once their days are over by then. */
  readonly asOf: EpochMs;
  /** Under this share there is an alarm, */
  readonly goal: number;
  /** from so many answerers on. */
  readonly answersMin: number;
  readonly rowsMax: number;
  /** Only these questions, by `question_id`. */
  readonly questions?: readonly string[];
}

const COLUMNS = ['source', 'survey', 'question', 'answerers', 'bought', 'rate', 'waiting'] as const;

export async function preferences(question: PreferencesQuestion, ask: Ask): Promise<Finding> {
  const { from, to, days, goal, answersMin } = question;
  const rows = await ask(countsSql(question));
  const of = (level: number): readonly JsonObject[] => rows.filter((row) => Number(row.level) === level);
  const alarmed = (row: JsonObject | undefined): JsonObject => ({
    ...countsOf(row),
    alarm: isAlarm(row, question),
  });
  const questions = of(0).map((row) => ({
    source: String(row.source),
    survey: String(row.survey),
    question: String(row.question),
    ...countsOf(row),
  }));
  const answer: JsonObject = {
    ...{ from, to, days, goal, answers_min: answersMin },
    ...alarmed(of(2)[0]),
    sources: of(1).map((row) => ({ source: String(row.source), ...alarmed(row) })),
    questions,
  };
  return { answer, table: tableOf(COLUMNS, questions) };
}

function countsOf(row: JsonObject | undefined): JsonObject {
  const [answerers, bought] = [Number(row?.answerers ?? 0), Number(row?.buyers ?? 0)];
  return { answerers, bought, rate: rate(bought, answerers), waiting: Number(row?.waiting ?? 0) };
}

function isAlarm(row: JsonObject | undefined, { goal, answersMin }: PreferencesQuestion): boolean {
  const answerers = Number(row?.answerers ?? 0);
  return answerers >= answersMin && Number(row?.buyers ?? 0) < goal * answerers;
}

const PROPERTY = (name: string): string => `JSONExtractString(raw, 'properties', '${name}')`;
/** The texts of one answer, which is a text or a list of them; what is neither says nothing. */
const TEXTS = (json: string, ...path: string[]): string => {
  const at = [json, ...path.map((part) => `'${part}'`)].join(', ');
  const raws = `arrayConcat([JSONExtractRaw(${at})], JSONExtractArrayRaw(${at}))`;
  return `arrayMap(r -> JSONExtractString(r), arrayFilter(r -> startsWith(r, '"'), ${raws}))`;
};
const WANTED =
  `arrayDistinct(arrayFilter(w -> w != '', arrayMap(w -> trimBoth(lowerUTF8(w)), arrayConcat(${TEXTS('raw', 'properties', 'answer')}, ` +
  `arrayFlatten(arrayMap(a -> ${TEXTS('a', 'answer')}, JSONExtractArrayRaw(raw, 'properties', 'answers')))))))`;
const QUESTION = `if(${PROPERTY('question_id')} = '', ${PROPERTY('question')}, ${PROPERTY('question_id')})`;

function countsSql(question: PreferencesQuestion): string {
  const { from, to, days, asOf, rowsMax, questions } = question;
  const reach = days * DAY_MS;
  const asked = questions === undefined ? '' : ` AND question IN (${listed(questions)})`;
  const told =
    `SELECT facet_id, ${THEN}, toString(source) AS source, survey, question, groupArray((at, wanted)) AS own FROM ` +
    `(SELECT facet_id, profile_id, source, ${PROPERTY('survey_id')} AS survey, ${QUESTION} AS question, ` +
    `toUnixTimestamp64Milli(time) AS at, ${WANTED} AS wanted FROM events WHERE type = 'survey_answered' AND ${within(question)} ` +
    `AND profile_id != '${UNATTRIBUTED}') WHERE notEmpty(wanted)${asked} GROUP BY facet_id, source, survey, question`;
  const answers =
    `SELECT person, source, survey, question, groupArrayArray(own) AS told FROM ${byPerson(told)} ` +
    `GROUP BY person, source, survey, question`;
  const orders = `SELECT person, groupArray((at, names)) AS orders FROM ${byPerson(goodsSql({ from, to: to + reach, named: true }))} GROUP BY person`;
  const follows = `arrayExists(o -> o.1 > t.1 AND o.1 <= t.1 + ${reach} AND hasAny(o.2, t.2), orders)`;
  return (
    `SELECT grouping(source) + grouping(survey) AS level, source, survey, question, uniqExactIf(person, notEmpty(ripe)) AS answerers, ` +
    `uniqExactIf(person, bought) AS buyers, uniqExact(person) - answerers AS waiting FROM ` +
    `(SELECT answers.person AS person, source, survey, question, arrayFilter(t -> t.1 + ${reach} <= ${asOf}, told) AS ripe, ` +
    `arrayExists(t -> ${follows}, ripe) AS bought FROM (${answers}) AS answers ` +
    `LEFT ANY JOIN (${orders}) AS bought_by ON bought_by.person = answers.person) ` +
    `GROUP BY GROUPING SETS ((source, survey, question), (source), ()) ` +
    `ORDER BY level DESC, answerers DESC, source, survey, question LIMIT ${rowsMax}`
  );
}
