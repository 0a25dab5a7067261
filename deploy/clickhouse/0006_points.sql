-- What happened to points: one row per fact of the ledger (earned, burned, adjusted, an order returned or cancelled), per burn
-- that was refused, and per change that time alone made (released, expiring, expired, a tier). `points` is signed where it
-- changes the balance at once; what a return takes back is worked out from all facts of the profile, so its row says 0.
CREATE TABLE IF NOT EXISTS points
(
    `partition`   UInt16 CODEC(ZSTD(1)),
    seq           UInt64 CODEC(T64, ZSTD(1)),
    idx           UInt32 CODEC(T64, ZSTD(1)),
    ord           UInt16 CODEC(ZSTD(1)),
    kind          LowCardinality(String) COMMENT 'earn, burn, debit, refund, cancel, delivered, restore, refused, released, expiring, expired, tier',
    profile_id    String COMMENT 'At the time; see profiles_merged' CODEC(ZSTD(1)),
    facet_id      String COMMENT 'Empty where time made the change' CODEC(ZSTD(1)),
    lot           String COMMENT 'The fact, or the lot that time changed' CODEC(ZSTD(1)),
    points        Int64 CODEC(ZSTD(1)),
    order_id      String COMMENT 'Number of the order, where there is one' CODEC(ZSTD(1)),
    reason        LowCardinality(String) COMMENT 'order, welcome, birthday, referral, claim, reported, or as stated; of a tier its name',
    author        LowCardinality(String) COMMENT 'Name of the key of who did it by hand',
    version       LowCardinality(String) COMMENT 'Of the loyalty program',
    source        LowCardinality(String),
    event_id      String CODEC(ZSTD(1)),
    expires_at    Nullable(DateTime64(3, 'UTC')) CODEC(ZSTD(1)),
    at            DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    INDEX profile profile_id TYPE bloom_filter(0.01) GRANULARITY 4
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(at)
ORDER BY (kind, at, seq, idx, ord)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1;
