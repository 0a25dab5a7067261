/**
 * Every error code: HTTP status, whether repeating the same request can help, and what it means.
 * The code is part of the public contract; the text may change.
 */
export const errorTable = {
  // Requests
  unreadable_body: [400, false, 'The body is not valid JSON or NDJSON.'],
  empty_batch: [400, false, 'The batch holds no event.'],
  batch_too_large: [413, false, 'The batch holds more events than one request may.'],
  body_too_large: [413, false, 'The body is larger than one request may be.'],
  invalid_gzip: [400, false, 'The body looks like gzip but cannot be inflated.'],
  invalid_parameter: [400, false, 'A parameter, or a field of the body, has a value that is not allowed.'],
  unauthorized: [401, false, 'The key is missing or unknown.'],
  forbidden: [403, false, 'The key lacks the scope that this route needs.'],
  rate_limited: [429, true, 'The key has used up what it may send for now; retry after the given delay.'],
  key_not_found: [404, false, 'There is no key of this id or name.'],
  key_name_taken: [409, false, 'Another key has this name; revoke that one first, or rotate it.'],
  key_revoked: [409, false, 'The key is revoked, and stays so; make another one.'],
  key_rotating: [
    409,
    false,
    'Two secrets of this key are good already: wait until the older one has ended, or rotate with a grace of 0, which ends both.',
  ],
  keys_full: [409, false, 'There are as many keys as there may be; revoke some.'],
  origin_not_allowed: [403, false, 'Pages of this origin may not use the key.'],
  malformed_request: [400, false, 'The request is not valid HTTP or its address cannot be read.'],
  not_found: [404, false, 'There is no such route or object.'],
  method_not_allowed: [405, false, 'The route exists, but not for this method; see the Allow header.'],
  request_timeout: [408, true, 'The request did not arrive completely in time.'],
  headers_too_large: [431, false, 'The request headers, the address included, are larger than allowed.'],
  placement_not_found: [404, false, 'There is no placement of this name.'],
  profile_not_found: [404, false, 'No profile has this id or identifier.'],
  too_many_requests: [429, true, 'Too many requests are waiting; retry after the given delay.'],
  overloaded: [503, true, 'More comes in than can be done; retry after the given delay.'],
  log_full: [503, true, 'The event log has reached its size limit; nothing was accepted.'],
  log_unavailable: [503, true, 'The event log cannot take events now; nothing was accepted.'],
  audit_unavailable: [
    503,
    true,
    'The audit log cannot take entries now, and without one this is not answered.',
  ],
  register_unavailable: [
    503,
    true,
    'The register of erasures cannot be read or written; the setting TESSERA_ERASURES_FILE says where it lies.',
  ],
  state_unavailable: [503, true, 'State cannot be written now; what is in the log will be applied later.'],
  wait_timeout: [503, true, 'The events are durable but were not applied in time; they will be.'],
  stopping: [503, true, 'The engine is stopping; retry on the next one.'],
  history_unavailable: [503, true, 'History cannot be queried now.'],
  history_behind: [503, true, 'History does not hold the moment that was asked for yet; retry soon.'],
  export_too_large: [413, false, 'More is held of the person than one export may hold.'],
  export_not_found: [404, false, 'There is no export of this id on this node, or its time is over.'],
  export_not_ready: [409, true, 'The export is not written yet.'],
  export_taken: [
    410,
    false,
    'The export was handed out already, or its person was erased; ask for another one.',
  ],
  replay_too_large: [413, false, 'The profile has more events in history than one answer may read again.'],
  sql_error: [400, false, 'ClickHouse refused the query.'],
  history_read_only: [403, false, 'History can only be read at this address.'],
  history_session: [409, false, "The session of ClickHouse's interface is in use, unknown or one too many."],
  not_supported: [501, false, "This part of ClickHouse's interface is not offered here."],

  // Items of a batch: quarantined with the code
  invalid_json: [400, false, 'The event is not valid JSON.'],
  invalid_utf8: [400, false, 'The text is not valid UTF-8.'],
  duplicate_key: [400, false, 'An object repeats a key.'],
  forbidden_key: [400, false, 'The key __proto__ is not allowed.'],
  too_deep: [400, false, 'The JSON is nested too deeply.'],
  too_many_keys: [400, false, 'The JSON has too many keys.'],
  lone_surrogate: [400, false, 'A string holds half a surrogate pair.'],
  unsafe_number: [400, false, 'A number cannot be represented exactly.'],
  event_too_large: [413, false, 'The event is larger than one event may be.'],
  not_an_object: [400, false, 'An event must be a JSON object.'],
  unknown_type: [400, false, 'The event type is unknown and custom types are switched off.'],
  schema_violation: [400, false, 'The event does not fit the schema of its type.'],
  invalid_time: [400, false, 'The time is not an RFC 3339 date-time or epoch milliseconds.'],
  time_in_future: [400, false, 'The event lies more than 24 hours in the future.'],
  invalid_amount: [400, false, 'An amount is not a decimal number in its currency.'],
  unknown_currency: [400, false, 'The currency is not an ISO 4217 code.'],
  source_not_allowed: [400, false, 'Only a secret key may name a source.'],
  too_many_identifiers: [400, false, 'The event carries more identifiers than one event may.'],
  reserved_key: [400, false, 'The key $sealed is reserved.'],
  biometric_refused: [400, false, 'Biometric data is not taken; nothing of the event was kept.'],
  merge_not_allowed: [400, false, 'Only a verified source may say that two memberships are one person.'],

  // Fields dropped from an event, which itself is kept
  undeclared_field: [200, false, 'The field is sensitive, and no active purpose is declared for it.'],

  // Identifiers dropped from an event, which itself is kept
  blocked_identifier: [200, false, 'The value never identifies anyone.'],
  invalid_identifier: [200, false, 'The value is not valid for its type.'],
  unknown_identifier_type: [200, false, 'The identifier type is not configured.'],
  identifier_not_allowed: [200, false, 'Events of this source may not identify anyone by this type.'],

  // Outcomes of applying
  facets_full: [200, true, 'The profile has as many recent facets as it may; the event is quarantined.'],
  profile_full: [200, true, 'The profile takes as many bytes as it may; the event is quarantined.'],
  ledger_full: [200, true, 'The facet holds as many facts about points as it may; the event is quarantined.'],
  points_insufficient: [409, false, 'More points would be spent than are available; nothing has changed.'],
  points_unverified: [
    403,
    false,
    'Points are spent by sources that prove who the customer is: a till, a server, a sign-in.',
  ],
  tag_expired: [400, false, 'The tag would have expired before it is put on; say a later moment, or none.'],
  referral_credited: [409, false, 'Somebody else has been credited for this invitee before.'],
  receipt_invalid: [
    409,
    false,
    'The receipt is too old to be claimed, or does not say when it was sold and for how much.',
  ],
  receipt_claimed: [409, false, 'The receipt has been claimed before; it is credited once.'],
  erased: [
    410,
    false,
    'The event names somebody who has been erased since it happened; nothing of it is kept.',
  ],
  dedup_full: [200, true, 'The facet holds as many deduplication ids as it may; the event is quarantined.'],

  // Operators' commands, refused on applying: nothing has changed
  identifier_not_found: [404, false, 'Nobody holds this identifier.'],
  not_linked: [
    409,
    false,
    "The identifier cannot be taken out: it is shared, the only one of its person, or `from` is not that person's.",
  ],
  erasure_busy: [503, true, 'What belongs to the person is on its way between profiles; retry soon.'],
  too_large: [409, false, 'The result would exceed what one profile may hold.'],
  review_not_found: [404, false, 'There is no review of this number.'],
  review_closed: [409, false, 'The review was decided before, or has expired.'],
  review_settled: [
    409,
    false,
    'The two have become one person, or one of the identifiers identifies nobody any more: nothing is left to decide, and the review is closed. An unmerge takes them apart.',
  ],
  job_not_found: [
    404,
    false,
    'There is no job of this id; finished ones are forgotten, and all of them when the engine stops.',
  ],

  simulation_too_large: [
    413,
    false,
    'The time asked for holds more people, identifiers and facets than fit into memory; narrow it with from and to.',
  ],

  // Definitions and configuration
  sharing_not_allowed: [403, false, 'The agreement with the partner has ended, or does not cover this.'],
  definition_in_use: [409, false, 'Another definition reads what would be gone.'],
  fit_impossible: [422, false, 'History does not say enough to fit the model.'],
  feature_complete: [409, false, 'The feature has missed nothing; there is nothing to fill.'],
  feature_derived: [
    409,
    false,
    'The feature is computed from others when it is read; what can be filled are those.',
  ],
  backfill_dropped: [
    409,
    false,
    'The definition was changed or removed while it was being filled; start again where it still is wanted.',
  ],
  template_limit: [422, false, 'Rendering the template would take more than one message may.'],
  webhook_refused: [400, false, 'The address is none that webhooks may be sent to.'],
  invalid_definition: [400, false, 'The definition does not fit its schema or names something unknown.'],
  invalid_config: [500, false, 'The configuration is not valid.'],

  // The engine itself
  data_directory_locked: [500, false, 'Another process uses this data directory.'],
  process_ended: [
    500,
    false,
    'A process of this node ended before it was ready; what it wrote before says why.',
  ],
  unsafe_state_store: [500, false, 'Redis is not set up so that state is safe in it.'],
  backup_running: [409, false, 'A backup is being made already.'],
  backup_name_taken: [409, false, 'There is a backup of this name; choose another one.'],
  backup_elsewhere: [
    409,
    false,
    'What this engine keeps, or its history, lies on servers, which are backed up by their own means; docs/backup.md says how.',
  ],
  backup_failed: [500, true, 'The copy could not be written.'],
  backup_unreadable: [400, false, 'This is no backup, or not what was written when it was made.'],
  backup_format: [400, false, 'The backup was made by a newer version.'],
  backup_before_erasure: [
    409,
    false,
    'Somebody was erased after the backup was made, or shortly before; the log that is kept says that this is done, and history would not know.',
  ],
  directory_not_empty: [409, false, 'A backup is restored into a new data directory only.'],
  data_format: [500, false, 'The data directory was written by another version.'],
  log_corrupt: [500, false, 'A record of the log fails its checksum.'],
  log_lost_tail: [500, false, 'State is ahead of the log: the log has lost its tail.'],
  log_misconfigured: [500, false, 'The log is not set up so that it keeps what it takes.'],
  record_too_large: [413, false, 'The record is larger than a message of the log may be.'],
  commit_conflict: [500, true, 'Another writer moved the checkpoint of this partition.'],
  seal_broken: [
    500,
    false,
    'A sealed value fails its authentication: it was changed, moved, or its key replaced.',
  ],
  master_key_unavailable: [500, false, 'The master key cannot be had from where the settings say.'],
  key_mismatch: [500, false, 'The master key does not open this data directory.'],
  chdb_missing: [
    500,
    false,
    'Embedded history needs the optional package chdb; without it CLICKHOUSE_URL has to name a server.',
  ],
  engine_unreachable: [503, true, 'No engine answers at this address.'],
  job_failed: [500, false, 'The job ended without a result.'],
  import_failed: [500, false, 'The import cannot go on.'],
  generate_failed: [500, false, 'The generated stream cannot be written.'],
  invalid_catalog: [400, false, 'A row of the catalog does not fit.'],
  evaluation_failed: [400, false, 'The evaluation cannot be made of these files.'],
  invalid_map: [400, false, 'The import map is not valid.'],
  invalid_row: [400, false, 'The row does not fit the import map.'],
  internal: [500, true, 'An unexpected error; it has been logged.'],
} as const satisfies Readonly<Record<string, readonly [number, boolean, string]>>;

export type ErrorCode = keyof typeof errorTable;

/** The only error that this project throws: a code from the table, a detail for people, and the cause. */
export class TesseraError extends Error {
  override readonly name = 'TesseraError';
  readonly code: ErrorCode;
  readonly path: string | undefined;
  /** When repeating can help, where that is known. */
  readonly retryAfterMs: number | undefined;

  constructor(
    code: ErrorCode,
    detail?: string,
    options?: { cause?: unknown; path?: string; retryAfterMs?: number },
  ) {
    super(detail ?? errorTable[code][2], options?.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.path = options?.path;
    this.retryAfterMs = options?.retryAfterMs;
  }

  get status(): number {
    return errorTable[this.code][0];
  }

  get retryable(): boolean {
    return errorTable[this.code][1];
  }
}

/** For programmer errors: a state that the code says cannot be. Crashes. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new TesseraError('internal', `assertion failed: ${message}`);
}

/** Closes an exhaustive switch: the compiler proves that nothing reaches it. */
export function unreachable(value: never): never {
  throw new TesseraError('internal', `unexpected value: ${String(value)}`);
}
