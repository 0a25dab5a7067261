import { useId } from 'preact/hooks';
import type { Words } from '../words/en.ts';
import { words } from '../words/words.ts';
import { type Draft, fieldOf, isPlain, withField } from './draft.ts';
import type { Kind } from './triggers-page.tsx';

interface FormField {
  readonly path: readonly string[];
  readonly label: keyof Words['define']['fields'];
  readonly number?: boolean;
  readonly choices?: readonly string[];
}

const ALWAYS: readonly FormField[] = [
  { path: ['name'], label: 'name' },
  { path: ['description'], label: 'description' },
];

const AGGREGATES = [
  ...['count', 'sum', 'average', 'minimum', 'maximum', 'first', 'last', 'distinct', 'top_k', 'list_last_n'],
  ...['time_since', 'cart', 'variance', 'standard_deviation', 'decayed_sum', 'rate', 'quantile', 'histogram'],
  ...['purchases', 'derived'],
];

/** What most changes are about; everything else is in the YAML beside it. */
const FIELDS: Readonly<Record<Kind, readonly FormField[]>> = {
  triggers: [
    ...ALWAYS,
    { path: ['purpose'], label: 'purpose', choices: ['service', 'marketing'] },
    { path: ['group'], label: 'group' },
    { path: ['priority'], label: 'priority', number: true },
    { path: ['limit', 'cooldown'], label: 'cooldown' },
    { path: ['limit', 'holdout'], label: 'holdout', number: true },
    { path: ['action', 'channel'], label: 'channel' },
    { path: ['action', 'template'], label: 'template' },
  ],
  segments: [
    ...ALWAYS,
    { path: ['kind'], label: 'kind', choices: ['', 'segment', 'tag'] },
    { path: ['group'], label: 'group' },
    { path: ['rank'], label: 'rank', number: true },
  ],
  features: [
    ...ALWAYS,
    { path: ['on'], label: 'on' },
    { path: ['aggregate'], label: 'aggregate', choices: AGGREGATES },
    { path: ['of'], label: 'of' },
    { path: ['window'], label: 'window' },
  ],
};

interface DraftFormProps {
  readonly kind: Kind;
  readonly draft: Draft;
  readonly change: (draft: Draft) => void;
}

/** Fields that change the YAML, as the YAML changes them. */
export function DraftForm({ kind, draft, change }: DraftFormProps) {
  const texts = words.value.define;
  const id = useId();
  return (
    <div class="form">
      {FIELDS[kind].map(({ path, label, number, choices }) => {
        const value = fieldOf(draft.fields, path);
        const set = (text: string): void =>
          change(withField(draft, path, number === true ? numberOf(text) : text));
        const disabled = draft.fields === undefined || !isPlain(draft.fields, path);
        return (
          <label key={label} for={`${id} ${label}`}>
            {texts.fields[label]}
            {choices === undefined ? (
              <input
                id={`${id} ${label}`}
                inputMode={number === true ? 'decimal' : 'text'}
                value={value}
                disabled={disabled}
                onInput={({ currentTarget }) => set(currentTarget.value)}
              />
            ) : (
              <select
                id={`${id} ${label}`}
                value={value}
                disabled={disabled}
                onChange={({ currentTarget }) => set(currentTarget.value)}
              >
                {choices.includes(value) || <option>{value}</option>}
                {choices.map((choice) => (
                  <option key={choice} value={choice}>
                    {choice || '–'}
                  </option>
                ))}
              </select>
            )}
          </label>
        );
      })}
    </div>
  );
}

/** What is no number yet stays as it was typed, and the engine says what it thinks of it. */
function numberOf(text: string): string | number {
  const value = Number(text);
  return text === '' || Number.isNaN(value) || String(value) !== text ? text : value;
}
