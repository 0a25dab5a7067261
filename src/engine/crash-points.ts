import type { CrashPlan, CrashPoint } from '../model/crash-point.ts';
import type { History } from '../ports/history.ts';
import type { Log } from '../ports/log.ts';
import type { StateStore } from '../ports/state.ts';
import type { Spool, Storage } from './storage.ts';

/** Storage that ends the process at a named point, as a crash would. Only a process that was asked to has it. */
export function armCrashPoint(storage: Storage, { point, reached }: CrashPlan): Storage {
  let left = reached;
  const reach = (here: CrashPoint): void => {
    if (here !== point) return;
    left -= 1;
    if (left === 0) process.kill(process.pid, 'SIGKILL');
  };
  const around = async <T>(step: Step, action: () => Promise<T>): Promise<T> => {
    reach(`${step}.before`);
    const answer = await action();
    reach(`${step}.after`);
    return answer;
  };
  const logs = new Map<string, Log>();
  const log = (partition: string): Log => {
    const known = logs.get(partition) ?? armLog(storage.log(partition), around);
    logs.set(partition, known);
    return known;
  };
  return {
    ...storage,
    log,
    store: armStore(storage.store, around),
    spool: armSpool(storage.spool, around),
    history: armHistory(storage.history, around),
  };
}

type Step = CrashPoint extends `${infer Name}.${string}` ? Name : never;
type Around = <T>(step: Step, action: () => Promise<T>) => Promise<T>;

/** Adapters are objects of classes, whose methods need them as `this`: so each is passed on by name. */
function armLog(log: Log, around: Around): Log {
  return {
    append: (records) => around('append', () => log.append(records)),
    read: (after, max) => log.read(after, max),
    subscribe: (listener) => log.subscribe(listener),
    stats: () => log.stats(),
    trim: (seq) => log.trim(seq),
    rewrite: (replacements) => log.rewrite(replacements),
    close: () => log.close(),
  };
}

function armStore(store: StateStore, around: Around): StateStore {
  return {
    checkpoint: (partition) => store.checkpoint(partition),
    read: (partition, keys) => store.read(partition, keys),
    load: (partition, expected, keys) => store.load(partition, expected, keys),
    commit: (partition, commit) => around('commit', () => store.commit(partition, commit)),
    scan: (...asked) => store.scan(...asked),
    flushed: () => store.flushed(),
    close: () => store.close(),
  };
}

function armSpool(spool: Spool, around: Around): Spool {
  const { relieve } = spool;
  return {
    readSpool: (partition, after, maxBytes) => spool.readSpool(partition, after, maxBytes),
    cursor: (partition) => spool.cursor(partition),
    saveCursor: (partition, cursor, expected) =>
      around('cursor', () => spool.saveCursor(partition, cursor, expected)),
    trimSpool: (partition, n) => spool.trimSpool(partition, n),
    ...(relieve === undefined ? {} : { relieve: (partition) => relieve.call(spool, partition) }),
  };
}

function armHistory(history: History, around: Around): History {
  return {
    migrate: () => history.migrate(),
    insert: (block, token) => around('insert', () => history.insert(block, token)),
    present: (...asked) => history.present(...asked),
    blank: (mentions) => history.blank(mentions),
    erase: (names) => history.erase(names),
    expire: (expired, options) => history.expire(expired, options),
    query: (sql, format) => history.query(sql, format),
    close: () => history.close(),
  };
}
