-- What became of messages to webhooks: one row per message that was taken, per attempt that failed, per message that was given up
-- and per one that somebody asked for again. `delivery_id` is the `webhook-id` that the endpoint saw.
CREATE TABLE IF NOT EXISTS deliveries
(
    `partition`   UInt16 CODEC(ZSTD(1)),
    seq           UInt64 CODEC(T64, ZSTD(1)),
    idx           UInt32 CODEC(T64, ZSTD(1)),
    ord           UInt16 CODEC(ZSTD(1)),
    delivery_id   String CODEC(ZSTD(1)),
    decision_id   String COMMENT 'See decisions' CODEC(ZSTD(1)),
    trigger       LowCardinality(String),
    profile_id    String COMMENT 'At the time; see profiles_merged' CODEC(ZSTD(1)),
    webhook       LowCardinality(String),
    change        LowCardinality(String) COMMENT 'delivered, failed (and tried again), buried, replayed',
    failure       LowCardinality(String) COMMENT 'status, redirect, timeout, connection, internal, name, address, gone, disabled, removed, expired, full; empty where there was none',
    status        UInt16 COMMENT 'HTTP status of the answer; 0 where there was none' CODEC(ZSTD(1)),
    attempts      UInt16 CODEC(ZSTD(1)),
    at            DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    INDEX profile profile_id TYPE bloom_filter(0.01) GRANULARITY 4
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(at)
ORDER BY (webhook, change, at, seq, idx, ord)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1;
