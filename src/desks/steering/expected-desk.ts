import { type Expectation, expected } from '../../analytics/expected.ts';
import { RESTRICTED } from '../../model/restriction.ts';
import type { Clock } from '../../ports/clock.ts';
import type { History } from '../../ports/history.ts';
import type { ExpectedCustomer, Expecting } from '../../serve/expected-service.ts';
import type { HistoryLags } from '../../serve/history-lag.ts';
import type { ProfileReader, ReadOptions } from '../../serve/services.ts';
import { callName } from '../call-name.ts';
import { readHistoryRows } from '../past-events.ts';

export interface ExpectedDeskOptions {
  readonly history: Pick<History, 'query'>;
  readonly profiles: Pick<ProfileReader, 'byId'>;
  readonly historyLag: () => HistoryLags;
  readonly clock: Clock;
}

/** Whom a store may expect comes out of history; who that is, out of the state as it is now. */
export function createExpectedDesk({ history, profiles, historyLag, clock }: ExpectedDeskOptions): Expecting {
  return {
    async expect({ store, days, limit, read }) {
      const now = clock.now();
      const lags = [...historyLag().values()];
      const found = await expected({ store, now, days, rowsMax: limit }, (sql) =>
        readHistoryRows(history, sql),
      );
      const people: ExpectedCustomer[] = [];
      for (const each of found) {
        const person = await personOf(each, profiles, read);
        if (person !== undefined) people.push(person);
      }
      return {
        ...{ store, now },
        freshness: {
          rows_waiting: lags.reduce((sum, { rowsWaiting }) => sum + rowsWaiting, 0),
          seconds_waiting: Math.max(0, ...lags.map(({ secondsWaiting }) => secondsWaiting)),
        },
        expected: people,
      };
    },
  };
}

/** Undefined for whoever has restricted the use of their data: a store is not to work with it. */
async function personOf(
  { reason, at, detail, profile: id }: Expectation,
  profiles: ExpectedDeskOptions['profiles'],
  read: ReadOptions,
): Promise<ExpectedCustomer | undefined> {
  const view = id === undefined ? undefined : await profiles.byId(id, read);
  if (view?.tags.includes(RESTRICTED) === true) return undefined;
  const known = view === undefined ? {} : callName(view);
  return {
    ...{ reason, at, profile_id: view?.profile_id ?? null },
    ...known,
    ...{ identifiers: view?.identifiers ?? {}, detail },
  };
}
