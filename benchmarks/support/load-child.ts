import { sendSlice } from './load.ts';
import { Traffic } from './traffic.ts';

/*
 * The generator process. It holds the traffic, so that the oracle's numbers come from the side that sent, and is told
 * slice by slice what to send where.
 */
export interface SliceOrder {
  readonly target: 'echo' | 'engine';
  readonly port: number;
  readonly key: string;
  readonly connections: number;
  readonly requests: number;
  /** Events in one request. */
  readonly batch: number;
}

function serveOrders(): void {
  const traffic = { echo: new Traffic(), engine: new Traffic() };
  process.on('message', (order: SliceOrder | 'expected') => {
    if (order === 'expected') {
      process.send?.({ sent: traffic.engine.sent, expected: [...traffic.engine.expected] });
      return;
    }
    const source = traffic[order.target];
    const bodies = Array.from({ length: order.requests }, () =>
      order.batch === 1 ? source.next() : source.batch(order.batch),
    );
    void sendSlice({ ...order, path: '/v1/events', bodies }).then(
      (result) => process.send?.(result),
      (error: unknown) => {
        process.stderr.write(`${String(error)}\n`);
        process.exit(1);
      },
    );
  });
}

serveOrders();
