-- What profiles were at the end of days, without a personal value: one row per profile and day on which something about it changed.
-- A feature is a path of its own in `features`, so that one of them over months reads that one alone; lists and maps are JSON texts.
CREATE TABLE IF NOT EXISTS profile_snapshots
(
    `partition`   UInt16 CODEC(ZSTD(1)),
    seq           UInt64 CODEC(T64, ZSTD(1)),
    idx           UInt32 CODEC(T64, ZSTD(1)),
    ord           UInt16 CODEC(ZSTD(1)),
    profile_id    String COMMENT 'At the time; see snapshots_by_profile' CODEC(ZSTD(1)),
    day           Date COMMENT 'In the zone of the messaging definition; of weekly snapshots the last day of the week' CODEC(Delta, ZSTD(1)),
    kind          LowCardinality(String) COMMENT 'customer, staff, test, business, reseller, bot',
    lifecycle     LowCardinality(String) COMMENT 'Empty without one',
    segments      Array(LowCardinality(String)),
    tags          Array(LowCardinality(String)),
    tier          LowCardinality(String) COMMENT 'Empty without one',
    points        Int64 COMMENT 'Available' CODEC(T64, ZSTD(1)),
    pending       Int64 CODEC(T64, ZSTD(1)),
    features      JSON COMMENT 'By name; amounts in major units of the reporting currency' CODEC(ZSTD(3)),
    consents      Map(LowCardinality(String), Bool) COMMENT 'Whether it is given, by purpose or purpose and channel',
    events        UInt64 COMMENT 'Ever' CODEC(T64, ZSTD(1)),
    first_seen    Nullable(DateTime64(3, 'UTC')) CODEC(ZSTD(1)),
    last_seen     Nullable(DateTime64(3, 'UTC')) CODEC(ZSTD(1)),
    at            DateTime64(3, 'UTC') COMMENT 'The moment at which the day ended' CODEC(Delta, ZSTD(1)),
    INDEX profile profile_id TYPE bloom_filter(0.01) GRANULARITY 4
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(day)
ORDER BY (day, seq, idx, ord)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1;
