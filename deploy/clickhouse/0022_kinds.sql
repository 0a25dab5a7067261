-- Which events say of what kind their profile is: staff, a reseller. Whoever counts customers asks for these few first, and would read
-- all of `raw` for them. Lines of orders have kinds too, but as texts, so that hardly any event is parsed.
ALTER TABLE events ADD COLUMN IF NOT EXISTS has_kind Bool DEFAULT position(raw, '"kind":{') > 0 AND JSONHas(raw, 'kind')
    COMMENT 'Whether it says of what kind its profile is' CODEC(ZSTD(1));
ALTER TABLE events MATERIALIZE COLUMN has_kind;
