import { openEngine } from '../engine.ts';
import { limits } from '../limits.ts';
import { type Line, ProcessLink } from './process-link.ts';
import type { Order } from './process-messages.ts';

/** Has `stop` run once, within the time, when the process is told to end by itself; answers what else begins the end. */
export type EndInOrder = (stop: () => Promise<void>, stopMs: number) => () => void;

/** One process of a node, as its supervisor orders: an engine like any other, on a port that it shares. */
export async function workAsProcess(version: string, endInOrder: EndInOrder): Promise<void> {
  const link = new ProcessLink(lineToSupervisor(), () => process.exit());
  const { config, process: number, historyUrl } = await link.order;
  const place = { process: number, shared: link.shared, historyUrl };
  const engine = await openEngine(config, version, { place });
  const { writeKey, secretKey } = engine.secrets;
  const end = endInOrder(() => engine.stop(), limits.processStopMs);
  const address = await engine.listen();
  link.ready({ address, writeKey, secretKey, historyUrl: engine.historyUrl }, engine, end);
}

/** Should the supervisor die, the line breaks and Node ends the process: nobody could connect to it any more. */
function lineToSupervisor(): Line {
  return {
    send: (report) => {
      process.send?.(report);
    },
    // Both ends run the same program.
    listen: (listener) => process.on('message', (order: Order) => listener(order)),
  };
}
