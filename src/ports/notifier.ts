import type { Firing } from '../model/trigger.ts';

/** Fan-out of what happened, after the commit. Never waits for a reader. */
export interface Notifier {
  firings(firings: readonly Firing[]): void;
}
