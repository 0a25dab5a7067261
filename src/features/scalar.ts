import { limits } from '../limits.ts';
import type { JsonValue } from '../model/json.ts';

/** Cuts a text to what features may keep, never through the middle of a surrogate pair. */
export function boundedText(text: string): string {
  const max = limits.featureStringCharactersMax;
  if (text.length <= max) return text;
  const last = text.charCodeAt(max - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? max - 1 : max);
}

/**
 * The value as features keep it; undefined for what is none: null, objects (sealed ones too), lists, and texts of nothing
 * but spaces, which are how forms and exports write that something is not known.
 */
export function keyOf(value: JsonValue | undefined): string | number | boolean | undefined {
  if (typeof value === 'string') {
    const text = boundedText(value);
    return isBlank(text) ? undefined : text;
  }
  // `|| 0` keeps -0 out of the stored bytes.
  if (typeof value === 'number') return value || 0;
  return typeof value === 'boolean' ? value : undefined;
}

const SPACE = 0x20;

function isBlank(text: string): boolean {
  // Nearly every text begins with a letter or a digit: looking at that is all it costs.
  const first = text.charCodeAt(0);
  return !(first > SPACE && first < 0x80) && text.trim() === '';
}
