import { hash } from 'node:crypto';

/** Twelve hexadecimal digits of a digest are as many as a number keeps exactly. */
const DIGITS = 12;

/** A number from 0 to below 1 that a trigger and a profile always have: evenly spread over profiles, unrelated between triggers. */
export function holdoutShare(trigger: string, profile: string): number {
  const digits = hash('sha256', `${trigger}\0${profile}`, 'hex').slice(0, DIGITS);
  return Number.parseInt(digits, 16) / 16 ** DIGITS;
}

export function isHeldOut(trigger: string, profile: string, share: number): boolean {
  return share > 0 && holdoutShare(trigger, profile) < share;
}
