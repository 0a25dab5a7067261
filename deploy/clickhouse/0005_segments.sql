-- Who entered which segment when and why, and who left it. `segment_group` is that of segments that exclude each other, such as the
-- stages of the lifecycle. The id is the same wherever the change is told, so that whoever counts can drop repeats.
CREATE TABLE IF NOT EXISTS segment_changes
(
    `partition`   UInt16 CODEC(ZSTD(1)),
    seq           UInt64 CODEC(T64, ZSTD(1)),
    idx           UInt32 CODEC(T64, ZSTD(1)),
    ord           UInt16 CODEC(ZSTD(1)),
    id            String CODEC(ZSTD(1)),
    segment       LowCardinality(String),
    version       LowCardinality(String) COMMENT 'Of the definition that was entered',
    segment_group LowCardinality(String) COMMENT 'Empty without one',
    profile_id    String COMMENT 'At the time; see profiles_merged' CODEC(ZSTD(1)),
    change        LowCardinality(String) COMMENT 'entered, left',
    cause         LowCardinality(String) COMMENT 'event, time, facets, merge, definitions',
    event_id      String COMMENT 'The event that caused it; empty otherwise' CODEC(ZSTD(1)),
    at            DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    INDEX profile profile_id TYPE bloom_filter(0.01) GRANULARITY 4
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(at)
ORDER BY (segment, at, seq, idx, ord)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1;
