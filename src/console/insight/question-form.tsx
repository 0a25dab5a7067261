import { useState } from 'preact/hooks';
import { words } from '../words/words.ts';

export type AskedField = 'days' | 'steps' | 'period' | 'event';

/** What a report is asked about. */
export interface Question {
  readonly days: number;
  readonly steps: string;
  readonly period: 'day' | 'week' | 'month';
  readonly event: string;
}

export const FIRST_QUESTION: Question = {
  days: 90,
  steps: 'product_viewed,product_added,order_completed',
  period: 'week',
  event: 'order_completed',
};
const PERIODS = ['day', 'week', 'month'] as const;

interface QuestionFormProps {
  readonly fields: readonly AskedField[];
  readonly asked: Question;
  readonly ask: (question: Question) => void;
}

/** Asks when somebody says so, not while they type: a report may take seconds. */
export function QuestionForm({ fields, asked, ask }: QuestionFormProps) {
  const texts = words.value.insight;
  const [draft, setDraft] = useState(asked);
  if (fields.length === 0) return null;
  return (
    <form
      class="row question"
      onSubmit={(event) => {
        event.preventDefault();
        // A new object: who asks again wants to see what is there by now.
        ask({ ...draft });
      }}
    >
      {fields.includes('days') && (
        <label>
          {texts.days}
          <input
            inputMode="numeric"
            size={5}
            value={String(draft.days)}
            onInput={({ currentTarget }) => setDraft({ ...draft, days: Number(currentTarget.value) || 1 })}
          />
        </label>
      )}
      {fields.includes('period') && (
        <label>
          {texts.period}
          <select
            value={draft.period}
            onChange={({ currentTarget: { value } }) =>
              setDraft({ ...draft, period: PERIODS.find((each) => each === value) ?? 'week' })
            }
          >
            {PERIODS.map((each) => (
              <option key={each} value={each}>
                {texts.periods[each]}
              </option>
            ))}
          </select>
        </label>
      )}
      {(['event', 'steps'] as const)
        .filter((field) => fields.includes(field))
        .map((field) => (
          <label key={field} class="stretch">
            {texts[field]}
            <input
              value={draft[field]}
              onInput={({ currentTarget }) => setDraft({ ...draft, [field]: currentTarget.value.trim() })}
            />
          </label>
        ))}
      <button type="submit">{texts.run}</button>
    </form>
  );
}
