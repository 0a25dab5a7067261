-- Decisions say what the pattern was followed by (a cart, an item, a day), under which version of the trigger they were made,
-- and until when one is deferred. One firing has several rows with its id where it was deferred first, or revoked later.
ALTER TABLE decisions ADD COLUMN IF NOT EXISTS key String COMMENT 'What the pattern was followed by; empty where it has no key' CODEC(ZSTD(1));
ALTER TABLE decisions ADD COLUMN IF NOT EXISTS version LowCardinality(String) COMMENT 'Of the trigger; empty in rows from before this column';
ALTER TABLE decisions ADD COLUMN IF NOT EXISTS until Nullable(DateTime64(3, 'UTC')) COMMENT 'When a deferred one is decided again' CODEC(ZSTD(1));
ALTER TABLE decisions ADD INDEX IF NOT EXISTS profile profile_id TYPE bloom_filter(0.01) GRANULARITY 4;
