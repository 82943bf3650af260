-- What is remembered about official sources. A credential's name is empty where a source has but one.

CREATE TABLE source_days (
  source     TEXT NOT NULL,
  credential TEXT NOT NULL,
  began_at   INTEGER NOT NULL,
  ends_at    INTEGER NOT NULL,
  requests   INTEGER NOT NULL,
  PRIMARY KEY (source, credential, began_at)
) STRICT, WITHOUT ROWID;

-- By days of the calendar in UTC; the amount in ten-thousandths of the currency.
CREATE TABLE source_spending (
  source   TEXT NOT NULL,
  date     TEXT NOT NULL,
  currency TEXT NOT NULL,
  amount   INTEGER NOT NULL,
  PRIMARY KEY (source, date, currency)
) STRICT, WITHOUT ROWID;

CREATE TABLE unmapped_codes (
  source     TEXT NOT NULL,
  namespace  TEXT NOT NULL,
  code       TEXT NOT NULL,
  text       TEXT NOT NULL,
  first_seen INTEGER NOT NULL,
  last_seen  INTEGER NOT NULL,
  answers    INTEGER NOT NULL,
  PRIMARY KEY (source, namespace, code)
) STRICT, WITHOUT ROWID;

CREATE TABLE incidents (
  seq    INTEGER PRIMARY KEY,
  source TEXT NOT NULL,
  at     INTEGER NOT NULL,
  kind   TEXT NOT NULL,
  what   TEXT NOT NULL
) STRICT;
CREATE INDEX incidents_source ON incidents (source, seq);
