-- What organisations spend on embedding: the tokens of the last day on which anything was embedded.

CREATE TABLE ${schema}.embed_spend (
  org_id uuid PRIMARY KEY REFERENCES ${schema}.org (org_id),
  day date NOT NULL,                                         -- UTC
  tokens bigint NOT NULL CHECK (tokens >= 0)
) WITH (fillfactor = 50);

ALTER TABLE ${schema}.embed_spend ENABLE ROW LEVEL SECURITY;
ALTER TABLE ${schema}.embed_spend FORCE ROW LEVEL SECURITY;

-- An org's own work, and its erasure by an administrator.
CREATE POLICY embed_spend_tenant ON ${schema}.embed_spend TO ${schema}_app, ${schema}_admin
  USING (org_id = (SELECT nullif(current_setting('croft.org_id', true), '')::uuid));

GRANT SELECT, INSERT, UPDATE (day, tokens) ON ${schema}.embed_spend TO ${schema}_app;
GRANT SELECT (org_id), DELETE ON ${schema}.embed_spend TO ${schema}_admin;
