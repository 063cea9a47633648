-- What all processes on one database share and nobody else may know: the key that signs cursors. Of no organisation, and
-- no transaction of one can read it.

CREATE TABLE ${schema}.secret (
  name text PRIMARY KEY CHECK (name ~ '^[a-z0-9_-]{1,64}$'),
  value bytea NOT NULL CHECK (octet_length(value) = 32),
  created_at timestamptz NOT NULL DEFAULT now()
);

ALTER TABLE ${schema}.secret ENABLE ROW LEVEL SECURITY;
ALTER TABLE ${schema}.secret FORCE ROW LEVEL SECURITY;
CREATE POLICY secret_admin ON ${schema}.secret TO ${schema}_admin USING (true) WITH CHECK (true);

GRANT SELECT, INSERT (name, value) ON ${schema}.secret TO ${schema}_admin;
