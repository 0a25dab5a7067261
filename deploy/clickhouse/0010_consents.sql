-- What people said of consents, and which notices they were told: one row for each word that was new. What holds now is in profiles.
CREATE TABLE IF NOT EXISTS consents
(
    `partition`   UInt16 CODEC(ZSTD(1)),
    seq           UInt64 CODEC(T64, ZSTD(1)),
    idx           UInt32 CODEC(T64, ZSTD(1)),
    ord           UInt16 CODEC(ZSTD(1)),
    kind          LowCardinality(String) COMMENT 'consent or notice',
    profile_id    String COMMENT 'At the time; see profiles_merged' CODEC(ZSTD(1)),
    facet_id      String CODEC(ZSTD(1)),
    name          LowCardinality(String) COMMENT 'Purpose, or purpose and channel: marketing.sms; of a notice its name',
    given         Bool CODEC(ZSTD(1)),
    version       UInt32 COMMENT 'Of a notice' CODEC(ZSTD(1)),
    text_version  String COMMENT 'Of the text that was agreed to' CODEC(ZSTD(1)),
    method        LowCardinality(String) COMMENT 'banner, form, till …',
    stated        Bool COMMENT 'Nothing proved that it was said by the person themselves' CODEC(ZSTD(1)),
    author        String COMMENT 'Name of the key, where somebody entered it' CODEC(ZSTD(1)),
    reason        String CODEC(ZSTD(1)),
    source        LowCardinality(String),
    channel       LowCardinality(String),
    event_id      String CODEC(ZSTD(1)),
    time          DateTime64(3, 'UTC') COMMENT 'When it was said' CODEC(Delta, ZSTD(1)),
    at            DateTime64(3, 'UTC') COMMENT 'When it was applied' CODEC(Delta, ZSTD(1)),
    INDEX profile profile_id TYPE bloom_filter(0.01) GRANULARITY 4,
    INDEX facet facet_id TYPE bloom_filter(0.01) GRANULARITY 4
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(at)
ORDER BY (name, at, seq, idx, ord)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1;
