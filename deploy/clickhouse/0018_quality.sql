-- What people have said of flags of the quality report. The flags themselves are no rows: they are found among the events whenever somebody asks,
-- under an id that is made of the event's position. Of several decisions on a flag the newest counts.
CREATE TABLE IF NOT EXISTS quality_decisions
(
    `partition` UInt16 CODEC(ZSTD(1)),
    seq         UInt64 CODEC(T64, ZSTD(1)),
    idx         UInt32 CODEC(T64, ZSTD(1)),
    ord         UInt16 CODEC(ZSTD(1)),
    flag        String COMMENT 'Check, then partition, seq, idx and product line of the event' CODEC(ZSTD(1)),
    decision    LowCardinality(String) COMMENT 'confirmed or dismissed',
    author      LowCardinality(String) COMMENT 'Name of the key of whoever decided',
    at          DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1))
)
ENGINE = MergeTree
ORDER BY (flag, seq, idx, ord)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1;
