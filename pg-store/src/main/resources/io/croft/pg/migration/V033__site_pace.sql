-- When sites may be asked again, whoever crawls them: the crawls of all organisations and processes take turns. A site
-- goes by its hash, so that nobody can read here who is crawled. Organisations' own transactions see none of it.

CREATE TABLE ${schema}.site_pace (
  site bytea PRIMARY KEY CHECK (octet_length(site) = 32),    -- SHA-256 of the host's name
  free_at timestamptz NOT NULL,                              -- not to be asked before
  holder uuid,                                               -- who asks now
  held_until timestamptz,                                    -- by then whoever asks has ended, or died
  CHECK ((holder IS NULL) = (held_until IS NULL))
) WITH (fillfactor = 70);

ALTER TABLE ${schema}.site_pace ENABLE ROW LEVEL SECURITY;
ALTER TABLE ${schema}.site_pace FORCE ROW LEVEL SECURITY;
CREATE POLICY site_pace_admin ON ${schema}.site_pace TO ${schema}_admin USING (true) WITH CHECK (true);

GRANT SELECT, INSERT, DELETE, UPDATE (free_at, holder, held_until) ON ${schema}.site_pace TO ${schema}_admin;
