-- What identity decided beside plain merges, which have a table of their own: who was linked why, and what was taken
-- apart, refused, closed or put up for review. Linked identifiers are by far the most rows; the sorting key keeps
-- them away from the few others that people look for.
CREATE TABLE IF NOT EXISTS identity_changes
(
    `partition`      UInt16 CODEC(ZSTD(1)),
    seq              UInt64 CODEC(T64, ZSTD(1)),
    idx              UInt32 CODEC(T64, ZSTD(1)),
    ord              UInt16 CODEC(ZSTD(1)),
    change           LowCardinality(String) COMMENT 'linked, split, refused, shared, unshared, closed, recycled, yielded, blocked, alias, review_opened, review_decided, review_expired',
    profile_id       String COMMENT 'Owner at the time; see profiles_merged' CODEC(ZSTD(1)),
    other_profile_id String COMMENT 'The other person: whom it came from, or who it was not joined to' CODEC(ZSTD(1)),
    identifier       String COMMENT 'type:hash; never the value' CODEC(ZSTD(1)),
    rule             LowCardinality(String),
    reason           LowCardinality(String),
    source           LowCardinality(String),
    event_id         String COMMENT 'The event that showed it; empty where an operator asked for it' CODEC(ZSTD(1)),
    author           LowCardinality(String) COMMENT 'Name of the key of the operator who asked for it',
    at               DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    INDEX profile profile_id TYPE bloom_filter(0.01) GRANULARITY 4,
    INDEX other other_profile_id TYPE bloom_filter(0.01) GRANULARITY 4,
    INDEX identified identifier TYPE bloom_filter(0.01) GRANULARITY 4
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(at)
ORDER BY (change, at, seq, idx, ord)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1;

-- Whom a profile that was merged away belongs to now, over any chain of merges. A profile is merged away at most once
-- and never comes back (who is taken apart again gets a new id), so the chains are trees and this is one row each.
CREATE VIEW IF NOT EXISTS profiles_merged AS
WITH RECURSIVE forwards AS
(
    SELECT loser AS profile_id, winner AS merged_into, 1 AS hops FROM merges
    UNION ALL
    SELECT forwards.profile_id, merges.winner, forwards.hops + 1
    FROM forwards INNER JOIN merges ON merges.loser = forwards.merged_into
    WHERE forwards.hops < 256
)
SELECT profile_id, argMax(merged_into, hops) AS merged_into FROM forwards GROUP BY profile_id;

-- Who owns a facet now: the newest row says who took it, and merges whom that one belongs to today. The second half
-- matters for facets that were folded into others: their events are still here, but no move names them any more.
DROP VIEW IF EXISTS facets_now;
CREATE VIEW IF NOT EXISTS facets_now AS
SELECT
    newest.facet_id AS facet_id,
    if(merged.merged_into = '', newest.profile_id, merged.merged_into) AS profile_id,
    newest.since AS since
FROM
(
    SELECT facet_id, argMax(profile_id, (seq, idx, ord)) AS profile_id, max(at) AS since
    FROM facets
    GROUP BY facet_id
) AS newest
LEFT ANY JOIN profiles_merged AS merged ON merged.profile_id = newest.profile_id;

-- Who was linked why: one row per link that was ever made, be it new or taken from somebody else. Held is the newest
-- one of an identifier, unless it was closed, shared or blocked since; merged people read as one.
CREATE VIEW IF NOT EXISTS identity_links AS
SELECT
    links.identifier AS identifier,
    if(merged.merged_into = '', links.profile_id, merged.merged_into) AS profile_id,
    links.profile_id AS profile_id_then,
    if(links.rule = '', links.change, links.rule) AS rule,
    links.source AS source,
    links.event_id AS event_id,
    links.author AS author,
    links.at AS at,
    (links.seq, links.idx, links.ord) = newest.place AS held
FROM
(
    SELECT identifier, profile_id, change, rule, source, event_id, author, at, seq, idx, ord
    FROM identity_changes WHERE change IN ('linked', 'split', 'recycled', 'yielded', 'unshared') AND identifier != ''
) AS links
INNER JOIN
(
    SELECT identifier, max((seq, idx, ord)) AS place
    FROM identity_changes
    WHERE change IN ('linked', 'split', 'recycled', 'yielded', 'unshared', 'closed', 'shared', 'blocked')
    GROUP BY identifier
) AS newest ON newest.identifier = links.identifier
LEFT ANY JOIN profiles_merged AS merged ON merged.profile_id = links.profile_id;
