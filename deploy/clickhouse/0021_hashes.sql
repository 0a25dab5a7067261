-- Analyses group by people, facets and orders; as texts these are most of what they read and hold. The same names as 64 bits of a
-- hash are a fifth of that. Two of a hundred million names have the same hash once in four thousand histories, and then two
-- people are counted as one; nothing is ever looked up, erased or told by a hash.
ALTER TABLE events ADD COLUMN IF NOT EXISTS facet_hash UInt64 DEFAULT sipHash64(facet_id)
    COMMENT 'Of facet_id, to count and join by' CODEC(LZ4);
ALTER TABLE events ADD COLUMN IF NOT EXISTS profile_hash UInt64 DEFAULT sipHash64(profile_id)
    COMMENT 'Of profile_id; see events_by_person' CODEC(LZ4);
ALTER TABLE events ADD COLUMN IF NOT EXISTS order_hash UInt64 DEFAULT if(order_id = '', 0, sipHash64(order_namespace, order_id))
    COMMENT 'Of order_namespace and order_id; 0 without' CODEC(LZ4);
ALTER TABLE events ADD COLUMN IF NOT EXISTS refund_hash UInt64 DEFAULT if(refund_id = '', 0, sipHash64(refund_id))
    COMMENT 'Of refund_id; 0 without' CODEC(LZ4);
ALTER TABLE facets ADD COLUMN IF NOT EXISTS facet_hash UInt64 DEFAULT sipHash64(facet_id) CODEC(LZ4);
ALTER TABLE facets ADD COLUMN IF NOT EXISTS profile_hash UInt64 DEFAULT sipHash64(profile_id) CODEC(LZ4);

-- Rows from before would be hashed with every question until their parts are merged.
ALTER TABLE events MATERIALIZE COLUMN facet_hash, MATERIALIZE COLUMN profile_hash, MATERIALIZE COLUMN order_hash,
    MATERIALIZE COLUMN refund_hash;
ALTER TABLE facets MATERIALIZE COLUMN facet_hash, MATERIALIZE COLUMN profile_hash;

-- facets_moved by hashes: who owns the facets that changed hands. Whoever was merged away is a loser of some merge; the chains of
-- merges are followed once only.
CREATE VIEW IF NOT EXISTS owners_moved AS
SELECT
    newest.facet_hash AS facet_hash,
    if(merged.person = 0, newest.owner, merged.person) AS person
FROM
(
    SELECT facet_hash, argMax(profile_hash, (move, seq, idx, ord)) AS owner
    FROM facets
    WHERE facet_hash IN
    (
        SELECT facet_hash FROM facets
        WHERE change = 'moved' OR profile_hash IN (SELECT sipHash64(loser) FROM merges)
    )
    GROUP BY facet_hash
) AS newest
LEFT ANY JOIN
(
    SELECT sipHash64(profile_id) AS loser, sipHash64(merged_into) AS person FROM profiles_merged
) AS merged ON merged.loser = newest.owner;

-- events_by_profile by hashes: `person` is whose the event is today.
CREATE VIEW IF NOT EXISTS events_by_person AS
SELECT
    events.*,
    if(owner.person = 0, events.profile_hash, owner.person) AS person
FROM events
LEFT ANY JOIN owners_moved AS owner ON owner.facet_hash = events.facet_hash;
