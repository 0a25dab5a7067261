-- What recommendations may learn from an event, as it was decided when it was applied: who is no customer, or restricted, teaches
-- nothing. Rows from before are read as they were then.
ALTER TABLE events ADD COLUMN IF NOT EXISTS lesson UInt8 DEFAULT if(
    type NOT IN ('product_viewed', 'product_added', 'product_tried', 'product_favorited', 'stock_inquired', 'question_asked', 'order_completed')
    OR (position(raw, '"kind":{"kind":"') > 0 AND position(raw, '"kind":{"kind":"') != position(raw, '"kind":{"kind":"customer"'))
    OR (type = 'product_favorited' AND position(raw, '"removed":true') > 0), 0, 1)
    COMMENT '0: nothing; 1: something; 2: something, by whoever agrees to personalization, or nobody in particular' CODEC(ZSTD(1));
