import { assert, TesseraError } from '../errors.ts';
import type { CatalogChange } from '../model/catalog.ts';
import type { Outcome } from '../model/effect.ts';
import type { IdentityCommand, LogRecord } from '../model/record.ts';
import type { Log } from '../ports/log.ts';
import { encodeRecord } from './codec.ts';
import type { OutcomeBoard } from './outcome-board.ts';

/**
 * What operators ask for. A command is a record of the log like any event, so it takes effect at its place, exactly
 * once, and a replay repeats it there; whoever asked waits until that has happened.
 */
export interface Commands {
  /**
   * The outcome once the command was applied or refused. Fails with `log_full` or `log_unavailable` when it was not
   * accepted, and with `wait_timeout` when it was, but not applied in time. Repeating one changes nothing more.
   */
  run(author: string, command: IdentityCommand): Promise<Outcome>;
  /** The same for changes of the catalog, all of them in one append; the outcomes in their order. */
  changeCatalog(author: string, changes: readonly CatalogChange[]): Promise<readonly Outcome[]>;
}

export interface CommandsOptions {
  /** Identity's log. */
  readonly log: Pick<Log, 'append'>;
  /** Its name, where there are several. */
  readonly partition?: string;
  /** Where the outcome can be waited for. */
  readonly board: Pick<OutcomeBoard, 'announce' | 'outcomesOf'>;
}

export function createCommands({ log, partition, board }: CommandsOptions): Commands {
  const runAll = async (records: readonly LogRecord[]): Promise<readonly Outcome[]> => {
    const withdraw = board.announce();
    try {
      const positions = await log.append(records.map(encodeRecord));
      const places = partition === undefined ? positions : positions.map((each) => ({ ...each, partition }));
      const outcomes = await board.outcomesOf(places);
      // A command that cannot be folded is kept in quarantine; the operator must not take it for done.
      if (outcomes.length < records.length || outcomes.some(({ status }) => status === 'quarantined'))
        throw new TesseraError('internal', 'the command could not be applied; it is in quarantine');
      return outcomes;
    } finally {
      withdraw();
    }
  };
  return {
    async run(author, command) {
      const [outcome] = await runAll([{ kind: 'command', author, command }]);
      assert(outcome !== undefined, 'each record has an outcome');
      return outcome;
    },
    changeCatalog: (author, changes) =>
      runAll(changes.map((change) => ({ kind: 'catalog', author, change }))),
  };
}
