import { useId } from 'preact/hooks';
import { words } from '../words/words.ts';
import { type Draft, fieldOf, withField } from './draft.ts';
import type { Kind } from './triggers-page.tsx';

interface FormField {
  readonly path: readonly string[];
  readonly label: 'name' | 'description' | 'purpose' | 'group' | 'priority' | 'channel' | 'template';
  readonly number?: boolean;
  readonly choices?: readonly string[];
}

const ALWAYS: readonly FormField[] = [
  { path: ['name'], label: 'name' },
  { path: ['description'], label: 'description' },
];

/** What most changes are about; everything else is in the YAML beside it. */
const FIELDS: Readonly<Record<Kind, readonly FormField[]>> = {
  triggers: [
    ...ALWAYS,
    { path: ['purpose'], label: 'purpose', choices: ['service', 'marketing'] },
    { path: ['group'], label: 'group' },
    { path: ['priority'], label: 'priority', number: true },
    { path: ['action', 'channel'], label: 'channel' },
    { path: ['action', 'template'], label: 'template' },
  ],
  segments: [...ALWAYS, { path: ['group'], label: 'group' }],
  features: ALWAYS,
};

interface DraftFormProps {
  readonly kind: Kind;
  readonly draft: Draft;
  readonly change: (draft: Draft) => void;
}

/** Fields that change the YAML, as the YAML changes them. */
export function DraftForm({ kind, draft, change }: DraftFormProps) {
  const texts = words.value.define;
  const broken = draft.fields === undefined;
  const id = useId();
  return (
    <div class="form">
      {FIELDS[kind].map(({ path, label, number, choices }) => {
        const value = fieldOf(draft.fields, path);
        const set = (text: string): void =>
          change(withField(draft, path, number === true && text !== '' ? Number(text) : text));
        return (
          <label key={label} for={`${id} ${label}`}>
            {texts[label]}
            {choices === undefined ? (
              <input
                id={`${id} ${label}`}
                inputMode={number === true ? 'numeric' : 'text'}
                value={value}
                disabled={broken}
                onInput={({ currentTarget }) => set(currentTarget.value)}
              />
            ) : (
              <select
                id={`${id} ${label}`}
                value={value}
                disabled={broken}
                onChange={({ currentTarget }) => set(currentTarget.value)}
              >
                {choices.includes(value) || <option>{value}</option>}
                {choices.map((choice) => (
                  <option key={choice}>{choice}</option>
                ))}
              </select>
            )}
          </label>
        );
      })}
    </div>
  );
}
