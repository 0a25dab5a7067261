import type { ErrorCode } from '../errors.ts';

/** Why one event of a batch cannot be taken. The others go on; this one is quarantined with the reason. */
export interface Rejection {
  readonly ok: false;
  readonly code: ErrorCode;
  /** JSON pointer into the event as it was sent; empty for the event itself. */
  readonly path: string;
  /** One sentence for the sender. Never repeats the value: it may be personal. */
  readonly message: string;
  /** Which schema refused it, as `type@version`; absent where something else did. */
  readonly schemaVersion?: string;
}

export function reject(code: ErrorCode, path: string, message: string): Rejection {
  return { ok: false, code, path, message };
}

/** One more step of a JSON pointer, escaped (RFC 6901). */
export function pointer(parent: string, key: string | number): string {
  if (typeof key === 'number') return `${parent}/${key}`;
  return `${parent}/${key.includes('~') || key.includes('/') ? key.replaceAll('~', '~0').replaceAll('/', '~1') : key}`;
}
