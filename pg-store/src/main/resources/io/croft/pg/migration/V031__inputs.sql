-- What documents and listings are made of: one row for the newest input of each. It counts only while its revision is
-- the newest of its document or listing: written or deleted by other means, that goes beyond it.

CREATE TABLE ${schema}.input (
  org_id uuid NOT NULL REFERENCES ${schema}.org (org_id),
  source smallint NOT NULL CHECK (source IN (0, 1)),   -- 0 document, 1 listing
  id text COLLATE "C" NOT NULL CHECK (octet_length(id) BETWEEN 1 AND 255),
  revision bigint NOT NULL CHECK (revision >= 1),
  hash bytea NOT NULL CHECK (octet_length(hash) = 32), -- of all that makes a difference for what becomes of it
  step smallint NOT NULL CHECK (step IN (1, 2, 3)),    -- 1 its file is to be read, 2 its images, 3 its text is known
  blob bytea CHECK (octet_length(blob) = 32),          -- the file; null: its text was given
  bytes bigint CHECK (bytes >= 0),
  name text CHECK (length(name) BETWEEN 1 AND 255),
  type text CHECK (length(type) BETWEEN 1 AND 127),    -- as it was declared, if it was
  title text,                                          -- as they were given with the file
  fields jsonb CHECK (jsonb_typeof(fields) = 'object'),
  groups text[],                                       -- likewise; null: for all of the org
  reason text,                                         -- why it cannot become searchable
  remedy text,
  note text,                                           -- what could not be read
  PRIMARY KEY (org_id, source, id),
  CHECK (num_nulls(blob, bytes, name, title, fields) IN (0, 5)),
  CHECK (step = 3 OR blob IS NOT NULL),
  CHECK (groups IS NULL OR blob IS NOT NULL),
  CHECK ((reason IS NULL) = (remedy IS NULL))
) WITH (fillfactor = 85);

CREATE INDEX input_blob ON ${schema}.input (org_id, blob) WHERE blob IS NOT NULL;

ALTER TABLE ${schema}.input ENABLE ROW LEVEL SECURITY;
ALTER TABLE ${schema}.input FORCE ROW LEVEL SECURITY;

-- An org's own work, and its erasure by an administrator, who need not know what they say.
CREATE POLICY input_tenant ON ${schema}.input TO ${schema}_app, ${schema}_admin
  USING (org_id = (SELECT nullif(current_setting('croft.org_id', true), '')::uuid));

GRANT SELECT, INSERT, DELETE, UPDATE (revision, hash, step, blob, bytes, name, type, title, fields, groups,
  reason, remedy, note) ON ${schema}.input TO ${schema}_app;
GRANT SELECT (org_id, source, id), DELETE ON ${schema}.input TO ${schema}_admin;
