-- What was answered to whoever asked for recommendations: one row per answer. What was shown of it and followed comes as events
-- (`recommendation_shown`, `recommendation_clicked`, or `recommendation_id` of a view) that name the answer by its `id`.
CREATE TABLE IF NOT EXISTS recommendations
(
    `partition`   UInt16 CODEC(ZSTD(1)),
    seq           UInt64 CODEC(T64, ZSTD(1)),
    idx           UInt32 CODEC(T64, ZSTD(1)),
    ord           UInt16 CODEC(ZSTD(1)),
    id            String COMMENT 'recommendation_id of events' CODEC(ZSTD(1)),
    profile_id    String COMMENT 'At the time; empty where nobody was known; see profiles_merged' CODEC(ZSTD(1)),
    placement     LowCardinality(String),
    strategy      LowCardinality(String) COMMENT 'Strategies that gave items, joined by +, the one that gave most first; none of an empty list',
    store         LowCardinality(String),
    personalized  Bool CODEC(ZSTD(1)),
    item_ids      Array(String) COMMENT 'In the order of the answer' CODEC(ZSTD(1)),
    strategies    Array(LowCardinality(String)) COMMENT 'Of each item',
    at            DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    INDEX id id TYPE bloom_filter(0.01) GRANULARITY 4,
    INDEX profile profile_id TYPE bloom_filter(0.01) GRANULARITY 4
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(at)
ORDER BY (placement, at, seq, idx, ord)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1;
