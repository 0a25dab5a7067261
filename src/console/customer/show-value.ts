import { isolated, visible } from '../parts/data-text.ts';

/** Any JSON as text: what is text already stays as it is. */
export function showValue(value: unknown): string {
  if (value === null || value === undefined) return '–';
  return visible(typeof value === 'string' ? value : JSON.stringify(value));
}

/** The same to be read rather than copied: of lists and groups every part is said. */
export function sayValue(value: unknown): string {
  if (typeof value !== 'object' || value === null) return isolated(showValue(value));
  const parts = Array.isArray(value)
    ? value.map(sayValue)
    : Object.entries(value).map(([name, part]) => `${isolated(name)}: ${sayValue(part)}`);
  return parts.length === 0 ? '–' : parts.join(' · ');
}

/** Whether a value says nothing that anybody would look for. */
export function isEmpty(value: unknown): boolean {
  if (value === null || value === undefined || value === 0 || value === '' || value === false) return true;
  return Array.isArray(value) && value.length === 0;
}
