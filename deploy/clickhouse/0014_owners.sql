-- Whose events are, at the price of the few facets that changed hands: an event's own row says who owned its facet then, and who
-- never lost a facet owns it still. To group the rows of all facets, as facets_now does, costs a second per two million of
-- them; most facets have one row.
CREATE VIEW IF NOT EXISTS facets_moved AS
SELECT
    newest.facet_id AS facet_id,
    if(merged.merged_into = '', newest.profile_id, merged.merged_into) AS profile_id
FROM
(
    SELECT facet_id, argMax(profile_id, (move, seq, idx, ord)) AS profile_id
    FROM facets
    WHERE facet_id IN
    (
        SELECT facet_id FROM facets WHERE change = 'moved' OR profile_id IN (SELECT profile_id FROM profiles_merged)
    )
    GROUP BY facet_id
) AS newest
LEFT ANY JOIN profiles_merged AS merged ON merged.profile_id = newest.profile_id;

DROP VIEW IF EXISTS events_by_profile;
CREATE VIEW IF NOT EXISTS events_by_profile AS
SELECT
    events.* EXCEPT (profile_id),
    events.profile_id AS profile_id_then,
    if(owner.profile_id = '', events.profile_id, owner.profile_id) AS profile_id
FROM events
LEFT ANY JOIN facets_moved AS owner ON owner.facet_id = events.facet_id;
