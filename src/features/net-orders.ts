import type { Sample } from './operation.ts';

/** What a fact of an order says to a feature that nets orders: its values are an amount, and 1 for the order itself. */
export interface OrderSample {
  /** The same for an order and its refunds. */
  readonly order: string;
  readonly sample: Sample;
}

/**
 * Orders with what was given back for them, at the order's time: one sample each. Of an order that was given back
 * altogether only the amounts count. A refund whose order is not known any more counts for itself, at its own time.
 */
export function netOrders(reported: readonly OrderSample[]): readonly Sample[] {
  const orders = new Map<string, Sample>();
  for (const { order, sample } of reported) if (sample.values[1] === 1) orders.set(order, sample);
  const backs = new Map<string, number>();
  const netted: Sample[] = [];
  for (const { order, sample } of reported) {
    if (sample.values[1] === 1) continue;
    if (orders.get(order)?.currency === sample.currency)
      backs.set(order, (backs.get(order) ?? 0) + amountOf(sample));
    else netted.push(sample);
  }
  for (const [order, sample] of orders) {
    const back = backs.get(order) ?? 0;
    const left = amountOf(sample) + back;
    netted.push(back === 0 ? sample : { ...sample, values: [left, left > 0 ? 1 : 0] });
  }
  return netted;
}

/** Whether the order of this sample was given back altogether, by what is known of it. */
export function isReturned(order: string, reported: readonly OrderSample[]): boolean {
  const own = reported.filter((each) => each.order === order);
  return (
    own.some(({ sample }) => sample.values[1] === 1) && netOrders(own).every(({ values }) => values[1] === 0)
  );
}

function amountOf({ values: [amount] }: Sample): number {
  return typeof amount === 'number' ? amount : 0;
}
