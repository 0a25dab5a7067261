import type { JsonObject, JsonValue } from '../model/json.ts';
import { type Ask, type Finding, rate, type Stretch, tableOf } from './analysis.ts';
import { listed, NOBODY, quoted, SOMEBODY, within } from './sql-pieces.ts';

/*
 * How many people came how far: steps in their order, each at or after the moment of the one before, all within a window from the
 * first. It is a person's best way that counts, whichever first step that begins with (windowFunnel keeps the latest
 * possible beginning of each prefix, which is never worse than an earlier one). One event is one step. Events of the same
 * millisecond come in the order of the earliest step that each can be.
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
/** Of a number for a moment: what is left below the millisecond, for what its events are told apart by. */
const STEPS_PER_MS = 2 ** 4;
const EVENTS_PER_MS = 2 ** 13;

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
  return `type IN (${listed(types)}) AND ${within(question)} AND ${SOMEBODY}`;
}

function levelsSql(question: FunnelQuestion, first: string | undefined): string {
  const conditions = question.steps.map((step, i) =>
    i === 0 && first !== undefined
      ? `(${conditionOf(step)} AND channel = ${quoted(first)})`
      : conditionOf(step),
  );
  const types = new Set(question.steps.map(({ type }) => type));
  const levels =
    types.size === conditions.length ? apartSql(question, conditions) : sharedSql(question, conditions);
  return `SELECT level, count() AS people FROM (${levels}) WHERE level > 0 GROUP BY level`;
}

/** Milliseconds from the beginning of the time that was asked for. */
const elapsed = ({ from }: FunnelQuestion): string => `toUInt64(toUnixTimestamp64Milli(time) - ${from})`;

/** Each event can be one step only. */
function apartSql(question: FunnelQuestion, conditions: readonly string[]): string {
  const branches = conditions.map((condition, i) => `${condition}, ${i}`).join(', ');
  const at = `${elapsed(question)} * ${STEPS_PER_MS} + multiIf(${branches}, ${conditions.length})`;
  const reach = question.windowMs * STEPS_PER_MS + STEPS_PER_MS - 1;
  return (
    `SELECT windowFunnel(${reach})(${at}, ${conditions.join(', ')}) AS level FROM events_by_person ` +
    `WHERE ${stepEvents(question)} GROUP BY person`
  );
}

/**
 * Steps may share events, and windowFunnel would take one event for all of them. So each event becomes as many as it can be steps,
 * the last step first: when the one before is looked for, this event has not been that yet.
 */
function sharedSql(question: FunnelQuestion, conditions: readonly string[]): string {
  const bits = conditions.map((condition, i) => `if(${condition}, ${2 ** i}, 0)`).join(' + ');
  const steps = conditions.map((_, i) => conditions.length - 1 - i);
  // In one number: the moment, the earliest step that the event can be, and all of them.
  const deed = `bitShiftLeft(${elapsed(question)}, 16) + bitShiftLeft(toUInt64(bitCount(bitXor(mask, mask - 1)) - 1), 12) + mask`;
  const deeds =
    `SELECT person, arraySort(groupArray(deed)) AS own FROM (SELECT person, toUInt64(${bits}) AS mask, ${deed} AS deed ` +
    `FROM events_by_person WHERE ${stepEvents(question)} AND mask != 0) GROUP BY person`;
  const at =
    `(bitShiftRight(each, 16) * ${EVENTS_PER_MS} + n % ${EVENTS_PER_MS}) * ${STEPS_PER_MS} + ` +
    `${conditions.length} - step`;
  const single =
    `SELECT person, ${at} AS at, step FROM (SELECT person, each, n, arrayJoin(arrayFilter(s -> bitTest(each, s), ` +
    `[${steps.join(', ')}])) AS step FROM (${deeds}) ARRAY JOIN own AS each, arrayEnumerate(own) AS n)`;
  const perMs = EVENTS_PER_MS * STEPS_PER_MS;
  const reach = BigInt(question.windowMs) * BigInt(perMs) + BigInt(perMs - 1);
  return (
    `SELECT windowFunnel(${reach})(toUInt64(at), ${conditions.map((_, i) => `step = ${i}`).join(', ')}) AS level ` +
    `FROM (${single}) GROUP BY person`
  );
}

function channelsSql(question: FunnelQuestion): string {
  const [first] = question.steps;
  const condition = first === undefined ? '0' : conditionOf(first);
  return (
    `SELECT channel FROM events WHERE ${condition} AND ${within(question)} AND profile_hash != ${NOBODY} ` +
    `GROUP BY channel ORDER BY count() DESC, channel LIMIT ${question.channelsMax}`
  );
}
