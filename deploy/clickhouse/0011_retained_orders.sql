-- Orders of people who were erased, as far as books have to keep them: what was sold when and for how much. No profile, no facet,
-- no channel; the number of the order is what the books know it by.
CREATE TABLE IF NOT EXISTS retained_orders
(
    day              Date CODEC(Delta, ZSTD(1)),
    order_namespace  LowCardinality(String),
    order_id         String CODEC(ZSTD(1)),
    order_transition LowCardinality(String) COMMENT 'completed, refunded, cancelled',
    refund_id        String CODEC(ZSTD(1)),
    currency         LowCardinality(String),
    total            Int64 COMMENT 'Minor units, as in events' CODEC(T64, ZSTD(1)),
    spend            Int64 CODEC(T64, ZSTD(1)),
    refund           Int64 CODEC(T64, ZSTD(1)),
    item_ids         Array(String) COMMENT 'One entry per line, as in events' CODEC(ZSTD(1)),
    variant_ids      Array(String) CODEC(ZSTD(1)),
    quantities       Array(Decimal(18, 4)) CODEC(ZSTD(1)),
    prices           Array(Decimal(18, 6)) CODEC(ZSTD(1)),
    amounts          Array(Int64) CODEC(ZSTD(1)),
    kinds            Array(LowCardinality(String))
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(day)
ORDER BY (day, order_namespace, order_id)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1;
