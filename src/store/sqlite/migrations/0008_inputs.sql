-- What happened to each order from outside, as its rules took it in: with these, any version of the rules can be run again.

CREATE TABLE inputs (
  seq      INTEGER PRIMARY KEY,
  order_id TEXT NOT NULL REFERENCES orders (id),
  at       INTEGER NOT NULL,
  input    TEXT NOT NULL
) STRICT;
CREATE INDEX inputs_order ON inputs (order_id);
