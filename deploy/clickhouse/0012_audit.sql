-- A copy of the audit log, to be searched. The chains themselves lie beside the event log and are what `tessera audit verify` checks.
-- People are named by profile ids alone, so nothing here is erased with them.
CREATE TABLE IF NOT EXISTS audit
(
    chain     LowCardinality(String) COMMENT 'Who wrote it: a node',
    n         UInt64 COMMENT 'Dense within the chain' CODEC(Delta, ZSTD(1)),
    page      UInt64 COMMENT 'First entry of what was written together' CODEC(Delta, ZSTD(1)),
    at        DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    action    LowCardinality(String),
    author    LowCardinality(String) COMMENT 'Name of the key; engine for what it does by itself',
    subjects  Array(String) COMMENT 'Profiles whose data it was' CODEC(ZSTD(1)),
    fields    Array(LowCardinality(String)) COMMENT 'Fields that were shown or changed',
    target    String COMMENT 'What it was done to, where that is no profile' CODEC(ZSTD(1)),
    via       LowCardinality(String) COMMENT 'Route or job',
    count     UInt64 CODEC(ZSTD(1)),
    detail    String CODEC(ZSTD(1)),
    INDEX subject subjects TYPE bloom_filter(0.01) GRANULARITY 4
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(at)
ORDER BY (at, chain, n)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1;
