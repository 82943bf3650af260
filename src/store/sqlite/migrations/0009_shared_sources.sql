-- What replicas share about official sources. leased_until of a pace: until when the source's time is leased; of permits:
-- until when a replica's requests count as under way, should it not be heard of again.

CREATE TABLE source_paces (
  source       TEXT NOT NULL,
  credential   TEXT NOT NULL,
  leased_until INTEGER NOT NULL,
  PRIMARY KEY (source, credential)
) STRICT, WITHOUT ROWID;

CREATE TABLE source_permits (
  source       TEXT NOT NULL,
  credential   TEXT NOT NULL,
  holder       TEXT NOT NULL,
  held         INTEGER NOT NULL,
  wanted       INTEGER NOT NULL,
  leased_until INTEGER NOT NULL,
  PRIMARY KEY (source, credential, holder)
) STRICT, WITHOUT ROWID;

-- Who asks for a number, until leased_until; once there is an answer, what it was. A cache: a row goes at kept_until, and with
-- the order that the number is of.
CREATE TABLE source_flights (
  source       TEXT NOT NULL,
  number       TEXT NOT NULL,
  flight       TEXT NOT NULL,
  leased_until INTEGER NOT NULL,
  kept_until   INTEGER NOT NULL,
  fetched_at   INTEGER,
  fresh_until  INTEGER,
  outcome      TEXT,
  body         BLOB,
  PRIMARY KEY (source, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX source_flights_kept ON source_flights (kept_until);
CREATE INDEX source_flights_number ON source_flights (number);
