-- The entries of the evidence log, in the order in which they were logged: seq is the entry's index and one more. Rows
-- are only ever added. entry is public; seed and document, where they are there, are not, and may be erased.

CREATE TABLE leaves (
  seq      INTEGER PRIMARY KEY,
  id       TEXT NOT NULL UNIQUE,
  shipment TEXT NOT NULL,
  entry    BLOB NOT NULL,
  seed     BLOB,
  document TEXT
) STRICT;
CREATE INDEX leaves_shipment ON leaves (shipment);
