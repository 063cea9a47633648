-- Crawls of sites: what each is to do, and its frontier, which is what it knows of pages and what it has still to ask
-- for. All of a crawl's writes begin with its row, which is locked.

CREATE TABLE ${schema}.crawl (
  org_id uuid NOT NULL REFERENCES ${schema}.org (org_id),
  name text COLLATE "C" NOT NULL CHECK (octet_length(name) BETWEEN 1 AND 255),
  source smallint CHECK (source IN (0, 1)),               -- 0 documents, 1 listings; null: only its frontier is used
  start text CHECK (octet_length(start) BETWEEN 1 AND 1000),
  max_depth int CHECK (max_depth BETWEEN 0 AND 100),
  max_pages int CHECK (max_pages BETWEEN 1 AND 100000),
  delay_ms int CHECK (delay_ms BETWEEN 0 AND 60000),
  fields jsonb CHECK (jsonb_typeof(fields) = 'object'),
  job_id bigint,                                          -- that crawls, or crawled last
  round bigint NOT NULL DEFAULT 0,
  is_open boolean NOT NULL DEFAULT false,                 -- the round was begun and not ended
  anew boolean NOT NULL DEFAULT false,                    -- the next one asks as if nothing were known of pages
  pages_left int NOT NULL DEFAULT 0,                      -- how many more the round may have
  sitemaps_left int NOT NULL DEFAULT 0,                   -- likewise
  next_place bigint NOT NULL DEFAULT 0,                   -- in the line of what waits
  site_delay_ms bigint NOT NULL DEFAULT 0,                -- what the site asked for
  PRIMARY KEY (org_id, name),
  CHECK (num_nulls(source, start, max_depth, max_pages, delay_ms, fields) IN (0, 6))
) WITH (fillfactor = 70);

CREATE TABLE ${schema}.crawl_page (
  org_id uuid NOT NULL,
  crawl text COLLATE "C" NOT NULL,
  url text COLLATE "C" NOT NULL CHECK (octet_length(url) BETWEEN 1 AND 1000),
  kind smallint NOT NULL CHECK (kind IN (0, 1, 2)),       -- 0 sitemap, 1 page, 2 to be kept in another one's place
  depth int NOT NULL CHECK (depth >= 0),
  hops int NOT NULL CHECK (hops >= 0),
  round bigint NOT NULL,                                  -- the last one that it was in
  place bigint NOT NULL,
  failures int NOT NULL CHECK (failures >= 0),            -- in that round
  waiting boolean NOT NULL,
  outcome smallint CHECK (outcome BETWEEN 0 AND 9),       -- of the last visit; null: there was none
  etag text,
  last_modified text,
  document text COLLATE "C" CHECK (octet_length(document) BETWEEN 1 AND 255),
  left_document text COLLATE "C" CHECK (octet_length(left_document) BETWEEN 1 AND 255),  -- under the other source
  PRIMARY KEY (org_id, crawl, url),
  FOREIGN KEY (org_id, crawl) REFERENCES ${schema}.crawl (org_id, name)
) WITH (fillfactor = 85);

CREATE INDEX crawl_page_next ON ${schema}.crawl_page (org_id, crawl, failures, depth, place) WHERE waiting;
CREATE INDEX crawl_page_left ON ${schema}.crawl_page (org_id, crawl, left_document) WHERE left_document IS NOT NULL;

ALTER TABLE ${schema}.crawl ENABLE ROW LEVEL SECURITY;
ALTER TABLE ${schema}.crawl FORCE ROW LEVEL SECURITY;
ALTER TABLE ${schema}.crawl_page ENABLE ROW LEVEL SECURITY;
ALTER TABLE ${schema}.crawl_page FORCE ROW LEVEL SECURITY;

-- An org's own work, and its erasure by an administrator, who need not know what they say.
CREATE POLICY crawl_tenant ON ${schema}.crawl TO ${schema}_app, ${schema}_admin
  USING (org_id = (SELECT nullif(current_setting('croft.org_id', true), '')::uuid));
CREATE POLICY crawl_page_tenant ON ${schema}.crawl_page TO ${schema}_app, ${schema}_admin
  USING (org_id = (SELECT nullif(current_setting('croft.org_id', true), '')::uuid));

GRANT SELECT, INSERT, DELETE, UPDATE (source, start, max_depth, max_pages, delay_ms, fields, job_id, round, is_open,
  anew, pages_left, sitemaps_left, next_place, site_delay_ms) ON ${schema}.crawl TO ${schema}_app;
GRANT SELECT, INSERT, DELETE, UPDATE (kind, depth, hops, round, place, failures, waiting, outcome, etag, last_modified,
  document, left_document) ON ${schema}.crawl_page TO ${schema}_app;
GRANT SELECT (org_id, name), DELETE ON ${schema}.crawl TO ${schema}_admin;
GRANT SELECT (org_id, crawl, url), DELETE ON ${schema}.crawl_page TO ${schema}_admin;
