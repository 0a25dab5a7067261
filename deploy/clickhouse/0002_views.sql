-- Who owns a facet now. Rows of facets come from one totally ordered log, so the highest position is the newest.
CREATE VIEW IF NOT EXISTS facets_now AS
SELECT
    facet_id,
    argMax(profile_id, (seq, idx, ord)) AS profile_id,
    max(at) AS since
FROM facets
GROUP BY facet_id;

-- Events with the person to whom they belong today: merged people read as one, whenever the merge came.
CREATE VIEW IF NOT EXISTS events_by_profile AS
SELECT
    events.* EXCEPT (profile_id),
    events.profile_id AS profile_id_then,
    if(owner.profile_id = '', events.profile_id, owner.profile_id) AS profile_id
FROM events
LEFT ANY JOIN facets_now AS owner ON owner.facet_id = events.facet_id;

-- One row per product line.
CREATE VIEW IF NOT EXISTS product_lines AS
SELECT
    seq, idx, event_id, type, time, source, channel, store, country, currency, facet_id, profile_id,
    order_namespace, order_id, order_transition, order_ledger, refund_id,
    line_item_id AS item_id, line_variant_id AS variant_id, line_category AS category, line_brand AS brand,
    line_quantity AS quantity, line_price AS price, line_amount AS amount, line_kind AS kind
FROM events
ARRAY JOIN
    item_ids AS line_item_id, variant_ids AS line_variant_id, categories AS line_category, brands AS line_brand,
    quantities AS line_quantity, prices AS line_price, amounts AS line_amount, kinds AS line_kind;
