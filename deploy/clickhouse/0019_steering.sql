-- What retailers steer by. Costs of messages and changes of targets are events that only the engine writes: they need no tables of
-- their own, and come here like all others.

-- What was spent on a trigger or a campaign, by day: the newest word on a day.
CREATE VIEW IF NOT EXISTS costs AS
SELECT
    kind, name, day, currency,
    argMax(amount_told, (time, seq, idx)) AS amount,
    argMax(author_told, (time, seq, idx)) AS author,
    max(time) AS at
FROM
(
    SELECT
        seq, idx, time, currency,
        JSONExtractString(raw, 'properties', 'kind') AS kind,
        JSONExtractString(raw, 'properties', 'name') AS name,
        toDate32OrZero(JSONExtractString(raw, 'properties', 'day')) AS day,
        JSONExtractInt(raw, 'properties', 'amount') AS amount_told,
        JSONExtractString(raw, 'properties', 'author') AS author_told
    FROM events
    WHERE type = 'cost_recorded' AND source = 'operator'
)
GROUP BY kind, name, day, currency;

-- When a target was met or missed, from when on.
CREATE VIEW IF NOT EXISTS target_changes AS
SELECT
    time AS at,
    JSONExtractString(raw, 'properties', 'target') AS target,
    JSONExtractString(raw, 'properties', 'standing') AS standing,
    JSONExtractFloat(raw, 'properties', 'value') AS value,
    JSONExtractFloat(raw, 'properties', 'goal') AS goal
FROM events
WHERE type = 'target_changed' AND source = 'engine';
