-- Files as they were given, by what they hold: an org keeps the same bytes once, and no other org's. Their bytes count
-- among those of org_usage.

CREATE TABLE ${schema}.blob (
  org_id uuid NOT NULL REFERENCES ${schema}.org (org_id),
  key bytea NOT NULL CHECK (octet_length(key) = 32),   -- SHA-256 of the bytes
  bytes bigint NOT NULL CHECK (bytes BETWEEN 0 AND 1073741824),
  used_at timestamptz NOT NULL DEFAULT now(),          -- when it was put last; not indexed, so that updates are HOT
  PRIMARY KEY (org_id, key)
) WITH (fillfactor = 90);

-- Parts of 1 MiB, the last one shorter. Files hardly compress, or are small.
CREATE TABLE ${schema}.blob_part (
  org_id uuid NOT NULL,
  key bytea NOT NULL,
  part int NOT NULL CHECK (part >= 0),
  content bytea NOT NULL CHECK (octet_length(content) BETWEEN 1 AND 1048576),
  PRIMARY KEY (org_id, key, part),
  FOREIGN KEY (org_id, key) REFERENCES ${schema}.blob (org_id, key)
);
ALTER TABLE ${schema}.blob_part ALTER COLUMN content SET STORAGE EXTERNAL;

ALTER TABLE ${schema}.blob ENABLE ROW LEVEL SECURITY;
ALTER TABLE ${schema}.blob FORCE ROW LEVEL SECURITY;
ALTER TABLE ${schema}.blob_part ENABLE ROW LEVEL SECURITY;
ALTER TABLE ${schema}.blob_part FORCE ROW LEVEL SECURITY;

-- An org's own work, and its erasure by an administrator, who need not know what they hold.
CREATE POLICY blob_tenant ON ${schema}.blob TO ${schema}_app, ${schema}_admin
  USING (org_id = (SELECT nullif(current_setting('croft.org_id', true), '')::uuid));
CREATE POLICY blob_part_tenant ON ${schema}.blob_part TO ${schema}_app, ${schema}_admin
  USING (org_id = (SELECT nullif(current_setting('croft.org_id', true), '')::uuid));

GRANT SELECT, INSERT (org_id, key, bytes), UPDATE (used_at), DELETE ON ${schema}.blob TO ${schema}_app;
GRANT SELECT, INSERT, DELETE ON ${schema}.blob_part TO ${schema}_app;
GRANT SELECT (org_id, key), DELETE ON ${schema}.blob TO ${schema}_admin;
GRANT SELECT (org_id, key, part), DELETE ON ${schema}.blob_part TO ${schema}_admin;
