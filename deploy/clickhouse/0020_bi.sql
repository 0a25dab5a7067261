-- Merged people as one and split people as two, in every table that names a profile; then views for BI tools, whose names and columns
-- stay as they are: what is wanted else gets another view.

-- Whose rows that name a profile and no facet are today, where that profile was merged away: whoever has the facet now that it held first.
-- So what somebody did before a merge goes with them when the merge is undone.
CREATE VIEW IF NOT EXISTS profiles_now AS
SELECT
    merged.profile_id AS profile_id,
    if(first.owner = '', merged.merged_into, first.owner) AS belongs_to
FROM profiles_merged AS merged
LEFT ANY JOIN
(
    SELECT held.profile_id AS profile_id, argMin(moved.profile_id, (held.at, held.seq, held.idx, held.ord)) AS owner
    FROM facets AS held
    INNER JOIN facets_moved AS moved ON moved.facet_id = held.facet_id
    WHERE held.profile_id IN (SELECT profile_id FROM profiles_merged)
    GROUP BY held.profile_id
) AS first ON first.profile_id = merged.profile_id;

-- Events of facets that changed hands: who had them at some time, and who has them now.
CREATE VIEW IF NOT EXISTS events_moved AS
SELECT caused.event_id AS event_id, held.profile_id AS held_by, moved.profile_id AS profile_id
FROM
(
    SELECT event_id, facet_id FROM events WHERE facet_id IN (SELECT facet_id FROM facets_moved)
) AS caused
INNER JOIN facets_moved AS moved ON moved.facet_id = caused.facet_id
INNER JOIN (SELECT DISTINCT facet_id, profile_id FROM facets) AS held ON held.facet_id = caused.facet_id;

-- A decision goes with the event that it was made on.
CREATE VIEW IF NOT EXISTS decisions_by_profile AS
SELECT
    decisions.* EXCEPT (profile_id),
    decisions.profile_id AS profile_id_then,
    multiIf(by_event.profile_id != '', by_event.profile_id, by_profile.belongs_to != '', by_profile.belongs_to, decisions.profile_id) AS profile_id
FROM decisions
LEFT ANY JOIN events_moved AS by_event ON by_event.event_id = decisions.event_id AND by_event.held_by = decisions.profile_id
LEFT ANY JOIN profiles_now AS by_profile ON by_profile.profile_id = decisions.profile_id;

-- A delivery goes with its decision.
CREATE VIEW IF NOT EXISTS deliveries_by_profile AS
SELECT
    deliveries.* EXCEPT (profile_id),
    deliveries.profile_id AS profile_id_then,
    multiIf(decided.profile_id != '', decided.profile_id, by_profile.belongs_to != '', by_profile.belongs_to, deliveries.profile_id) AS profile_id
FROM deliveries
LEFT ANY JOIN
(
    SELECT id, profile_id FROM decisions_by_profile WHERE profile_id != profile_id_then
) AS decided ON decided.id = deliveries.decision_id
LEFT ANY JOIN profiles_now AS by_profile ON by_profile.profile_id = deliveries.profile_id;

-- Points, and what time did to them: by facet where the row names one.
CREATE VIEW IF NOT EXISTS points_by_profile AS
SELECT
    points.* EXCEPT (profile_id),
    points.profile_id AS profile_id_then,
    multiIf(by_facet.profile_id != '', by_facet.profile_id, by_profile.belongs_to != '', by_profile.belongs_to, points.profile_id) AS profile_id
FROM points
LEFT ANY JOIN facets_moved AS by_facet ON by_facet.facet_id = points.facet_id
LEFT ANY JOIN profiles_now AS by_profile ON by_profile.profile_id = points.profile_id;

-- What was said of a consent: by facet where the row names one.
CREATE VIEW IF NOT EXISTS consents_by_profile AS
SELECT
    consents.* EXCEPT (profile_id),
    consents.profile_id AS profile_id_then,
    multiIf(by_facet.profile_id != '', by_facet.profile_id, by_profile.belongs_to != '', by_profile.belongs_to, consents.profile_id) AS profile_id
FROM consents
LEFT ANY JOIN facets_moved AS by_facet ON by_facet.facet_id = consents.facet_id
LEFT ANY JOIN profiles_now AS by_profile ON by_profile.profile_id = consents.profile_id;

-- What was said of a profile as a whole stays with whoever the profile is now.
CREATE VIEW IF NOT EXISTS segment_changes_by_profile AS
SELECT
    segment_changes.* EXCEPT (profile_id),
    segment_changes.profile_id AS profile_id_then,
    if(by_profile.belongs_to = '', segment_changes.profile_id, by_profile.belongs_to) AS profile_id
FROM segment_changes
LEFT ANY JOIN profiles_now AS by_profile ON by_profile.profile_id = segment_changes.profile_id;

CREATE VIEW IF NOT EXISTS recommendations_by_profile AS
SELECT
    recommendations.* EXCEPT (profile_id),
    recommendations.profile_id AS profile_id_then,
    if(by_profile.belongs_to = '', recommendations.profile_id, by_profile.belongs_to) AS profile_id
FROM recommendations
LEFT ANY JOIN profiles_now AS by_profile ON by_profile.profile_id = recommendations.profile_id;

CREATE VIEW IF NOT EXISTS snapshots_by_profile AS
SELECT
    profile_snapshots.* EXCEPT (profile_id),
    profile_snapshots.profile_id AS profile_id_then,
    if(by_profile.belongs_to = '', profile_snapshots.profile_id, by_profile.belongs_to) AS profile_id
FROM profile_snapshots
LEFT ANY JOIN profiles_now AS by_profile ON by_profile.profile_id = profile_snapshots.profile_id;

CREATE VIEW IF NOT EXISTS identity_changes_by_profile AS
SELECT
    identity_changes.* EXCEPT (profile_id, other_profile_id),
    identity_changes.profile_id AS profile_id_then,
    identity_changes.other_profile_id AS other_profile_id_then,
    if(own.belongs_to = '', identity_changes.profile_id, own.belongs_to) AS profile_id,
    if(other.belongs_to = '', identity_changes.other_profile_id, other.belongs_to) AS other_profile_id
FROM identity_changes
LEFT ANY JOIN profiles_now AS own ON own.profile_id = identity_changes.profile_id
LEFT ANY JOIN profiles_now AS other ON other.profile_id = identity_changes.other_profile_id;

-- Every event, with the customer that it is of today.
CREATE VIEW IF NOT EXISTS bi_events AS
SELECT
    event_id,
    type AS event_type,
    time AS happened_at,
    received_at,
    if(profile_id = 'unattributed', '', profile_id) AS customer_id,
    channel,
    source,
    store,
    country,
    item_id,
    variant_id,
    category,
    brand,
    price,
    currency,
    order_id,
    late AS is_late
FROM events_by_profile;

-- Orders that stand: completed and not cancelled, each once however often it was reported. Of several reports the earliest counts.
CREATE VIEW IF NOT EXISTS bi_orders AS
SELECT
    standing.order_namespace AS order_system,
    standing.order_id AS order_id,
    standing.placed.1 AS ordered_at,
    multiIf(owner.now != '', owner.now, standing.placed.10 = 'unattributed', '', standing.placed.10) AS customer_id,
    standing.placed.2 AS channel,
    standing.placed.3 AS store,
    standing.placed.4 AS country,
    standing.currency AS currency,
    toDecimal128(standing.placed.5, 4) / standing.units AS total,
    toDecimal128(standing.placed.6, 4) / standing.units AS merchandise,
    toDecimal128(-standing.back, 4) / standing.units AS returned,
    toDecimal128(standing.placed.6 + standing.back, 4) / standing.units AS net,
    standing.refunds AS refunds,
    standing.placed.7 AS items
FROM
(
    SELECT
        order_namespace,
        order_id,
        anyIf(fact, kind = 'completed') AS placed,
        placed.8 AS currency,
        placed.9 AS facet_id,
        multiIf(currency IN ('BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'UYI', 'VND', 'VUV', 'XAF', 'XOF', 'XPF'), 1,
        currency IN ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND'), 1000, currency IN ('CLF', 'UYW'), 10000, 100) AS units,
        arraySum(arrayMap(each -> if(each.8 = currency, each.6, 0), groupArrayIf(fact, kind = 'refunded'))) AS back,
        countIf(kind = 'refunded') AS refunds
    FROM
    (
        SELECT
            order_namespace,
            order_id,
            order_transition AS kind,
            if(kind = 'refunded', refund_id, '') AS back_id,
            argMin((time, channel, store, country, total, spend,
                arraySum(arrayMap((quantity, line) -> if(line = 'goods', quantity, toDecimal64(0, 4)), quantities, kinds)),
                currency, facet_id, profile_id), (time, source, event_id)) AS fact
        FROM events
        WHERE type IN ('order_completed', 'order_refunded', 'order_cancelled') AND order_ledger AND order_id != ''
        GROUP BY order_namespace, order_id, kind, back_id
    )
    GROUP BY order_namespace, order_id
    HAVING countIf(kind = 'completed') > 0 AND countIf(kind = 'cancelled') = 0
) AS standing
LEFT ANY JOIN (SELECT facet_id, profile_id AS now FROM facets_moved) AS owner ON owner.facet_id = standing.facet_id;

-- What orders that stand were made of, one row per line.
CREATE VIEW IF NOT EXISTS bi_order_lines AS
SELECT
    standing.order_namespace AS order_system,
    standing.order_id AS order_id,
    line,
    standing.placed.1 AS ordered_at,
    multiIf(owner.now != '', owner.now, standing.placed.6 = 'unattributed', '', standing.placed.6) AS customer_id,
    standing.placed.2 AS channel,
    standing.placed.3 AS store,
    standing.currency AS currency,
    standing.placed.7[line] AS item_id,
    standing.placed.8[line] AS variant_id,
    standing.placed.9[line] AS category,
    standing.placed.10[line] AS brand,
    standing.placed.11[line] AS quantity,
    standing.placed.12[line] AS price,
    toDecimal128(standing.placed.13[line], 4) / standing.units AS amount,
    standing.placed.14[line] AS line_kind
FROM
(
    SELECT
        order_namespace,
        order_id,
        placed,
        placed.4 AS currency,
        placed.5 AS facet_id,
        multiIf(currency IN ('BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'UYI', 'VND', 'VUV', 'XAF', 'XOF', 'XPF'), 1,
        currency IN ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND'), 1000, currency IN ('CLF', 'UYW'), 10000, 100) AS units
    FROM
    (
        SELECT
            order_namespace,
            order_id,
            argMin((time, channel, store, currency, facet_id, profile_id, item_ids, variant_ids, categories, brands, quantities,
                prices, amounts, kinds), (time, source, event_id)) AS placed
        FROM events
        WHERE type = 'order_completed' AND order_ledger AND order_id != '' AND (order_namespace, order_id) NOT IN
        (
            SELECT order_namespace, order_id FROM events WHERE type = 'order_cancelled' AND order_ledger AND order_id != ''
        )
        GROUP BY order_namespace, order_id
    )
) AS standing
LEFT ANY JOIN (SELECT facet_id, profile_id AS now FROM facets_moved) AS owner ON owner.facet_id = standing.facet_id
ARRAY JOIN arrayEnumerate(standing.placed.7) AS line;

-- What is known of each customer, as of the last day on which something about them changed. Features that are not defined are NULL.
CREATE VIEW IF NOT EXISTS bi_customers AS
SELECT
    profile_id AS customer_id,
    day AS as_of,
    kind,
    lifecycle,
    tier,
    points,
    pending AS pending_points,
    segments,
    tags,
    consents['personalization'] AS agrees_personalization,
    events,
    first_seen,
    last_seen,
    features.orders_lifetime::Nullable(Float64) AS orders,
    features.spend_lifetime::Nullable(Float64) AS spend,
    features.orders_365d::Nullable(Float64) AS orders_365d,
    features.spend_365d::Nullable(Float64) AS spend_365d,
    features.days_since_last_order::Nullable(Float64) AS days_since_last_order,
    features.favorite_category::Nullable(String) AS favorite_category,
    features.favorite_brand::Nullable(String) AS favorite_brand,
    features.rfm_group::Nullable(String) AS rfm_group,
    features.expected_value_365d::Nullable(Float64) AS expected_value_365d,
    features
FROM snapshots_by_profile
ORDER BY profile_id = profile_id_then DESC, day DESC
LIMIT 1 BY profile_id;

-- What was known of them at the end of each day on which something changed: the course of things.
CREATE VIEW IF NOT EXISTS bi_customer_days AS
SELECT
    day,
    profile_id AS customer_id,
    kind,
    lifecycle,
    tier,
    points,
    segments,
    features.orders_lifetime::Nullable(Float64) AS orders,
    features.spend_lifetime::Nullable(Float64) AS spend,
    features
FROM snapshots_by_profile;

-- Messages, one row each: what was decided at last, and what came of it.
CREATE VIEW IF NOT EXISTS bi_messages AS
SELECT
    decided.id AS message_id,
    decided.trigger AS trigger,
    decided.customer_id AS customer_id,
    decided.decided_at AS decided_at,
    decided.decision AS decision,
    decided.reason AS reason,
    decided.channel AS channel,
    handed.delivered_at AS delivered_at,
    told.sent_at AS sent_at,
    told.received_at AS received_at,
    told.opened_at AS opened_at,
    told.clicked_at AS clicked_at
FROM
(
    SELECT
        id,
        any(decisions_by_profile.trigger) AS trigger,
        any(profile_id) AS customer_id,
        min(at) AS decided_at,
        argMax(decision, place) AS decision,
        argMax(reason, place) AS reason,
        argMax(channel, place) AS channel
    FROM (SELECT *, (at, seq, idx, ord) AS place FROM decisions_by_profile) AS decisions_by_profile
    GROUP BY id
) AS decided
LEFT ANY JOIN
(
    SELECT decision_id, minOrNull(at) AS delivered_at FROM deliveries WHERE change = 'delivered' GROUP BY decision_id
) AS handed ON handed.decision_id = decided.id
LEFT ANY JOIN
(
    SELECT
        JSONExtractString(raw, 'properties', 'firing_id') AS firing,
        minOrNullIf(time, type = 'message_sent') AS sent_at,
        minOrNullIf(time, type = 'message_delivered' AND JSONExtractString(raw, 'properties', 'status') IN ('', 'delivered')) AS received_at,
        minOrNullIf(time, type = 'message_opened') AS opened_at,
        minOrNullIf(time, type = 'message_clicked') AS clicked_at
    FROM events
    WHERE type IN ('message_sent', 'message_delivered', 'message_opened', 'message_clicked') AND firing != ''
    GROUP BY firing
) AS told ON told.firing = decided.id;

-- The course of business by day (UTC), channel and currency. Money is that of the orders of the day, whenever something came back of them.
CREATE VIEW IF NOT EXISTS bi_daily AS
SELECT
    day,
    channel,
    currency,
    sum(part_events) AS events,
    sum(part_customers) AS customers,
    sum(part_orders) AS orders,
    sum(part_merchandise) AS merchandise,
    sum(part_returned) AS returned,
    sum(part_net) AS net
FROM
(
    SELECT
        toDate(time) AS day, channel, '' AS currency, count() AS part_events, uniqExactIf(profile_id, profile_id != 'unattributed') AS part_customers,
        toUInt64(0) AS part_orders, toDecimal128(0, 4) AS part_merchandise, toDecimal128(0, 4) AS part_returned, toDecimal128(0, 4) AS part_net
    FROM events_by_profile
    GROUP BY day, channel
    UNION ALL
    SELECT
        toDate(ordered_at) AS day, channel, currency, toUInt64(0), toUInt64(0),
        count(), sum(merchandise), sum(returned), sum(net)
    FROM bi_orders
    GROUP BY day, channel, currency
)
GROUP BY day, channel, currency;

-- Who came into segments and left them by day (UTC), and how many were in them at its end.
CREATE VIEW IF NOT EXISTS bi_segment_days AS
SELECT
    day,
    segment,
    entered,
    left,
    sum(toInt64(entered) - toInt64(left)) OVER (PARTITION BY segment ORDER BY day ROWS UNBOUNDED PRECEDING) AS members
FROM
(
    SELECT toDate(at) AS day, segment, countIf(change = 'entered') AS entered, countIf(change = 'left') AS left
    FROM segment_changes
    GROUP BY day, segment
);

CREATE VIEW IF NOT EXISTS bi_points AS
SELECT at AS booked_at, profile_id AS customer_id, kind, points, order_id, reason, expires_at, author FROM points_by_profile;

CREATE VIEW IF NOT EXISTS bi_recommendations AS
SELECT id AS recommendation_id, at AS shown_at, profile_id AS customer_id, placement, strategy, store, personalized, item_ids FROM recommendations_by_profile;
