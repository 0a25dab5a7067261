import type { FastifyRequest } from 'fastify';
import type { ReadOptions } from './services.ts';

/** Notes one field of one profile as shown in clear. */
export type NoteField = (field: string) => void;

/**
 * What an answer shows of whom in clear. Readers note it where they open a value, and the answer waits until the audit log
 * has it.
 */
export class Disclosure {
  readonly #profiles = new Set<string>();
  readonly #fields = new Set<string>();

  /** For one profile: how its fields are noted. */
  of(profile: string): NoteField {
    return (field) => {
      this.#profiles.add(profile);
      this.#fields.add(field);
    };
  }

  /** Of an event that nobody could be found for. */
  ofNobody(field: string): void {
    this.#fields.add(field);
  }

  /** Whether anything was shown. */
  get shown(): boolean {
    return this.#fields.size > 0;
  }

  /** Whose data it was; empty where nothing was shown. */
  get profiles(): readonly string[] {
    return [...this.#profiles];
  }

  get fields(): readonly string[] {
    return [...this.#fields].sort();
  }
}

/** How this request may see personal data: the one place that asks for the scope. */
export function revealTo(request: FastifyRequest): Pick<ReadOptions, 'reveal' | 'disclosed'> {
  if (request.principal?.scopes.has('pii') !== true) return { reveal: false };
  request.disclosure ??= new Disclosure();
  return { reveal: true, disclosed: request.disclosure };
}
