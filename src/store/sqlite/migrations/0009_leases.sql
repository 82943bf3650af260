-- Grows with each claim: what was begun under an older one is refused.

ALTER TABLE deliveries ADD COLUMN lease INTEGER NOT NULL DEFAULT 0;
