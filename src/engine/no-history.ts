import { TesseraError } from '../errors.ts';
import type { History } from '../ports/history.ts';

/** For a node that neither keeps history nor knows a server that does: it answers what it can, and says what it cannot. */
export function createNoHistory(): History {
  const refuse = async (): Promise<never> => {
    throw new TesseraError(
      'history_unavailable',
      'This node has no history: ask one with the role history, or start it with CLICKHOUSE_URL.',
    );
  };
  return {
    migrate: async () => undefined,
    insert: refuse,
    present: refuse,
    blank: refuse,
    erase: refuse,
    expire: refuse,
    query: refuse,
    close: async () => undefined,
  };
}
