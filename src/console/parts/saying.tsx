import { reasonText } from '../live/reason-text.ts';
import type { SaidParts } from '../words/en-sayings.ts';
import { formatMoment, words } from '../words/words.ts';
import { isolated } from './data-text.ts';

/** A sentence of the engine, with what it is made of. */
export interface Saying {
  readonly code: string;
  /** In English. */
  readonly text: string;
  readonly [part: string]: unknown;
}

/** What the engine says, in the language of the page. */
export function Sayings({ of }: { readonly of: readonly Saying[] }) {
  return (
    <ul>
      {of.map((saying, n) => (
        <li key={n}>{sayingText(saying)}</li>
      ))}
    </ul>
  );
}

/** A sentence that this page does not know is told as the engine writes it. */
export function sayingText(saying: Saying): string {
  const { sayings } = words.value;
  if (!Object.hasOwn(sayings, saying.code)) return isolated(saying.text);
  // The names of the texts are the codes of sentences.
  const text = sayings[saying.code as keyof typeof sayings];
  return typeof text === 'string' ? text : text(partsOf(saying));
}

const NO_PARTS: SaidParts = {
  ...{ key: '', have: '', need: '', types: '', within: '', first_leaves_at: '', silent_until: '' },
  ...{ silenced_by: '', next: '', until: '', at: '', unless: '', segment: '', change: '', moment: '' },
  ...{ decision: '', channel: '', reason: '', events: '', completed: '', last_at: '' },
};

function partsOf(saying: Saying): SaidParts {
  const parts = Object.entries(saying).map(([name, value]) => [name, partOf(name, value)]);
  return { ...NO_PARTS, ...Object.fromEntries(parts) };
}

const MOMENT = /^(?:at|until)$|_(?:at|until)$/;

function partOf(name: string, value: unknown): string {
  const { decisions, live, turns } = words.value;
  const named: Readonly<Record<string, string>> = name === 'decision' ? decisions : turns;
  if (typeof value === 'number') return MOMENT.test(name) ? formatMoment(value) : String(value);
  if (Array.isArray(value)) return value.map((each) => isolated(String(each))).join(' / ');
  const text = String(value);
  if (name === 'reason') return reasonText(text, live.reasons);
  return (name === 'decision' || name === 'change' ? named[text] : undefined) ?? isolated(text);
}
