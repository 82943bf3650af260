-- lease grows with each claim: what was begun under an older one is refused.

ALTER TABLE deliveries ADD COLUMN lease INTEGER NOT NULL DEFAULT 0;

-- The buyer stands in the order's document too. It goes from here with what tells of persons.
ALTER TABLE orders ADD COLUMN buyer TEXT;
UPDATE orders SET buyer = document ->> '$.buyer' WHERE erased_at IS NULL;
CREATE INDEX orders_buyer ON orders (buyer) WHERE buyer IS NOT NULL;
