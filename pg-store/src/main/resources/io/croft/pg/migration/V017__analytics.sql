-- Counts of searches, and texts of queries where an org has them kept.

-- One row for each org, hour and mode that had a search. latency is a histogram of fixed buckets without the empty
-- ones: each element is bucket << 40 | count, so a quiet hour takes a few bytes. Nothing indexed changes and pages have
-- room, so that adding to a row is HOT.
CREATE TABLE ${schema}.search_hour (
  org_id uuid NOT NULL REFERENCES ${schema}.org (org_id),
  hour timestamptz NOT NULL,
  mode text NOT NULL CHECK (mode IN ('HYBRID', 'VECTOR', 'TEXT')),
  searches bigint NOT NULL CHECK (searches >= 0),
  zero_results bigint NOT NULL CHECK (zero_results >= 0),
  private_shown bigint NOT NULL CHECK (private_shown >= 0),
  private_clicked bigint NOT NULL CHECK (private_clicked >= 0),
  private_incomplete bigint NOT NULL CHECK (private_incomplete >= 0),
  market_shown bigint NOT NULL CHECK (market_shown >= 0),
  market_clicked bigint NOT NULL CHECK (market_clicked >= 0),
  market_incomplete bigint NOT NULL CHECK (market_incomplete >= 0),
  reciprocal_ranks double precision NOT NULL CHECK (reciprocal_ranks >= 0),
  latency bigint[] NOT NULL CHECK (cardinality(latency) <= 256),
  slowest_nanos bigint,
  slowest_request text CHECK (length(slowest_request) <= 128),
  dropped bigint NOT NULL CHECK (dropped >= 0),
  PRIMARY KEY (org_id, hour, mode),
  CHECK ((slowest_nanos IS NULL) = (slowest_request IS NULL))
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);
CREATE INDEX search_hour_hour ON ${schema}.search_hour (hour);

-- Whether the texts of an org's queries are kept; without a row they are not. Whoever adds texts holds the row's lock,
-- so that the limit of texts is exact and that none is left once it says DISCARD.
CREATE TABLE ${schema}.search_setting (
  org_id uuid PRIMARY KEY REFERENCES ${schema}.org (org_id),
  texts text NOT NULL CHECK (texts IN ('KEEP', 'DISCARD'))
);

-- hash: SHA-256 of the text in UTF-8. Texts are found by it, so that whoever counts them need not read them.
CREATE TABLE ${schema}.search_text (
  org_id uuid NOT NULL REFERENCES ${schema}.org (org_id),
  day date NOT NULL,
  hash bytea NOT NULL CHECK (octet_length(hash) = 32),
  text text NOT NULL CHECK (length(text) BETWEEN 1 AND 200),
  searches bigint NOT NULL CHECK (searches >= 0),
  zero_results bigint NOT NULL CHECK (zero_results BETWEEN 0 AND searches),
  PRIMARY KEY (org_id, day, hash)
) WITH (fillfactor = 80);
CREATE INDEX search_text_day ON ${schema}.search_text (day);

-- The last batch of each process that counts searches: one that is sent again after a lost answer adds nothing.
CREATE TABLE ${schema}.search_writer (
  writer uuid PRIMARY KEY,
  number bigint NOT NULL,
  at timestamptz NOT NULL DEFAULT now()
);

ALTER TABLE ${schema}.search_hour ENABLE ROW LEVEL SECURITY;
ALTER TABLE ${schema}.search_hour FORCE ROW LEVEL SECURITY;
ALTER TABLE ${schema}.search_setting ENABLE ROW LEVEL SECURITY;
ALTER TABLE ${schema}.search_setting FORCE ROW LEVEL SECURITY;
ALTER TABLE ${schema}.search_text ENABLE ROW LEVEL SECURITY;
ALTER TABLE ${schema}.search_text FORCE ROW LEVEL SECURITY;
ALTER TABLE ${schema}.search_writer ENABLE ROW LEVEL SECURITY;
ALTER TABLE ${schema}.search_writer FORCE ROW LEVEL SECURITY;

-- An org reads its own.
CREATE POLICY search_hour_app ON ${schema}.search_hour FOR SELECT TO ${schema}_app
  USING (org_id = (SELECT nullif(current_setting('croft.org_id', true), '')::uuid));
CREATE POLICY search_setting_app ON ${schema}.search_setting FOR SELECT TO ${schema}_app
  USING (org_id = (SELECT nullif(current_setting('croft.org_id', true), '')::uuid));
CREATE POLICY search_text_app ON ${schema}.search_text FOR SELECT TO ${schema}_app
  USING (org_id = (SELECT nullif(current_setting('croft.org_id', true), '')::uuid));

-- Administration counts for all orgs in one batch, and reports on all of them; it cannot read a text.
CREATE POLICY search_hour_admin ON ${schema}.search_hour TO ${schema}_admin USING (true) WITH CHECK (true);
CREATE POLICY search_setting_admin ON ${schema}.search_setting TO ${schema}_admin USING (true) WITH CHECK (true);
CREATE POLICY search_text_admin ON ${schema}.search_text TO ${schema}_admin USING (true) WITH CHECK (true);
CREATE POLICY search_writer_admin ON ${schema}.search_writer TO ${schema}_admin USING (true) WITH CHECK (true);

GRANT SELECT ON ${schema}.search_hour, ${schema}.search_setting, ${schema}.search_text TO ${schema}_app;
GRANT SELECT, INSERT, DELETE, UPDATE (searches, zero_results, private_shown, private_clicked, private_incomplete,
  market_shown, market_clicked, market_incomplete, reciprocal_ranks, latency, slowest_nanos, slowest_request, dropped)
  ON ${schema}.search_hour TO ${schema}_admin;
GRANT SELECT, INSERT, DELETE, UPDATE (texts) ON ${schema}.search_setting TO ${schema}_admin;
GRANT SELECT (org_id, day, hash, searches, zero_results), INSERT, DELETE, UPDATE (searches, zero_results)
  ON ${schema}.search_text TO ${schema}_admin;
GRANT SELECT, INSERT, DELETE, UPDATE (number, at) ON ${schema}.search_writer TO ${schema}_admin;
