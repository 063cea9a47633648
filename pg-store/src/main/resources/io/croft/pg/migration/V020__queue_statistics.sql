-- How attempts went: counts by the hour that they ended in, and how long they took.
--
-- Nothing of this is written by those who end attempts. Each process counts in memory what it has ended and adds that
-- here every few seconds, so that a count costs a row's update for each kind and org of such a batch, not for each job.

-- One row for each org, hour, queue and kind that ended an attempt. times is a histogram of fixed buckets without the
-- empty ones: each element is bucket << 40 | count, so a quiet hour takes a few bytes. Nothing indexed changes and
-- pages have room, so that adding to a row is HOT.
CREATE TABLE ${schema}.job_hour (
  org_id uuid NOT NULL REFERENCES ${schema}.org (org_id),
  hour timestamptz NOT NULL,
  queue_id smallint NOT NULL,
  kind text NOT NULL,
  completed bigint NOT NULL,
  failed bigint NOT NULL,
  cancelled bigint NOT NULL,
  times bigint[] NOT NULL,
  PRIMARY KEY (org_id, hour, queue_id, kind)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);

CREATE INDEX job_hour_hour ON ${schema}.job_hour (hour);  -- to remove the old ones

-- The same over all orgs: so few rows that a week can be read at once.
CREATE TABLE ${schema}.job_kind_hour (
  hour timestamptz NOT NULL,
  queue_id smallint NOT NULL,
  kind text NOT NULL,
  completed bigint NOT NULL,
  failed bigint NOT NULL,
  cancelled bigint NOT NULL,
  times bigint[] NOT NULL,
  PRIMARY KEY (hour, queue_id, kind)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 1000);

-- The last batch of each process: one that is sent again after a lost answer adds nothing.
CREATE TABLE ${schema}.job_counter (
  writer uuid PRIMARY KEY,
  number bigint NOT NULL,
  at timestamptz NOT NULL
);

ALTER TABLE ${schema}.job_hour ENABLE ROW LEVEL SECURITY;
ALTER TABLE ${schema}.job_hour FORCE ROW LEVEL SECURITY;

CREATE POLICY job_hour_app_read ON ${schema}.job_hour FOR SELECT TO ${schema}_app, ${schema}_admin
  USING (org_id = (SELECT nullif(current_setting('croft.org_id', true), '')::uuid));
CREATE POLICY job_hour_dispatch ON ${schema}.job_hour TO ${schema}_dispatch USING (true) WITH CHECK (true);

GRANT SELECT ON ${schema}.job_hour TO ${schema}_app, ${schema}_admin;
GRANT SELECT ON ${schema}.job_kind_hour TO ${schema}_admin;
GRANT SELECT, INSERT, DELETE, UPDATE (completed, failed, cancelled, times)
  ON ${schema}.job_hour, ${schema}.job_kind_hour TO ${schema}_dispatch;
GRANT SELECT, INSERT, DELETE, UPDATE (number, at) ON ${schema}.job_counter TO ${schema}_dispatch;
GRANT SELECT (created_at) ON ${schema}.org TO ${schema}_dispatch;

-- Both histograms as one.
CREATE FUNCTION ${schema}.add_times_v1(p_a bigint[], p_b bigint[]) RETURNS bigint[] LANGUAGE sql IMMUTABLE AS $fn$
  SELECT ARRAY(SELECT (u.element >> 40 << 40) + sum(u.element & 1099511627775)::bigint
    FROM unnest(p_a || p_b) AS u (element) GROUP BY u.element >> 40 ORDER BY u.element >> 40)
$fn$;

-- Adds counts of up to 10,000 kinds of orgs to the present hour. A batch whose number is not greater than the last of
-- its writer adds nothing: it was added before. p_since is when the oldest job of an element was enqueued: one of a
-- life of its org that is over is left out, as is a queue that is unknown. p_times has one array's text for each. Rows
-- are locked in the order of their keys, those of orgs first, so that two processes cannot deadlock.
CREATE FUNCTION ${schema}.count_attempts_v1(p_writer uuid, p_number bigint, p_org uuid[], p_since timestamptz[],
  p_queue text[], p_kind text[], p_completed bigint[], p_failed bigint[], p_cancelled bigint[], p_times text[])
RETURNS void LANGUAGE plpgsql AS $fn$
DECLARE
  v_hour timestamptz := date_trunc('hour', clock_timestamp(), 'UTC');
  n int := coalesce(cardinality(p_org), 0);
BEGIN
  IF n > 10000 OR cardinality(p_since) <> n OR cardinality(p_queue) <> n OR cardinality(p_kind) <> n
      OR cardinality(p_completed) <> n OR cardinality(p_failed) <> n OR cardinality(p_cancelled) <> n
      OR cardinality(p_times) <> n THEN
    RAISE EXCEPTION USING ERRCODE = 'CR006', MESSAGE = format('counts of %s kinds of orgs are not valid', n),
      HINT = 'At most 10000; arrays of one length.';
  END IF;
  INSERT INTO ${schema}.job_counter AS c (writer, number, at) VALUES (p_writer, p_number, clock_timestamp())
    ON CONFLICT (writer) DO UPDATE SET number = EXCLUDED.number, at = EXCLUDED.at WHERE c.number < EXCLUDED.number;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  INSERT INTO ${schema}.job_hour AS h (org_id, hour, queue_id, kind, completed, failed, cancelled, times)
    SELECT t.org_id, v_hour, q.queue_id, t.kind, t.completed, t.failed, t.cancelled, t.times::bigint[]
      FROM unnest(p_org, p_since, p_queue, p_kind, p_completed, p_failed, p_cancelled, p_times)
          AS t (org_id, since, queue, kind, completed, failed, cancelled, times)
        JOIN ${schema}.org o ON o.org_id = t.org_id AND o.state IN ('ACTIVE', 'SUSPENDED') AND o.created_at <= t.since
        JOIN ${schema}.queue q ON q.name = t.queue
      ORDER BY t.org_id, q.queue_id, t.kind
    ON CONFLICT (org_id, hour, queue_id, kind) DO UPDATE SET completed = h.completed + EXCLUDED.completed,
      failed = h.failed + EXCLUDED.failed, cancelled = h.cancelled + EXCLUDED.cancelled,
      times = ${schema}.add_times_v1(h.times, EXCLUDED.times);
  INSERT INTO ${schema}.job_kind_hour AS h (hour, queue_id, kind, completed, failed, cancelled, times)
    SELECT v_hour, q.queue_id, t.kind, sum(t.completed), sum(t.failed), sum(t.cancelled),
        ${schema}.add_times_v1('{}', string_to_array(string_agg(nullif(btrim(t.times, '{}'), ''), ','), ',')::bigint[])
      FROM unnest(p_queue, p_kind, p_completed, p_failed, p_cancelled, p_times)
          AS t (queue, kind, completed, failed, cancelled, times)
        JOIN ${schema}.queue q ON q.name = t.queue
      GROUP BY q.queue_id, t.kind ORDER BY q.queue_id, t.kind
    ON CONFLICT (hour, queue_id, kind) DO UPDATE SET completed = h.completed + EXCLUDED.completed,
      failed = h.failed + EXCLUDED.failed, cancelled = h.cancelled + EXCLUDED.cancelled,
      times = ${schema}.add_times_v1(h.times, EXCLUDED.times);
END $fn$;

-- Removes counts older than that many days, those over all orgs older than four times as many, and batches of processes
-- that have long ended; returns how many rows of orgs, at most p_limit.
CREATE FUNCTION ${schema}.purge_hours_v1(p_days int, p_limit int DEFAULT 10000) RETURNS int LANGUAGE plpgsql AS $fn$
DECLARE
  v_now timestamptz := clock_timestamp();
  v_n int;
BEGIN
  IF (p_days BETWEEN 1 AND 3650 AND p_limit BETWEEN 1 AND 100000) IS NOT TRUE THEN
    RAISE EXCEPTION USING ERRCODE = 'CR006', MESSAGE = format('counts of %s days, %s at once, are not valid', p_days,
      p_limit), HINT = 'Retention: 1 to 3650 days; at once: 1 to 100000.';
  END IF;
  DELETE FROM ${schema}.job_kind_hour k WHERE k.hour < v_now - p_days * interval '96 hours';
  DELETE FROM ${schema}.job_counter c WHERE c.at < v_now - interval '168 hours';
  DELETE FROM ${schema}.job_hour h WHERE h.ctid = ANY (ARRAY(
    SELECT b.ctid FROM ${schema}.job_hour b WHERE b.hour < v_now - p_days * interval '24 hours'
      ORDER BY b.hour LIMIT p_limit FOR UPDATE SKIP LOCKED));
  GET DIAGNOSTICS v_n = ROW_COUNT;
  RETURN v_n;
END $fn$;

GRANT EXECUTE ON FUNCTION ${schema}.count_attempts_v1, ${schema}.purge_hours_v1 TO ${schema}_worker;

SELECT ${schema}.own_functions_v1(p_outer => '{count_attempts_v1, purge_hours_v1}', p_inner => '{add_times_v1}');
