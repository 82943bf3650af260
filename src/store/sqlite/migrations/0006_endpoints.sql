-- What owners of endpoints decide beside the address. Header values are encrypted; secrets are derived and not here.

ALTER TABLE endpoints ADD COLUMN description TEXT;
ALTER TABLE endpoints ADD COLUMN payload TEXT NOT NULL DEFAULT 'full';
ALTER TABLE endpoints ADD COLUMN signature TEXT NOT NULL DEFAULT 'v1';
ALTER TABLE endpoints ADD COLUMN secret_version INTEGER NOT NULL DEFAULT 1;
ALTER TABLE endpoints ADD COLUMN previous_secret_until INTEGER;
ALTER TABLE endpoints ADD COLUMN headers TEXT NOT NULL DEFAULT '[]';
ALTER TABLE endpoints ADD COLUMN rate_per_second INTEGER;
ALTER TABLE endpoints ADD COLUMN revision INTEGER NOT NULL DEFAULT 1;
ALTER TABLE endpoints ADD COLUMN deleted_at INTEGER;
CREATE INDEX deliveries_failed ON deliveries (endpoint) WHERE state = 'failed';

-- What is told about endpoints, and to whom it is still to be told: a row goes when it was told, or given up.
CREATE TABLE notices (
  id   TEXT PRIMARY KEY,
  type TEXT NOT NULL,
  at   INTEGER NOT NULL,
  data TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE notice_deliveries (
  notice   TEXT NOT NULL REFERENCES notices (id),
  endpoint TEXT NOT NULL REFERENCES endpoints (id),
  attempts INTEGER NOT NULL,
  due_at   INTEGER NOT NULL,
  PRIMARY KEY (notice, endpoint)
) STRICT, WITHOUT ROWID;
CREATE INDEX notice_deliveries_due ON notice_deliveries (due_at);
CREATE INDEX notice_deliveries_endpoint ON notice_deliveries (endpoint);
