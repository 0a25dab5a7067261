-- What kept events are, as far as that was understood, which version of which schema refused them, and every attempt to send them
-- on their way again. Rows of `quarantine` never change: what has become of an event since is in its attempts.
ALTER TABLE quarantine ADD COLUMN IF NOT EXISTS type LowCardinality(String)
    COMMENT 'Type of the event; empty where it was not understood';
ALTER TABLE quarantine ADD COLUMN IF NOT EXISTS channel LowCardinality(String);
ALTER TABLE quarantine ADD COLUMN IF NOT EXISTS schema_version LowCardinality(String)
    COMMENT 'The schema that refused it, schema@version; empty where none did';

CREATE TABLE IF NOT EXISTS quarantine_attempts
(
    `partition`    UInt16 CODEC(ZSTD(1)),
    seq            UInt64 CODEC(T64, ZSTD(1)),
    idx            UInt32 CODEC(T64, ZSTD(1)),
    ord            UInt16 CODEC(ZSTD(1)),
    id             String COMMENT 'Of the row in quarantine' CODEC(ZSTD(1)),
    at             DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    author         LowCardinality(String) COMMENT 'Name of the key that asked for it',
    status         LowCardinality(String) COMMENT 'applied, duplicate, refused: it is in; rejected, quarantined: it failed again',
    state          LowCardinality(String) COMMENT 'What the event is since: replayed, waiting, given_up',
    code           LowCardinality(String) COMMENT 'Why it failed again, or was refused on applying',
    path           String CODEC(ZSTD(1)),
    message        String CODEC(ZSTD(1)),
    schema_version LowCardinality(String),
    INDEX quarantined id TYPE bloom_filter(0.01) GRANULARITY 4
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(at)
ORDER BY (state, id, at)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1;
