import { OTHER_EVENTS, type RetentionDefinition } from '../../model/retention.ts';
import { DAY_MS, type EpochMs } from '../../model/time.ts';
import type { ExpiredRows } from '../../ports/history.ts';

/** Rows whose term is over, and the rule by which they go. */
export interface RuledRows extends ExpiredRows {
  readonly rule: string;
}

/** What the rules in force let go at a moment. A type that several rules name is kept for the longest of their terms. */
export function expiredRows(rules: readonly RetentionDefinition[], now: EpochMs): readonly RuledRows[] {
  const events = longestOf(rules, ({ events: types = [] }) => types);
  const named = [...events.keys()].filter((type) => type !== OTHER_EVENTS);
  return [
    ...[...events].map(
      ([type, { name, days }]): RuledRows => ({
        rule: name,
        table: 'events',
        before: now - days * DAY_MS,
        ...(type === OTHER_EVENTS ? { except: named } : { types: [type] }),
      }),
    ),
    ...[...longestOf(rules, ({ records = [] }) => records)].map(
      ([table, { name, days }]): RuledRows => ({ rule: name, table, before: now - days * DAY_MS }),
    ),
    ...attemptsOf(rules, now),
  ];
}

/** Attempts to replay events go with what they were made with. */
function attemptsOf(rules: readonly RetentionDefinition[], now: EpochMs): readonly RuledRows[] {
  const rule = longestOf(rules, ({ records = [] }) => records).get('quarantine');
  if (rule === undefined) return [];
  return [{ rule: rule.name, table: 'quarantine_attempts', before: now - rule.days * DAY_MS }];
}

/** The rule with the longest term of each name, in the order of the names. */
function longestOf<Name extends string>(
  rules: readonly RetentionDefinition[],
  namesOf: (rule: RetentionDefinition) => readonly Name[],
): ReadonlyMap<Name, RetentionDefinition> {
  const longest = new Map<Name, RetentionDefinition>();
  for (const rule of rules)
    for (const name of namesOf(rule)) if (rule.days > (longest.get(name)?.days ?? 0)) longest.set(name, rule);
  return new Map([...longest].sort(([a], [b]) => (a < b ? -1 : 1)));
}
