-- The books of law 6: what each partition of the log took in from outside, and what it brought to an end, by the minute of receipt and by
-- the source. An event may be received in one partition and come to its end in another, so rows are added up over all of them; a minute and
-- source may have several rows of one partition, too, because what comes for it later has a row of its own.
CREATE TABLE IF NOT EXISTS conservation
(
    `partition`  UInt16 CODEC(ZSTD(1)),
    seq          UInt64 CODEC(T64, ZSTD(1)),
    idx          UInt32 CODEC(T64, ZSTD(1)),
    ord          UInt16 CODEC(ZSTD(1)),
    minute       DateTime('UTC') COMMENT 'Of receipt' CODEC(Delta, ZSTD(1)),
    source       LowCardinality(String),
    received     UInt32 COMMENT 'Taken from the log as sent, bad ones included' CODEC(T64, ZSTD(1)),
    applied      UInt32 COMMENT 'Each has a row in events' CODEC(T64, ZSTD(1)),
    duplicate    UInt32 CODEC(T64, ZSTD(1)),
    quarantined  UInt32 COMMENT 'Each has a row in quarantine' CODEC(T64, ZSTD(1)),
    refused      UInt32 COMMENT 'On applying; what was refused in the response never was in the log' CODEC(T64, ZSTD(1)),
    at           DateTime64(3, 'UTC') COMMENT 'Time of the log at which the row was written' CODEC(Delta, ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(minute)
ORDER BY (minute, source, `partition`, seq, idx, ord)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1;

-- What was taken out of history on purpose, so that nobody looks for it: the positions of rows, the minutes and sources that they were counted
-- under, and nothing of what they said. No fold writes it.
CREATE TABLE IF NOT EXISTS removed_rows
(
    taken_from  LowCardinality(String) COMMENT 'events or quarantine',
    reason      LowCardinality(String) COMMENT 'erased: its person was; expired: its term was over',
    `partition` UInt16 CODEC(ZSTD(1)),
    seq         UInt64 CODEC(Delta, ZSTD(1)),
    idx         UInt32 CODEC(T64, ZSTD(1)),
    ord         UInt16 CODEC(ZSTD(1)),
    minute      DateTime('UTC') CODEC(Delta, ZSTD(1)),
    source      LowCardinality(String)
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(minute)
ORDER BY (minute, source, taken_from, `partition`, seq, idx, ord)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1;

-- Rows of events are sorted by what they say; the minute in which they were received is asked for as well.
ALTER TABLE events ADD INDEX IF NOT EXISTS received received_at TYPE minmax GRANULARITY 1;
