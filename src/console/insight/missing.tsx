import type { Words } from '../words/en.ts';
import { words } from '../words/words.ts';

/** A report that has nothing to show says what it lacks. */
export function Missing({ name }: { readonly name: keyof Words['insight']['missing'] }) {
  return <p class="quiet empty">{words.value.insight.missing[name]}</p>;
}
