import { isolated } from '../parts/data-text.ts';
import type { Words } from '../words/en.ts';

/**
 * Why a trigger did not fire, in words: `cap:channel` and `guard:vip` name what they are about. A reason that this page does not
 * know is told as the engine writes it.
 */
export function reasonText(reason: string, texts: Words['live']['reasons']): string {
  const [kind = '', subject] = reason.split(/:(.*)/s);
  if (!Object.hasOwn(texts, kind)) return isolated(reason);
  // The names of the texts are the kinds of reasons.
  const text = texts[kind as keyof typeof texts];
  if (typeof text === 'string') return text;
  return subject === undefined ? reason : text(isolated(subject));
}
