-- What replicas share about official sources. leased_until of a pace: until when the source's time is leased; of permits:
-- until when a replica's requests count as under way, should it not be heard of again.

CREATE TABLE IF NOT EXISTS source_paces (
  source       TEXT NOT NULL,
  credential   TEXT NOT NULL,
  leased_until BIGINT NOT NULL,
  PRIMARY KEY (source, credential)
);

CREATE TABLE IF NOT EXISTS source_permits (
  source       TEXT NOT NULL,
  credential   TEXT NOT NULL,
  holder       TEXT NOT NULL,
  held         BIGINT NOT NULL,
  wanted       BIGINT NOT NULL,
  leased_until BIGINT NOT NULL,
  PRIMARY KEY (source, credential, holder)
);

-- Who asks for a number, until leased_until; once there is an answer, what it was. A cache: a row goes at kept_until, and with
-- the order that the number is of.
CREATE TABLE IF NOT EXISTS source_flights (
  source       TEXT NOT NULL,
  number       TEXT NOT NULL,
  flight       TEXT NOT NULL,
  leased_until BIGINT NOT NULL,
  kept_until   BIGINT NOT NULL,
  fetched_at   BIGINT,
  fresh_until  BIGINT,
  outcome      TEXT,
  body         BYTEA,
  PRIMARY KEY (source, number)
);
CREATE INDEX IF NOT EXISTS source_flights_kept ON source_flights (kept_until);
CREATE INDEX IF NOT EXISTS source_flights_number ON source_flights (number);
