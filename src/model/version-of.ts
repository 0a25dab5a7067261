import { hash } from 'node:crypto';

/** What tells one definition from another: a short hash of its JSON text. */
export function versionOf(definition: object): string {
  return hash('sha256', JSON.stringify(definition), 'hex').slice(0, 16);
}
