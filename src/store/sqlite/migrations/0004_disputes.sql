-- The papers of cases. Every input of an order's machines, in order: together they make its state anew.

CREATE TABLE actions (
  seq      INTEGER PRIMARY KEY,
  order_id TEXT NOT NULL REFERENCES orders (id),
  document TEXT NOT NULL
) STRICT;
CREATE INDEX actions_order ON actions (order_id);

CREATE TABLE disputes (
  seq      INTEGER PRIMARY KEY,
  id       TEXT NOT NULL UNIQUE,
  order_id TEXT NOT NULL REFERENCES orders (id),
  number   INTEGER NOT NULL,
  seller   TEXT,
  state    TEXT NOT NULL,
  open     INTEGER NOT NULL,
  document TEXT NOT NULL,
  UNIQUE (order_id, number)
) STRICT;
CREATE INDEX disputes_state ON disputes (state);
CREATE INDEX disputes_open ON disputes (open) WHERE open = 1;
CREATE INDEX disputes_seller ON disputes (seller) WHERE seller IS NOT NULL;

-- A file is stored once, however often it is given.
CREATE TABLE evidence_files (
  sha256 TEXT NOT NULL UNIQUE,
  bytes  INTEGER NOT NULL,
  data   BLOB NOT NULL
) STRICT;

CREATE TABLE evidence (
  seq      INTEGER PRIMARY KEY,
  id       TEXT NOT NULL UNIQUE,
  order_id TEXT NOT NULL REFERENCES orders (id),
  file     TEXT REFERENCES evidence_files (sha256),
  document TEXT NOT NULL
) STRICT;
CREATE INDEX evidence_order ON evidence (order_id);

CREATE TABLE file_looks (
  seq      INTEGER PRIMARY KEY,
  evidence TEXT NOT NULL REFERENCES evidence (id),
  key_id   TEXT NOT NULL,
  at       INTEGER NOT NULL
) STRICT;
CREATE INDEX file_looks_evidence ON file_looks (evidence);

CREATE TABLE standings (
  seller   TEXT PRIMARY KEY,
  standing TEXT NOT NULL,
  revision INTEGER NOT NULL,
  rules    TEXT NOT NULL,
  order_id TEXT,
  due_at   INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX standings_due ON standings (due_at) WHERE due_at IS NOT NULL;

CREATE INDEX orders_seller ON orders (seller) WHERE seller IS NOT NULL;
