-- Whose turn it is to seal the evidence log, until when, and the newest head that was signed. token grows with each holder:
-- what was signed under an older one is not taken.
CREATE TABLE IF NOT EXISTS log_turn (
  id     BIGINT PRIMARY KEY CHECK (id = 1),
  holder TEXT NOT NULL,
  until  BIGINT NOT NULL,
  token  BIGINT NOT NULL,
  size   BIGINT NOT NULL,
  head   TEXT
);
