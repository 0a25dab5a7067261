import { hash } from 'node:crypto';
import type { JsonValue } from '../../model/json.ts';

const ID_CHARACTERS = 22;

/**
 * An id for an event of a protocol that has none: the same whenever the same event is sent again, which is what
 * deduplication goes by. The parts must hold what tells two events apart (a time, above all), and nothing that changes
 * between two attempts to send one.
 */
export function stableId(parts: readonly (JsonValue | undefined)[]): string {
  return hash('sha256', JSON.stringify(parts), 'base64url').slice(0, ID_CHARACTERS);
}
