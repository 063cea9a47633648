-- What each organisation has, counted as it comes and goes, so that nobody counts rows to know.

-- An org's sums are those over its rows: each connection adds to one of 16, so that writers of one org seldom wait for
-- each other here. One row may be below zero, where less came through it than went. A row is taken last, after all that
-- other locks are taken for. Nothing that changes is indexed, so that the updates are HOT.
CREATE TABLE ${schema}.org_usage (
  org_id uuid NOT NULL REFERENCES ${schema}.org (org_id),
  stripe smallint NOT NULL CHECK (stripe BETWEEN 0 AND 15),
  documents bigint NOT NULL,
  listings bigint NOT NULL,
  chunks bigint NOT NULL,
  bytes bigint NOT NULL,      -- of titles, texts and fields in UTF-8, and of chunks as written_bytes counts them
  written_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (org_id, stripe)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000,
  autovacuum_vacuum_cost_delay = 0);

-- Bytes of the title, text and fields that the newest revision replaced; null where there were none. Only so does an
-- upsert tell what it has changed: the row may have been another one when the statement began.
ALTER TABLE ${schema}.document ADD COLUMN replaced_bytes bigint;
ALTER TABLE ${schema}.listing ADD COLUMN replaced_bytes bigint;

-- What is there already. The tables' owner sees no row under forced row security, so the force is lifted for the length
-- of this transaction, in which nobody else can reach them.
ALTER TABLE ${schema}.org NO FORCE ROW LEVEL SECURITY;
ALTER TABLE ${schema}.document NO FORCE ROW LEVEL SECURITY;
ALTER TABLE ${schema}.listing NO FORCE ROW LEVEL SECURITY;
ALTER TABLE ${schema}.private_chunk NO FORCE ROW LEVEL SECURITY;
ALTER TABLE ${schema}.market_chunk NO FORCE ROW LEVEL SECURITY;

INSERT INTO ${schema}.org_usage (org_id, stripe, documents, listings, chunks, bytes, written_at)
  SELECT a.org_id, 0, sum(a.documents), sum(a.listings), sum(a.chunks), sum(a.bytes), max(a.at)
  FROM (
    SELECT d.org_id, count(*) FILTER (WHERE NOT d.deleted) AS documents, 0 AS listings, 0 AS chunks,
        sum(CASE WHEN d.deleted THEN 0 ELSE octet_length(d.title) + octet_length(d.text) + octet_length(d.fields::text)
          + coalesce(d.written_bytes, 0) END) AS bytes, max(d.updated_at) AS at
      FROM ${schema}.document d GROUP BY 1
    UNION ALL
    SELECT l.org_id, 0, count(*) FILTER (WHERE NOT l.deleted), 0,
        sum(CASE WHEN l.deleted THEN 0 ELSE octet_length(l.title) + octet_length(l.text) + octet_length(l.fields::text)
          + coalesce(l.written_bytes, 0) END), max(l.updated_at)
      FROM ${schema}.listing l GROUP BY 1
    UNION ALL
    SELECT c.org_id, 0, 0, count(*), 0, NULL FROM ${schema}.private_chunk c GROUP BY 1
    UNION ALL
    SELECT m.org_id, 0, 0, count(*), 0, NULL FROM ${schema}.market_chunk m GROUP BY 1) a
  WHERE EXISTS (SELECT FROM ${schema}.org o WHERE o.org_id = a.org_id)
  GROUP BY 1;

ALTER TABLE ${schema}.org FORCE ROW LEVEL SECURITY;
ALTER TABLE ${schema}.document FORCE ROW LEVEL SECURITY;
ALTER TABLE ${schema}.listing FORCE ROW LEVEL SECURITY;
ALTER TABLE ${schema}.private_chunk FORCE ROW LEVEL SECURITY;
ALTER TABLE ${schema}.market_chunk FORCE ROW LEVEL SECURITY;

ALTER TABLE ${schema}.org_usage ENABLE ROW LEVEL SECURITY;
ALTER TABLE ${schema}.org_usage FORCE ROW LEVEL SECURITY;

CREATE POLICY org_usage_app ON ${schema}.org_usage TO ${schema}_app
  USING (org_id = (SELECT nullif(current_setting('croft.org_id', true), '')::uuid));
-- Administration lists all orgs with their sizes, and erases.
CREATE POLICY org_usage_admin_read ON ${schema}.org_usage FOR SELECT TO ${schema}_admin USING (true);
CREATE POLICY org_usage_admin_erase ON ${schema}.org_usage FOR DELETE TO ${schema}_admin
  USING (org_id = (SELECT nullif(current_setting('croft.org_id', true), '')::uuid));

GRANT SELECT, INSERT, UPDATE (documents, listings, chunks, bytes, written_at) ON ${schema}.org_usage TO ${schema}_app;
GRANT SELECT, DELETE ON ${schema}.org_usage TO ${schema}_admin;
GRANT UPDATE (replaced_bytes) ON ${schema}.document, ${schema}.listing TO ${schema}_app;

-- How many jobs of these orgs are ready, scheduled or wait for others, and how many run, over all queues, by the
-- counters of their lanes; no row for those that have none.
CREATE FUNCTION ${schema}.org_jobs_v1(p_org uuid[]) RETURNS TABLE (org_id uuid, queued bigint, running bigint)
LANGUAGE plpgsql STABLE AS $fn$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  SELECT l.org_id, greatest(0, sum(l.queued + l.scheduled + l.waiting))::bigint, sum(l.running)::bigint
    FROM ${schema}.queue q JOIN ${schema}.lane l ON l.queue_id = q.queue_id AND l.org_id = ANY (p_org)
    GROUP BY l.org_id;
END $fn$;

GRANT EXECUTE ON FUNCTION ${schema}.org_jobs_v1 TO ${schema}_admin;

SELECT ${schema}.own_functions_v1(p_outer => '{org_jobs_v1}', p_small => '{org_jobs_v1}');
