import type { TesseraApiError } from '../../sdk/client/client.ts';
import { en } from '../words/en.ts';
import { words } from '../words/words.ts';

/** What a code of the engine means, in the language of the page; undefined of one that it does not know. */
export function codeText(code: string): string | undefined {
  const { errors } = words.value;
  return Object.hasOwn(errors, code) ? errors[code as keyof typeof errors] : undefined;
}

/** What the engine says beyond that, in English; undefined where it says no more than what its code means. */
export function detailOf({
  code,
  message,
}: {
  readonly code: string;
  readonly message: string;
}): string | undefined {
  const known: Readonly<Record<string, string>> = en.errors;
  return message === '' || message === known[code] || codeText(code) === undefined ? undefined : message;
}

/** Single faults by their places, each with what it says beyond what the whole says. */
export function faultsOf({
  message: whole,
  errors,
}: Pick<TesseraApiError, 'message' | 'errors'>): readonly { readonly path: string; readonly more: string }[] {
  return errors
    .map(({ path, message }) => ({ path, more: message === whole ? '' : message }))
    .filter(({ path, more }) => path !== '' || more !== '');
}
