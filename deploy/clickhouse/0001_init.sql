-- History of one space. Applied in the space's own database, so no name carries one.
--
-- Every row begins with its position: the partition of the log, the message, the record in it, and the row's
-- number among those that this record caused. A position occurs once per table.
--
-- Plain MergeTree on purpose: an insert carries a deduplication token, and the window below makes the table
-- remember it, so a repeated insert changes nothing and nobody reads with FINAL. Months are those of the clock of
-- the engine, never of the event: a file with forty years of sales would spread one block over hundreds of
-- partitions, which ClickHouse refuses. No sorting key contains the profile id: people merge and split.
--
-- Inserted and merged parts are flushed before they count, since the spool drops rows on the strength of it.

CREATE TABLE IF NOT EXISTS events
(
    `partition`      UInt16 CODEC(ZSTD(1)),
    seq              UInt64 CODEC(T64, ZSTD(1)),
    idx              UInt32 CODEC(T64, ZSTD(1)),
    ord              UInt16 CODEC(ZSTD(1)),
    event_id         String CODEC(ZSTD(1)),
    type             LowCardinality(String),
    time             DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    received_at      DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    applied_at       DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    late             Bool CODEC(ZSTD(1)),
    source           LowCardinality(String),
    channel          LowCardinality(String),
    facet_id         String CODEC(ZSTD(1)),
    profile_id       String COMMENT 'Owner when the event was applied; see events_by_profile' CODEC(ZSTD(1)),
    currency         LowCardinality(String),
    order_namespace  LowCardinality(String),
    order_id         String CODEC(ZSTD(1)),
    order_transition LowCardinality(String) COMMENT 'completed, refunded, cancelled; empty for other events',
    order_ledger     Bool CODEC(ZSTD(1)),
    order_total_only Bool CODEC(ZSTD(1)),
    refund_id        String CODEC(ZSTD(1)),
    total            Int64 COMMENT 'Minor units; everything on the bill, negative for a refund' CODEC(T64, ZSTD(1)),
    spend            Int64 COMMENT 'Minor units; merchandise paid, negative for a refund' CODEC(T64, ZSTD(1)),
    refund           Int64 COMMENT 'Minor units; the amount given back, positive' CODEC(T64, ZSTD(1)),
    item_id          String CODEC(ZSTD(1)),
    variant_id       String CODEC(ZSTD(1)),
    category         LowCardinality(String),
    brand            LowCardinality(String),
    store            LowCardinality(String),
    country          LowCardinality(String),
    price            Nullable(Decimal(18, 6)) COMMENT 'Major units of the currency' CODEC(ZSTD(1)),
    item_ids         Array(String) COMMENT 'One entry per product line, as in the arrays below' CODEC(ZSTD(1)),
    variant_ids      Array(String) CODEC(ZSTD(1)),
    categories       Array(LowCardinality(String)),
    brands           Array(LowCardinality(String)),
    quantities       Array(Decimal(18, 4)) CODEC(ZSTD(1)),
    prices           Array(Decimal(18, 6)) COMMENT 'Major units' CODEC(ZSTD(1)),
    amounts          Array(Int64) COMMENT 'Minor units; the line after its discount' CODEC(ZSTD(1)),
    kinds            Array(LowCardinality(String)) COMMENT 'goods, freight, fee, …',
    raw              String COMMENT 'The canonical event as the log holds it: JSON, personal values sealed' CODEC(ZSTD(3)),
    INDEX position (`partition`, seq) TYPE minmax GRANULARITY 1,
    INDEX facet facet_id TYPE bloom_filter(0.01) GRANULARITY 4,
    INDEX event event_id TYPE bloom_filter(0.01) GRANULARITY 4
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(received_at)
-- Analysis asks for a type and days; a person's page asks for facets. With the facet behind the day both read few
-- granules, and the repeated facet ids lie together, where they compress to almost nothing.
ORDER BY (type, toDate(time), facet_id, time, event_id)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1, merge_max_block_size_bytes = 2097152;

CREATE TABLE IF NOT EXISTS facets
(
    `partition` UInt16 CODEC(ZSTD(1)),
    seq         UInt64 CODEC(T64, ZSTD(1)),
    idx         UInt32 CODEC(T64, ZSTD(1)),
    ord         UInt16 CODEC(ZSTD(1)),
    facet_id    String CODEC(ZSTD(1)),
    profile_id  String CODEC(ZSTD(1)),
    change      LowCardinality(String) COMMENT 'created or moved',
    at          DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    INDEX profile profile_id TYPE bloom_filter(0.01) GRANULARITY 4
)
ENGINE = MergeTree
ORDER BY (facet_id, seq, idx, ord)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1;

CREATE TABLE IF NOT EXISTS merges
(
    `partition` UInt16 CODEC(ZSTD(1)),
    seq         UInt64 CODEC(T64, ZSTD(1)),
    idx         UInt32 CODEC(T64, ZSTD(1)),
    ord         UInt16 CODEC(ZSTD(1)),
    winner      String CODEC(ZSTD(1)),
    loser       String CODEC(ZSTD(1)),
    rule        LowCardinality(String),
    source      LowCardinality(String),
    event_id    String COMMENT 'The event that showed the two to be one person' CODEC(ZSTD(1)),
    at          DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1))
)
ENGINE = MergeTree
ORDER BY (at, seq, idx, ord)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1;

CREATE TABLE IF NOT EXISTS decisions
(
    `partition` UInt16 CODEC(ZSTD(1)),
    seq         UInt64 CODEC(T64, ZSTD(1)),
    idx         UInt32 CODEC(T64, ZSTD(1)),
    ord         UInt16 CODEC(ZSTD(1)),
    id          String CODEC(ZSTD(1)),
    trigger     LowCardinality(String),
    profile_id  String COMMENT 'Owner at the time of the decision' CODEC(ZSTD(1)),
    decision    LowCardinality(String),
    reason      LowCardinality(String),
    at          DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    event_id    String CODEC(ZSTD(1)),
    channel     LowCardinality(String),
    payload     String COMMENT 'JSON' CODEC(ZSTD(3)),
    trace       String COMMENT 'JSON: what matched, what the condition saw, which limits were asked' CODEC(ZSTD(3)),
    INDEX event event_id TYPE bloom_filter(0.01) GRANULARITY 4
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(at)
ORDER BY (trigger, at, id)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1;

CREATE TABLE IF NOT EXISTS quarantine
(
    `partition` UInt16 CODEC(ZSTD(1)),
    seq         UInt64 CODEC(T64, ZSTD(1)),
    idx         UInt32 CODEC(T64, ZSTD(1)),
    ord         UInt16 CODEC(ZSTD(1)),
    id          String CODEC(ZSTD(1)),
    event_id    String COMMENT 'Empty where the event was not understood well enough to have one' CODEC(ZSTD(1)),
    source      LowCardinality(String),
    received_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    code        LowCardinality(String),
    path        String COMMENT 'JSON pointer to what is wrong' CODEC(ZSTD(1)),
    message     String CODEC(ZSTD(1)),
    sealed      String COMMENT 'The event itself, encrypted' CODEC(ZSTD(3)),
    INDEX quarantined id TYPE bloom_filter(0.01) GRANULARITY 4
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(received_at)
ORDER BY (code, received_at, id)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1;
