/** What an operator mends (`fault`), and what may be meant so (`doubt`), which fails no examination. */
export type FindingWeight = 'fault' | 'doubt';

/**
 * Everything that `tessera doctor` can find in settings, servers, directories and a running engine: how grave it is, what it means
 * and how it is mended. The code is part of the contract, like those of errors; `docs/doctor.md` shows this table.
 */
export const findingTable = {
  // Settings and definitions
  settings_invalid: [
    'fault',
    'A setting is wrong or unknown; no engine starts with it.',
    'Correct the setting that the detail names; the README lists all of them.',
  ],
  setting_weak: [
    'fault',
    'A setting is too weak for a deployment; tessera serve does not start with it.',
    'Change it as the detail says.',
  ],
  setting_doubtful: [
    'doubt',
    'A setting lets more people do more than most deployments want.',
    'Change it as the detail says, or leave it where it is meant so.',
  ],
  definitions_invalid: [
    'fault',
    'The definitions directory does not hold together; an engine does not start with it.',
    'Correct the place that the detail names; tessera definitions validate DIRECTORY checks again.',
  ],
  // The data directory and what lies beside it
  directory_unwritable: [
    'fault',
    'Nothing can be written where the engine has to write.',
    'Give the directory to the user that the engine runs as, mount it for writing, or name another one.',
  ],
  directory_open: [
    'fault',
    'Other users of the machine can read keys.',
    'chmod 600 the file; if others may have read it, exchange the keys in it (tessera keys rotate, tessera keys rotate-master).',
  ],
  directory_unreadable: [
    'fault',
    'The data directory cannot be opened as one.',
    'Restore a backup into another directory (tessera restore), or repair the medium.',
  ],
  disk_full: [
    'fault',
    'There is no room left: nothing can be accepted.',
    'Free some room or enlarge the volume; the engine goes on by itself. Old events go by rules of retention.',
  ],
  disk_low: [
    'doubt',
    'There is little room left.',
    'Enlarge the volume, or keep less by rules of retention.',
  ],
  inodes_low: [
    'fault',
    'The file system can hold hardly any more files, whatever room it has.',
    'Delete small files, or move the data directory to a file system with more inodes.',
  ],
  data_newer: [
    'fault',
    'The data was written by a newer version; this one does not start on it.',
    'Start the newer version again, or restore a backup that this version has made.',
  ],
  data_unknown: [
    'fault',
    'The data is in a format from which this version knows no way.',
    'Start a version in between first; one that is no data of Tessera belongs elsewhere.',
  ],
  log_lost_tail: [
    'fault',
    'State is ahead of the log: the log has lost its end.',
    'Restore the log with what belongs to it, or a backup of all of it (docs/backup.md); do not delete state by hand.',
  ],
  register_unreadable: [
    'fault',
    'The register of erasures cannot be read: whoever was erased would be back after a restore.',
    'Repair or restore the file; TESSERA_ERASURES_FILE says where it lies.',
  ],
  register_incomplete: [
    'fault',
    'The register of erasures lacks erasures that the engine knows.',
    'Set TESSERA_ERASURES_FILE to the register of this deployment and start again: the engine adds what is missing.',
  ],
  // Keys
  master_key_missing: [
    'fault',
    'There is no master key for data that was sealed under one.',
    'Give the one that it was founded under: TESSERA_MASTER_KEY, TESSERA_MASTER_KEY_FILE or TESSERA_MASTER_KEY_COMMAND.',
  ],
  master_key_wrong: [
    'fault',
    'The master key is not the one that the data was sealed under.',
    'Give the right one; to exchange it, the new one as TESSERA_MASTER_KEY and the old one as TESSERA_MASTER_KEY_PREVIOUS.',
  ],
  key_expiring: [
    'doubt',
    'An access key ends within days.',
    'tessera keys change NAME --expires, or tessera keys create another one.',
  ],
  write_key_open: [
    'doubt',
    'Pages of any origin may send events with a write key that the engine has made.',
    'tessera keys change NAME --origins https://your.shop',
  ],
  // Redis
  redis_unreachable: [
    'fault',
    'Redis does not answer.',
    'Start it, or correct TESSERA_REDIS_URL (address, user, password, TLS).',
  ],
  redis_unfit: [
    'fault',
    'This Redis cannot hold state: too old, or a replica.',
    'Name the master of a Redis 7.0 or newer.',
  ],
  redis_evicts: [
    'fault',
    'Redis would delete state when memory runs short.',
    'CONFIG SET maxmemory-policy noeviction, and the same in redis.conf.',
  ],
  redis_not_persistent: [
    'fault',
    'Redis writes nothing down: its restart loses all state.',
    'CONFIG SET appendonly yes, and the same in redis.conf.',
  ],
  redis_flushes_late: [
    'doubt',
    'Redis leaves it to the kernel when writes reach the disk: a power cut steps state back.',
    'CONFIG SET appendfsync everysec (or always), and the same in redis.conf.',
  ],
  redis_cannot_write: [
    'fault',
    'Redis has failed to write its append-only file.',
    'Look at its disk and its log; then CONFIG SET appendonly yes begins a new file.',
  ],
  redis_memory_low: [
    'fault',
    'Redis has used up nearly all the memory that it may use; then it refuses writes.',
    'Raise maxmemory (and the memory of the machine), or spread the state over a cluster.',
  ],
  // NATS
  nats_unreachable: [
    'fault',
    'NATS does not answer.',
    'Start it, or correct TESSERA_NATS_URL (address, user, password, TLS).',
  ],
  jetstream_off: [
    'fault',
    'NATS runs without JetStream: there is nowhere to keep the log.',
    'Start it with a jetstream block in its configuration, and a store_dir that lasts.',
  ],
  nats_storage_low: [
    'fault',
    'JetStream has set aside or used nearly all the room that it may use.',
    'Raise max_file in its jetstream block, or the limit of the account.',
  ],
  stream_missing: [
    'fault',
    'A stream of the deployment is gone while others are there.',
    'Restore it with what belongs to it (docs/backup.md); an engine that starts now would found it empty.',
  ],
  stream_misconfigured: [
    'fault',
    'A stream would lose messages, or is not kept as the deployment asks.',
    'nats stream edit, until it has what the detail names.',
  ],
  stream_copies_behind: [
    'fault',
    'A copy of a stream is away or behind.',
    'Bring the NATS server that the detail names back; it catches up by itself.',
  ],
  log_nearly_full: [
    'fault',
    'A log has little room left; then nothing is accepted.',
    'Find out what does not go on (tessera doctor engine): a log is trimmed behind those who read it.',
  ],
  nats_flushes_late: [
    'doubt',
    'NATS acknowledges what is not on the disk yet, or nobody says that it does not.',
    'Run nats-server 2.10 or newer with sync_interval: always, and set TESSERA_NATS_SYNC_ALWAYS=1.',
  ],
  // A deployment as a whole
  partitions_differ: [
    'fault',
    'The deployment was founded with another number of partitions, which cannot change.',
    'Set TESSERA_PARTITIONS to the number that the detail names.',
  ],
  history_unreachable: [
    'fault',
    'ClickHouse does not answer.',
    'Start it, or correct CLICKHOUSE_URL; until then rows wait in the spool.',
  ],
  clock_skew: [
    'fault',
    'Clocks differ: windows, lateness and signatures go by them.',
    'Have NTP run on both machines (chronyc tracking, timedatectl).',
  ],
  // A running engine
  engine_unreachable: [
    'fault',
    'No engine answers.',
    'Start one, or say where it is by --url or TESSERA_URL; its log says why it ended.',
  ],
  engine_refuses: [
    'fault',
    'The engine does not answer what was asked with this key.',
    'Give a secret key with the scopes read, admin and privacy by --key or TESSERA_SECRET_KEY.',
  ],
  version_differs: [
    'doubt',
    'The engine is of another version than this command.',
    'Use the command of the same version: codes and checks may differ.',
  ],
  not_ready: [
    'fault',
    'The engine takes no requests.',
    'The detail says why; deploy/runbooks has a page for each alert.',
  ],
  degraded: [
    'fault',
    'Something behind the engine does not work; requests go on.',
    'Bring back what the detail names; the engine catches up by itself.',
  ],
  events_waiting: [
    'fault',
    'Many events are accepted and not applied yet.',
    'Look at the stage errors and the CPU of the nodes (deploy/runbooks/TesseraReaderBehind.md); more nodes share partitions.',
  ],
  history_behind: [
    'fault',
    'Rows have waited for history too long.',
    'Look at ClickHouse: is it there, has it room, is it slow (deploy/runbooks/TesseraHistoryBehind.md).',
  ],
  quarantine_growing: [
    'fault',
    'Much of what comes in is kept in quarantine.',
    'tessera quarantine counts says what for; mend the sender or the schema, then tessera replay.',
  ],
  erasure_unfinished: [
    'fault',
    'An erasure has been under way for long.',
    'tessera tail and the log of the nodes say what it waits for; usually history is away.',
  ],
  webhook_failing: [
    'fault',
    'An endpoint does not take what it is sent.',
    'Mend the endpoint; tessera webhooks shows its last answer.',
  ],
  webhook_dead: [
    'doubt',
    'Firings were given up for an endpoint.',
    'tessera webhooks dead NAME shows them, tessera webhooks replay NAME sends them again.',
  ],
  master_key_rotating: [
    'doubt',
    'Some keys are still wrapped under the previous master key.',
    'tessera keys rotate-master goes on with it; then take TESSERA_MASTER_KEY_PREVIOUS away.',
  ],
} as const satisfies Readonly<Record<string, readonly [FindingWeight, string, string]>>;

export type FindingCode = keyof typeof findingTable;

/** One thing that is not as it should be. */
export interface Finding {
  readonly code: FindingCode;
  /** What it was found at: an address, a path, a stream, the name of a key. */
  readonly at: string;
  /** What was found, never with a secret. */
  readonly detail: string;
}

/** What an examination of settings, servers and directories has come to. */
export interface SetupReport {
  readonly findings: readonly Finding[];
  /** What was looked at, so that nothing found is not mistaken for nothing looked at. */
  readonly looked_at: readonly string[];
}
