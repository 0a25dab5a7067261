import type { JsonObject, JsonValue } from '../model/json.ts';
import { UNATTRIBUTED } from '../model/keys.ts';
import { type Ask, type Finding, rate, type Stretch, tableOf } from './analysis.ts';
import { byPerson, listed, quoted, THEN, within } from './sql-pieces.ts';

/*
 * How many people came how far: steps in their order, each at or after the moment of the one before, all within a window from the
 * first. It is a person's best way that counts, whichever first step that begins with (windowFunnel keeps the latest
 * possible beginning of each prefix, which is never worse than an earlier one). One event is one step.
 */
export interface FunnelStep {
  readonly type: string;
  /** Any of these, or any but these; all channels where it is absent. */
  readonly channels?: { readonly names: readonly string[]; readonly except: boolean };
  /** As it was asked for. */
  readonly name: string;
}

export interface FunnelQuestion extends Stretch {
  readonly steps: readonly FunnelStep[];
  readonly windowMs: number;
  /** Also by the channel of the first step. */
  readonly byChannel: boolean;
  /** Channels that are told apart. */
  readonly channelsMax: number;
}

const COLUMNS = ['channel', 'step', 'event', 'people', 'conversion', 'step_conversion'] as const;
/** Moments are numbered so that of events of the same millisecond the earlier step comes first. */
const STEPS_PER_MS = 16;

export async function funnel(question: FunnelQuestion, ask: Ask): Promise<Finding> {
  const { from, to, windowMs } = question;
  const overall = stepsOf(question, await ask(levelsSql(question, undefined)));
  const by: JsonObject[] = [];
  if (question.byChannel) {
    for (const { channel } of await ask(channelsSql(question))) {
      const name = String(channel);
      by.push({ channel: name, steps: stepsOf(question, await ask(levelsSql(question, name))) });
    }
  }
  const answer: JsonObject = {
    from,
    to,
    window_ms: windowMs,
    steps: overall,
    ...(question.byChannel ? { by_channel: by } : {}),
  };
  const rows = [{ channel: '', steps: overall }, ...by].flatMap(({ channel, steps: counted }) =>
    rowsIn(counted).map((row, i) => ({ ...row, channel: channel ?? '', step: i + 1 })),
  );
  return { answer, table: tableOf(COLUMNS, rows) };
}

function rowsIn(value: JsonValue | undefined): readonly JsonObject[] {
  // Made by `stepsOf`.
  return (value ?? []) as readonly JsonObject[];
}

/** Whoever came to a step came to all before it. */
function stepsOf({ steps }: FunnelQuestion, rows: readonly JsonObject[]): readonly JsonObject[] {
  const reached = new Map(rows.map(({ level, people }) => [Number(level), Number(people)]));
  const counts = steps.map((_, i) =>
    [...reached].reduce((sum, [level, people]) => (level > i ? sum + people : sum), 0),
  );
  return steps.map(({ name }, i) => {
    const people = counts[i] ?? 0;
    return {
      event: name,
      people,
      conversion: rate(people, counts[0] ?? 0),
      step_conversion: rate(people, i === 0 ? people : (counts[i - 1] ?? 0)),
    };
  });
}

function conditionOf({ type, channels }: FunnelStep): string {
  // Copies of an order that another system reports are no orders of their own.
  const own =
    type === 'order_completed' ? `(type = 'order_completed' AND order_ledger)` : `type = ${quoted(type)}`;
  if (channels === undefined || channels.names.length === 0) return own;
  return `(${own} AND channel ${channels.except ? 'NOT IN' : 'IN'} (${listed(channels.names)}))`;
}

function stepEvents(question: FunnelQuestion): string {
  const types = [...new Set(question.steps.map(({ type }) => type))];
  return `type IN (${listed(types)}) AND ${within(question)} AND profile_id != '${UNATTRIBUTED}'`;
}

/** The ways are gathered by facet and put together by person: the state of a windowFunnel is its events. */
function levelsSql(question: FunnelQuestion, first: string | undefined): string {
  const { steps, windowMs } = question;
  const conditions = steps.map(conditionOf);
  const branches = conditions.map((condition, i) => `${condition}, ${i}`).join(', ');
  const at = `toUInt64(toUnixTimestamp64Milli(time) * ${STEPS_PER_MS} + multiIf(${branches}, ${steps.length}))`;
  const begun = conditions.map((condition, i) =>
    i === 0 && first !== undefined ? `(${condition} AND channel = ${quoted(first)})` : condition,
  );
  const call = `(${windowMs * STEPS_PER_MS + STEPS_PER_MS - 1})`;
  const ways =
    `SELECT facet_id, ${THEN}, windowFunnelState${call}(${at}, ${begun.join(', ')}) AS way FROM events ` +
    `WHERE ${stepEvents(question)} GROUP BY facet_id`;
  return (
    `SELECT level, count() AS people FROM (SELECT windowFunnelMerge${call}(way) AS level FROM ${byPerson(ways)} ` +
    `GROUP BY person) WHERE level > 0 GROUP BY level`
  );
}

function channelsSql(question: FunnelQuestion): string {
  const [first] = question.steps;
  const condition = first === undefined ? '0' : conditionOf(first);
  return (
    `SELECT channel FROM events WHERE ${condition} AND ${within(question)} AND profile_id != '${UNATTRIBUTED}' ` +
    `GROUP BY channel ORDER BY count() DESC, channel LIMIT ${question.channelsMax}`
  );
}
