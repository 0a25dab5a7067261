import type { OrderTransition } from './event.ts';

/** Which event types report a fact of an order; all others report none. */
export const orderTransitions: ReadonlyMap<string, OrderTransition> = new Map([
  ['order_completed', 'completed'],
  ['order_refunded', 'refunded'],
  ['order_cancelled', 'cancelled'],
]);
