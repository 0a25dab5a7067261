import { words } from '../words/words.ts';

const LOOKS: Readonly<Record<string, string>> = {
  applied: 'good',
  duplicate: 'info',
  quarantined: 'warn',
  refused: 'bad',
  rejected: 'bad',
};

/** What became of an event, in words and in color. */
export function StatusText({ status }: { readonly status: string }) {
  // A status that this page does not know yet is shown as the engine calls it.
  const outcomes: Readonly<Record<string, string>> = words.value.live.outcomes;
  return <span class={LOOKS[status] ?? 'quiet'}>{outcomes[status] ?? status}</span>;
}
