import { Traffic } from './traffic.ts';
import { sendSlice } from './load.ts';

/*
 * The generator process. It holds the traffic, so the oracle's numbers come from the side that sent, and is told
 * slice by slice what to send where.
 */
export interface Order {
  readonly target: 'echo' | 'engine';
  readonly port: number;
  readonly key: string;
  readonly connections: number;
  readonly requests: number;
  readonly batch: number;
}

const engine = new Traffic();
const echo = new Traffic();

process.on('message', (message: Order | 'expected') => {
  void answer(message);
});

async function answer(message: Order | 'expected'): Promise<void> {
  if (message === 'expected') {
    process.send?.({ sent: engine.sent, expected: [...engine.expected] });
    return;
  }
  const traffic = message.target === 'echo' ? echo : engine;
  const bodies = Array.from({ length: message.requests }, () =>
    message.batch === 1 ? traffic.next() : traffic.batch(message.batch),
  );
  process.send?.('ready');
  process.once('message', () => {
    void sendSlice({ ...message, path: '/v1/events', bodies }).then(
      (result) => process.send?.(result),
      (error: unknown) => {
        process.stderr.write(`${String(error)}\n`);
        process.exit(1);
      },
    );
  });
}
