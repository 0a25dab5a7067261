import type { Person } from '../../generate/world.ts';
import type { Stage } from './stage.ts';

/** Something that somebody does within a minute, told as it happens. */
export interface Story {
  readonly name: string;
  /** How often it is told, against the others. */
  readonly weight: number;
  /** Whose story it may be. */
  who(person: Person): boolean;
  tell(stage: Stage, person: Person): Promise<void>;
}

export function anybody(): boolean {
  return true;
}

export function isCustomer({ kind }: Person): boolean {
  return kind === 'customer';
}

/** A customer with an account. */
export function isMember(person: Person): boolean {
  return isCustomer(person) && person.member;
}

/** Agreed to being recognized and to messages, as a sign-up form asks it. */
export const AGREED = { personalization: true, marketing: { sms: true, email: true } } as const;
