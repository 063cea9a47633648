-- Documents and listings, and their chunks.
--
-- The row of a document or listing holds its newest revision and, beside it, what readers of its chunks need of the
-- revision that the chunks were made of: the two differ while the newest one is being worked on. A deleted one keeps
-- its row, without content: its revisions go on counting if it is written again.

CREATE TABLE ${schema}.document (
  org_id uuid NOT NULL REFERENCES ${schema}.org (org_id),
  id text COLLATE "C" NOT NULL CHECK (octet_length(id) BETWEEN 1 AND 255),
  revision bigint NOT NULL CHECK (revision >= 1),
  deleted boolean NOT NULL DEFAULT false,
  title text NOT NULL,
  text text NOT NULL,
  fields jsonb NOT NULL CHECK (jsonb_typeof(fields) = 'object'),
  job_id bigint,                       -- makes this revision searchable; null for a deletion
  written_revision bigint,             -- the revision of the stored chunks; null: there are none
  written_title text,
  written_fields jsonb,
  written_at timestamptz,              -- when that revision was put
  written_bytes bigint,                -- how much its chunks take, about: bounds the pages of a scan
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (org_id, id),
  CHECK (written_revision BETWEEN 1 AND revision),
  CHECK (num_nulls(written_revision, written_title, written_fields, written_at, written_bytes) IN (0, 5)),
  CHECK (NOT deleted OR (title = '' AND text = '' AND fields = '{}' AND job_id IS NULL AND written_revision IS NULL))
);

CREATE TABLE ${schema}.listing (LIKE ${schema}.document INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES);
ALTER TABLE ${schema}.listing ADD FOREIGN KEY (org_id) REFERENCES ${schema}.org (org_id);

-- vector: float32, little endian. Vectors hardly compress, and rows of up to a page stay in one piece, so that reading
-- a document's chunks is one scan of neighbouring rows without a visit to the TOAST table.
CREATE TABLE ${schema}.private_chunk (
  org_id uuid NOT NULL,
  content_id text COLLATE "C" NOT NULL,
  ordinal int NOT NULL CHECK (ordinal >= 0),
  revision bigint NOT NULL CHECK (revision >= 1),
  start_offset int NOT NULL CHECK (start_offset >= 0),   -- in UTF-16 units of the text
  end_offset int NOT NULL,
  text text NOT NULL,
  model_id text NOT NULL CHECK (length(model_id) BETWEEN 1 AND 128),
  dimensions int NOT NULL CHECK (dimensions BETWEEN 1 AND 4096),
  vector bytea NOT NULL,
  PRIMARY KEY (org_id, content_id, ordinal),
  CHECK (end_offset >= start_offset),
  CHECK (octet_length(vector) = 4 * dimensions)
) WITH (toast_tuple_target = 8160);
ALTER TABLE ${schema}.private_chunk ALTER COLUMN vector SET STORAGE EXTERNAL;

CREATE TABLE ${schema}.market_chunk (LIKE ${schema}.private_chunk
  INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES INCLUDING STORAGE) WITH (toast_tuple_target = 8160);

ALTER TABLE ${schema}.private_chunk
  ADD FOREIGN KEY (org_id, content_id) REFERENCES ${schema}.document (org_id, id);
ALTER TABLE ${schema}.market_chunk
  ADD FOREIGN KEY (org_id, content_id) REFERENCES ${schema}.listing (org_id, id);

ALTER TABLE ${schema}.document ENABLE ROW LEVEL SECURITY;
ALTER TABLE ${schema}.document FORCE ROW LEVEL SECURITY;
ALTER TABLE ${schema}.listing ENABLE ROW LEVEL SECURITY;
ALTER TABLE ${schema}.listing FORCE ROW LEVEL SECURITY;
ALTER TABLE ${schema}.private_chunk ENABLE ROW LEVEL SECURITY;
ALTER TABLE ${schema}.private_chunk FORCE ROW LEVEL SECURITY;
ALTER TABLE ${schema}.market_chunk ENABLE ROW LEVEL SECURITY;
ALTER TABLE ${schema}.market_chunk FORCE ROW LEVEL SECURITY;

-- An org's own work, and its erasure by an administrator.
CREATE POLICY document_tenant ON ${schema}.document TO ${schema}_app, ${schema}_admin
  USING (org_id = (SELECT nullif(current_setting('croft.org_id', true), '')::uuid));
CREATE POLICY listing_tenant ON ${schema}.listing TO ${schema}_app, ${schema}_admin
  USING (org_id = (SELECT nullif(current_setting('croft.org_id', true), '')::uuid));
CREATE POLICY private_chunk_tenant ON ${schema}.private_chunk TO ${schema}_app, ${schema}_admin
  USING (org_id = (SELECT nullif(current_setting('croft.org_id', true), '')::uuid));
CREATE POLICY market_chunk_tenant ON ${schema}.market_chunk TO ${schema}_app, ${schema}_admin
  USING (org_id = (SELECT nullif(current_setting('croft.org_id', true), '')::uuid));

-- What is published is for everybody: the market's index reads it all, but no newer revision than the published one.
CREATE POLICY listing_published ON ${schema}.listing FOR SELECT TO ${schema}_index USING (true);
CREATE POLICY market_chunk_published ON ${schema}.market_chunk FOR SELECT TO ${schema}_index USING (true);

GRANT SELECT, INSERT, UPDATE (revision, deleted, title, text, fields, job_id, written_revision, written_title,
  written_fields, written_at, written_bytes, updated_at) ON ${schema}.document, ${schema}.listing TO ${schema}_app;
GRANT SELECT, INSERT, DELETE ON ${schema}.private_chunk, ${schema}.market_chunk TO ${schema}_app;
-- Erasing needs to know which rows there are, not what they say.
GRANT SELECT (org_id, id, deleted), DELETE ON ${schema}.document, ${schema}.listing TO ${schema}_admin;
GRANT SELECT (org_id, content_id, ordinal), DELETE ON ${schema}.private_chunk, ${schema}.market_chunk
  TO ${schema}_admin;
GRANT SELECT (org_id, id, written_revision, written_title, written_fields, written_at, written_bytes)
  ON ${schema}.listing TO ${schema}_index;
GRANT SELECT ON ${schema}.market_chunk TO ${schema}_index;
