import { judgeName, PLAIN } from './personal/judge-name.ts';
import type { Rejection } from './rejection.ts';

/*
 * A path says where a fault is in the words of its sender, and whoever sends what is wrong may have put somebody's address or name where the name of a field
 * belongs. Paths are shown to all who look after quarantine, counted by and kept in history, so a step that is no usual name of a field is shown as `*`.
 */
const FIELD = /^[A-Za-z_$][\w$.:-]{0,63}$/;
/** An identifier type with its issuer. */
const ISSUED = /^[a-z][a-z0-9_]{0,63}@[A-Za-z][A-Za-z0-9_-]{0,63}$/;
/** Phone numbers, cards, documents. */
const NUMBER = /\d{5}/;
const INDEX = /^\d{1,4}$/;
const HIDDEN = '*';

/** The pointer as others than its sender may see it. */
export function shownPath(path: string): string {
  if (path === '') return path;
  return path
    .split('/')
    .map((step, n) => (n === 0 || isFieldName(step) ? step : HIDDEN))
    .join('/');
}

/** Whether it looks like the name of a field, or a place in a list, and not like somebody. */
export function isFieldName(step: string): boolean {
  if (step === HIDDEN || INDEX.test(step) || ISSUED.test(step)) return true;
  if (NUMBER.test(step)) return false;
  // Chinese names of fields are told from Chinese names of people by the table alone.
  return FIELD.test(step) || judgeName(step) !== PLAIN;
}

/** The same of a whole refusal. */
export function withShownPath(rejection: Rejection): Rejection {
  const path = shownPath(rejection.path);
  return path === rejection.path ? rejection : { ...rejection, path };
}
