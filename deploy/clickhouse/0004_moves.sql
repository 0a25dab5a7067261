-- Facets change hands by moves, which identity numbers. Beyond one partition the rows of a facet come from several logs,
-- whose positions cannot be compared; the number of the move can. 0: where the facet began.
ALTER TABLE facets ADD COLUMN IF NOT EXISTS move UInt64 CODEC(T64, ZSTD(1));

DROP VIEW IF EXISTS facets_now;
CREATE VIEW IF NOT EXISTS facets_now AS
SELECT
    newest.facet_id AS facet_id,
    if(merged.merged_into = '', newest.profile_id, merged.merged_into) AS profile_id,
    newest.since AS since
FROM
(
    SELECT facet_id, argMax(profile_id, (move, seq, idx, ord)) AS profile_id, max(at) AS since
    FROM facets
    GROUP BY facet_id
) AS newest
LEFT ANY JOIN profiles_merged AS merged ON merged.profile_id = newest.profile_id;
