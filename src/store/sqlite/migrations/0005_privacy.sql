-- What tells of persons, and when it goes. salts open what is left of a document whose other fields were erased; document
-- then holds all of it, the erased fields as hashes, and seed is gone. ended_at is when the order came to its end with no
-- dispute open; *_erased_at when the bodies of its answers, and what tells of persons, went; events_gone_at its events.

-- corrected_by names the shipment whose number was given in this one's place.

ALTER TABLE shipments ADD COLUMN corrected_by TEXT REFERENCES shipments (id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE leaves ADD COLUMN salts TEXT;

ALTER TABLE orders ADD COLUMN ended_at INTEGER;
ALTER TABLE orders ADD COLUMN bodies_erased_at INTEGER;
ALTER TABLE orders ADD COLUMN erased_at INTEGER;
ALTER TABLE orders ADD COLUMN events_gone_at INTEGER;

UPDATE orders
SET ended_at = coalesce((SELECT max(at) FROM events WHERE order_id = orders.id), created_at)
WHERE state ->> '$.phase' IN ('released', 'cancelled', 'settled') AND state ->> '$.dispute' IS NULL;

CREATE INDEX orders_bodies_kept ON orders (ended_at) WHERE bodies_erased_at IS NULL AND ended_at IS NOT NULL;
CREATE INDEX orders_persons_kept ON orders (ended_at) WHERE erased_at IS NULL AND ended_at IS NOT NULL;
CREATE INDEX orders_events_kept ON orders (ended_at) WHERE events_gone_at IS NULL AND ended_at IS NOT NULL;
CREATE INDEX attempts_answered ON attempts (at) WHERE answer <> '';
CREATE INDEX observations_body ON observations (body_sha256) WHERE body_sha256 IS NOT NULL;
