-- One row for each endpoint that was ever delivered to: its lane. due_at is the earliest due_at of its deliveries, but not
-- before the lane's last turn and not before held_until; null where nothing of it may be attempted. So claims find the
-- endpoint whose turn it is by one index, however much waits for it, and come back to it after all others.

CREATE TABLE lanes (
  endpoint      TEXT PRIMARY KEY REFERENCES endpoints (id),
  due_at        INTEGER,
  turn_at       INTEGER NOT NULL,
  turns         INTEGER NOT NULL,
  held_until    INTEGER,
  failing_since INTEGER,
  warned_at     INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX lanes_due ON lanes (due_at, turns) WHERE due_at IS NOT NULL;
INSERT INTO lanes (endpoint, due_at, turn_at, turns)
SELECT e.id, (SELECT min(d.due_at) FROM deliveries d WHERE d.endpoint = e.id AND d.due_at IS NOT NULL), 0, 0
FROM endpoints e;

DROP INDEX deliveries_due;
CREATE INDEX deliveries_due ON deliveries (endpoint, due_at) WHERE due_at IS NOT NULL;

-- How far events were published to streams beside the store, by the stream's name; event is the last that was acknowledged.
CREATE TABLE positions (
  name  TEXT PRIMARY KEY,
  event TEXT NOT NULL
) STRICT, WITHOUT ROWID;
