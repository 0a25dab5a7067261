import { join } from 'node:path';
import { openClickHouseHistory } from '../../src/adapters/clickhouse/history.ts';
import { Environment } from '../../src/adapters/embedded/environment.ts';
import { openStateStore } from '../../src/adapters/embedded/state-store.ts';
import { createHistorian } from '../../src/historian/historian.ts';
import type { HistoryRow } from '../../src/model/effect.ts';
import { facetRow } from '../../src/model/history-rows.ts';
import { packSpool } from '../../src/model/spool-entry.ts';
import type { History } from '../../src/ports/history.ts';
import { eventLine } from '../conformance/history-samples.ts';

/*
 * One life of a historian: it commits entries to the real spool, brings them to the real history, and ends
 * either by killing itself at the given point or, with point `none`, by having brought over everything.
 * Arguments: directory, entries in all, point, number of the insert, milliseconds.
 */
const PARTITION = 'p0';
const ROWS_PER_ENTRY = 1_500;
const [directory = '', total = '0', point = 'none', fatal = '0', delay = '0'] = process.argv.slice(2);

function die(): void {
  process.kill(process.pid, 'SIGKILL');
}

function entryRows(n: number): HistoryRow[] {
  const rows: HistoryRow[] = [];
  for (let i = 0; i < ROWS_PER_ENTRY; i += 1) {
    // The line is JSON of exactly such a list of values.
    rows.push({ table: 'events', values: JSON.parse(eventLine(n, i)) as unknown[] });
  }
  const cause = { partition: 0, seq: n, index: 0, ordinal: 1 };
  rows.push(facetRow({ facetId: `f-${n}`, profileId: 'p', change: 'created', at: n, cause }));
  return rows;
}

/** The history with a point of death before, during or after one of its inserts. */
function mortal(history: History): History {
  let inserts = 0;
  return {
    migrate: () => history.migrate(),
    present: (...asked) => history.present(...asked),
    blank: (mentions) => history.blank(mentions),
    erase: (names) => history.erase(names),
    expire: (...asked) => history.expire(...asked),
    query: (...asked) => history.query(...asked),
    close: () => history.close(),
    insert: async (block, token) => {
      inserts += 1;
      const last = inserts === Number(fatal);
      if (last && point === 'before') die();
      if (last && point === 'during') setTimeout(die, Number(delay));
      await history.insert(block, token);
      if (last) die();
    },
  };
}

const environment = new Environment(join(directory, 'state'), {
  full: 'state_unavailable',
  failed: 'state_unavailable',
});
const store = openStateStore(environment);
const history = await openClickHouseHistory({
  address: { kind: 'chdb', path: join(directory, 'history') },
  database: 'main_tessera',
});
await history.migrate();
const historian = createHistorian({
  store,
  history: mortal(history),
  partition: PARTITION,
  space: 'main',
  onError: (error) => console.error(error),
});
const checkpoint = await store.checkpoint(PARTITION);
for (let n = (checkpoint?.spooled ?? 0) + 1; n <= Number(total); n += 1) {
  const next = { seq: n, digest: 0, version: n, taken: {}, given: {}, spooled: n };
  await store.commit(PARTITION, {
    expected: n - 1,
    next,
    entries: new Map(),
    spool: packSpool(entryRows(n)),
  });
}
await historian.start();
await historian.drain();
await historian.stop();
const sql = `SELECT count(), uniqExact(seq, idx, ord) FROM events
  UNION ALL SELECT count(), uniqExact(seq, idx, ord) FROM facets`;
const counts = await history.query(sql, 'TSV');
console.log(
  JSON.stringify({ counts: counts.trim().split('\n').sort(), repaired: historian.stats().rowsRepaired }),
);
await history.close();
await environment.close();
