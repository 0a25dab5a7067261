/** What a sentence of the engine says, every part of it as it is written here; empty where it has none. */
export interface SaidParts {
  readonly key: string;
  readonly have: string;
  readonly need: string;
  readonly types: string;
  readonly within: string;
  readonly first_leaves_at: string;
  readonly silent_until: string;
  readonly silenced_by: string;
  readonly next: string;
  readonly until: string;
  readonly at: string;
  readonly unless: string;
  readonly segment: string;
  readonly change: string;
  readonly moment: string;
  readonly decision: string;
  readonly channel: string;
  readonly reason: string;
  readonly events: string;
  readonly completed: string;
  readonly last_at: string;
}

const about = (key: string): string => (key === '' ? '' : `${key}: `);
const verdict = ({ decision, channel, reason, until }: SaidParts): string =>
  `${decision}${channel === '' ? '' : ` on ${channel}`}${reason === '' ? '' : `: ${reason}`}${until === '' ? '' : `, until ${until}`}`;

/** The engine's sentences about triggers and events, in English, by their codes. */
export const sayingsEn = {
  off: 'It is switched off: it remembers nothing and decides nothing.',
  waits_for_event: ({ types }: SaidParts): string => `Waits for ${types || 'an event'}.`,
  waits_for_condition: 'Waits for its condition to turn from false to true.',
  waits_for_segment: ({ segment, change }: SaidParts): string =>
    `Waits until the segment ${segment} is ${change}.`,
  day_to_come: 'Has a day to come.',
  no_day_to_come: 'Has no day to come.',
  waits_for_catalog: ({ moment }: SaidParts): string =>
    `Waits for the catalog to say ${moment} of what the customer was interested in.`,
  counts: (said: SaidParts): string =>
    `${about(said.key)}${said.have} of ${said.need} ${said.types} within ${said.within}` +
    (said.first_leaves_at === '' ? '' : `; the first leaves at ${said.first_leaves_at}`) +
    (said.silent_until === '' ? '.' : `; ${said.silenced_by} keeps it silent until ${said.silent_until}.`),
  steps: ({ key, have, need, next, until }: SaidParts): string =>
    `${about(key)}${have} of ${need} steps${next === '' ? '' : `; ${next} comes next`}${until === '' ? '' : ` by ${until}`}.`,
  complete_at: ({ key, at, unless }: SaidParts): string =>
    `${about(key)}Is complete at ${at}${unless === '' ? '' : `, unless ${unless} comes before`}.`,
  condition_unknown: 'Its condition asks the event, which is yet to come.',
  condition_holds: 'Its condition holds now.',
  condition_fails: 'Its condition does not hold now.',
  would: (said: SaidParts): string => `Complete now, the decision would be: ${verdict(said)}.`,
  would_if_on: (said: SaidParts): string =>
    `If it were on, and complete now, the decision would be: ${verdict(said)}.`,
  deferred_until: ({ key, until }: SaidParts): string => `${about(key)}Deferred until ${until}.`,
  draft_past: ({ events, completed, last_at }: SaidParts): string =>
    `A draft: of what history has of this customer, ${events} events are of the types that it looks at; they completed it ${completed} times${last_at === '' ? '' : `, the last time at ${last_at}`}.`,
  history_away: 'History cannot be asked now: this is only what the process itself has seen.',
  not_in_history: 'It is not in history yet.',
  repeated: 'It was a repeat of an event that had been applied, and changed nothing.',
  refused_in_answer: 'It was refused in the answer to whoever sent it, and is kept nowhere.',
  refused: 'It was refused, and changed nothing.',
  not_seen: 'This process has not seen it, or no longer knows: when it was applied is not stored.',
  history_time_unknown: 'When history had it is not known here.',
  features_now: 'Features are as they are now.',
};

/** What becomes of a membership. */
export const turnsEn = { entered: 'entered', left: 'left' };

/** Questions that limits ask before a trigger fires. */
export const checksEn = {
  at_once: 'one of its group at a time',
  caps: 'not too much',
  channel: 'a channel that may be used',
  cooldown: 'not again so soon',
  guards: 'no guard against it',
  holdout: 'not held out',
  kind: 'is a customer',
  paused: 'wants to hear something',
  quiet_hours: 'not at night',
  restricted: 'their data may be used',
};
