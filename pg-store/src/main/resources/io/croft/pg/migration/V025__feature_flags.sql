-- Switches, for all organisations or for one. Administration alone reads and writes them: each process holds all of them
-- in memory.

-- org_id is null for what is set for all.
CREATE TABLE ${schema}.feature_flag (
  org_id uuid REFERENCES ${schema}.org (org_id),
  name text NOT NULL CHECK (name ~ '^[a-z][a-z0-9_]{0,63}$'),
  is_on boolean NOT NULL,
  CONSTRAINT feature_flag_key UNIQUE NULLS NOT DISTINCT (org_id, name)
);

-- What is not set is off; searches merge the marketplace in, as they did before there were flags.
INSERT INTO ${schema}.feature_flag (org_id, name, is_on) VALUES (NULL, 'search_v2', true);

-- One row, whose number each change raises in its transaction, so that changes come one after the other: to the
-- microseconds since 1970, so that a database that lost changes gives none of their numbers again.
CREATE TABLE ${schema}.flag_version (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  version bigint NOT NULL
);
INSERT INTO ${schema}.flag_version (version) VALUES (1);

ALTER TABLE ${schema}.feature_flag ENABLE ROW LEVEL SECURITY;
ALTER TABLE ${schema}.feature_flag FORCE ROW LEVEL SECURITY;
CREATE POLICY feature_flag_admin ON ${schema}.feature_flag TO ${schema}_admin USING (true) WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE (is_on), DELETE ON ${schema}.feature_flag TO ${schema}_admin;
GRANT SELECT, UPDATE (version) ON ${schema}.flag_version TO ${schema}_admin;
