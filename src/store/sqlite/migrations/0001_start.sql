-- Times are microseconds since 1970 in UTC. Columns named *_due are what the schedulers ask for; a lease is a later due
-- time. Where the rest of a thing is only carried along, it is JSON.

CREATE TABLE orders (
  seq           INTEGER PRIMARY KEY,
  id            TEXT NOT NULL UNIQUE,
  seller        TEXT,
  document      TEXT NOT NULL,
  state         TEXT NOT NULL,
  revision      INTEGER NOT NULL,
  sequence      INTEGER NOT NULL,
  next_timer_at INTEGER,
  created_at    INTEGER NOT NULL
) STRICT;
CREATE INDEX orders_timer ON orders (next_timer_at) WHERE next_timer_at IS NOT NULL;

CREATE TABLE shipments (
  seq           INTEGER PRIMARY KEY,
  id            TEXT NOT NULL UNIQUE,
  order_id      TEXT NOT NULL REFERENCES orders (id),
  number        TEXT NOT NULL,
  claim         TEXT NOT NULL,
  input         TEXT NOT NULL,
  carrier       TEXT,
  format        TEXT,
  outcome       TEXT,
  verdict       TEXT,
  verdict_at    INTEGER,
  tracking      TEXT,
  tracking_at   INTEGER,
  next_look_at  INTEGER,
  next_look_why TEXT,
  looks         INTEGER NOT NULL,
  judge_at      INTEGER,
  created_at    INTEGER NOT NULL,
  look_due      INTEGER,
  judge_due     INTEGER
) STRICT;
CREATE INDEX shipments_order ON shipments (order_id);
CREATE INDEX shipments_number ON shipments (number);
CREATE INDEX shipments_look ON shipments (look_due) WHERE look_due IS NOT NULL;
CREATE INDEX shipments_judge ON shipments (judge_due) WHERE judge_due IS NOT NULL;

-- How each seller's claims went, counted along, so that judging does not count a large seller's claims anew.
CREATE TABLE sellers (
  id     TEXT PRIMARY KEY,
  claims INTEGER NOT NULL,
  failed INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- A body is stored once, however often it was answered.
CREATE TABLE bodies (
  sha256    TEXT NOT NULL UNIQUE,
  codec     TEXT NOT NULL,
  raw_bytes INTEGER NOT NULL,
  data      BLOB NOT NULL
) STRICT;

CREATE TABLE observations (
  seq         INTEGER PRIMARY KEY,
  id          TEXT NOT NULL UNIQUE,
  shipment    TEXT NOT NULL REFERENCES shipments (id),
  carrier     TEXT NOT NULL,
  source      TEXT NOT NULL,
  url         TEXT NOT NULL,
  fetched_at  INTEGER NOT NULL,
  http_status INTEGER,
  body_sha256 TEXT REFERENCES bodies (sha256),
  body_bytes  INTEGER NOT NULL,
  reading     TEXT NOT NULL
) STRICT;
CREATE INDEX observations_shipment ON observations (shipment, fetched_at);

CREATE TABLE verdicts (
  seq      INTEGER PRIMARY KEY,
  id       TEXT NOT NULL UNIQUE,
  shipment TEXT NOT NULL REFERENCES shipments (id),
  at       INTEGER NOT NULL,
  verdict  TEXT NOT NULL
) STRICT;
CREATE INDEX verdicts_shipment ON verdicts (shipment, at);

-- seq is the order in which events were written, over all orders; sequence counts within one order.
CREATE TABLE events (
  seq      INTEGER PRIMARY KEY,
  id       TEXT NOT NULL UNIQUE,
  order_id TEXT NOT NULL REFERENCES orders (id),
  sequence INTEGER NOT NULL,
  type     TEXT NOT NULL,
  at       INTEGER NOT NULL,
  rule     TEXT,
  data     TEXT NOT NULL,
  UNIQUE (order_id, sequence)
) STRICT;

CREATE TABLE endpoints (
  seq          INTEGER PRIMARY KEY,
  id           TEXT NOT NULL UNIQUE,
  url          TEXT NOT NULL,
  event_types  TEXT NOT NULL,
  state        TEXT NOT NULL,
  disabled_why TEXT,
  created_at   INTEGER NOT NULL
) STRICT;

-- due_at is set for exactly those deliveries that may be attempted: pending, the lowest of their order at an enabled
-- endpoint. So a claim never wades through deliveries that wait for another.
CREATE TABLE deliveries (
  seq             INTEGER PRIMARY KEY,
  endpoint        TEXT NOT NULL REFERENCES endpoints (id),
  event           TEXT NOT NULL REFERENCES events (id),
  order_id        TEXT NOT NULL,
  sequence        INTEGER NOT NULL,
  state           TEXT NOT NULL,
  attempts        INTEGER NOT NULL,
  next_attempt_at INTEGER,
  due_at          INTEGER,
  created_at      INTEGER NOT NULL,
  UNIQUE (event, endpoint)
) STRICT;
CREATE INDEX deliveries_endpoint ON deliveries (endpoint);
CREATE INDEX deliveries_pending ON deliveries (endpoint, order_id, sequence) WHERE state = 'pending';
CREATE INDEX deliveries_due ON deliveries (due_at) WHERE due_at IS NOT NULL;

CREATE TABLE attempts (
  seq         INTEGER PRIMARY KEY,
  id          TEXT NOT NULL UNIQUE,
  delivery    INTEGER NOT NULL REFERENCES deliveries (seq),
  at          INTEGER NOT NULL,
  took_ms     INTEGER NOT NULL,
  http_status INTEGER,
  error       TEXT,
  answer      TEXT NOT NULL,
  result      TEXT NOT NULL
) STRICT;
CREATE INDEX attempts_delivery ON attempts (delivery);

CREATE TABLE idempotency (
  key_id          TEXT NOT NULL,
  idempotency_key TEXT NOT NULL,
  request_sha256  TEXT NOT NULL,
  status          INTEGER NOT NULL,
  body            TEXT NOT NULL,
  at              INTEGER NOT NULL,
  PRIMARY KEY (key_id, idempotency_key)
) STRICT;
CREATE INDEX idempotency_at ON idempotency (at);

CREATE TABLE api_keys (
  seq        INTEGER PRIMARY KEY,
  id         TEXT NOT NULL UNIQUE,
  name       TEXT NOT NULL,
  sha256     TEXT NOT NULL,
  scopes     TEXT NOT NULL,
  seller     TEXT,
  created_at INTEGER NOT NULL,
  revoked_at INTEGER
) STRICT;

-- One row, written to see that writing works.
CREATE TABLE heartbeat (
  id    INTEGER PRIMARY KEY CHECK (id = 1),
  beats INTEGER NOT NULL
) STRICT;
INSERT INTO heartbeat (id, beats) VALUES (1, 0);
