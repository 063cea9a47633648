-- What people do to jobs and lanes, what a job's page shows, and the upkeep of keys, history and erased orgs.

-- Refuses (CR005) an org that is not the one this transaction is set to.
CREATE FUNCTION ${schema}.check_org_v1(p_org uuid) RETURNS void LANGUAGE plpgsql STABLE AS $fn$
BEGIN
  IF p_org IS NULL OR p_org IS DISTINCT FROM nullif(current_setting('croft.org_id', true), '')::uuid THEN
    RAISE EXCEPTION USING ERRCODE = 'CR005', MESSAGE = format('org %s is not the org of this transaction', p_org),
      HINT = 'Set croft.org_id for the transaction.';
  END IF;
END $fn$;

-- Sends dead letters back with all their attempts; returns the ids of those that were dead. Without p_delay_ms into
-- their lines at once; else each runs so long from now. A deadline that has passed is lifted: somebody wants it to run.
CREATE FUNCTION ${schema}.redrive_v1(p_org uuid, p_id bigint[], p_delay_ms bigint[] DEFAULT NULL)
RETURNS SETOF bigint LANGUAGE plpgsql AS $fn$
DECLARE
  v_now timestamptz := clock_timestamp();
BEGIN
  PERFORM ${schema}.check_org_v1(p_org);
  IF cardinality(p_delay_ms) <> cardinality(p_id) OR 0 > ANY (p_delay_ms) OR 3153600000000 < ANY (p_delay_ms) THEN
    RAISE EXCEPTION USING ERRCODE = 'CR006', MESSAGE = format('redrive of %s jobs is not valid', cardinality(p_id)),
      HINT = 'Arrays of one length; delays from 0 to 100 years.';
  END IF;
  PERFORM FROM ${schema}.job j WHERE j.org_id = p_org AND j.id = ANY (p_id) AND j.state = 4 ORDER BY j.id FOR UPDATE;
  RETURN QUERY
  WITH u AS (
    UPDATE ${schema}.job j SET state = 0, attempt = 0, past_attempts = j.past_attempts + j.attempt,
        run_at = v_now + coalesce(i.delay_ms, 0) * interval '1 ms', updated_at = v_now, note = NULL,
        deadline = CASE WHEN j.deadline >= v_now + coalesce(i.delay_ms, 0) * interval '1 ms' THEN j.deadline END
      FROM unnest(p_id, p_delay_ms) i (id, delay_ms)
      WHERE j.org_id = p_org AND j.id = i.id AND j.state = 4
      RETURNING j.queue_id, j.priority, j.id, j.run_at),
  s AS (
    INSERT INTO ${schema}.scheduled (run_at, id, org_id, queue_id, priority, attempt)
      SELECT u.run_at, u.id, p_org, u.queue_id, u.priority, 0 FROM u WHERE u.run_at > v_now),
  r AS (
    INSERT INTO ${schema}.ready (queue_id, org_id, priority, pos, id, attempt)
      SELECT u.queue_id, p_org, u.priority, nextval('${schema}.job_seq'), u.id, 0 FROM u WHERE u.run_at <= v_now
      RETURNING queue_id, priority, pos),
  w AS (
    INSERT INTO ${schema}.wake (queue_id, org_id, priority, min_pos, added)
      SELECT r.queue_id, p_org, r.priority, min(r.pos), count(*) FROM r GROUP BY 1, 3)
  SELECT u.id FROM u;
END $fn$;

-- Ends dead letters and jobs that wait, in a line or for others, as cancelled, for that reason; returns the ids of
-- those. What runs is left alone.
CREATE FUNCTION ${schema}.discard_v1(p_org uuid, p_id bigint[], p_reason text) RETURNS SETOF bigint
LANGUAGE plpgsql AS $fn$
DECLARE
  a_queue smallint[];
BEGIN
  PERFORM ${schema}.check_org_v1(p_org);
  PERFORM FROM ${schema}.job j WHERE j.org_id = p_org AND j.id = ANY (p_id) ORDER BY j.id FOR UPDATE;
  -- From here on no job of these is redriven, finished or let go. One that is being promoted is waited for, and then stands in
  -- the line; one that is being claimed is waited for, by its lane, and then runs.
  SELECT array_agg(DISTINCT j.queue_id ORDER BY j.queue_id) INTO a_queue
    FROM ${schema}.job j WHERE j.org_id = p_org AND j.id = ANY (p_id) AND j.state = 0;
  PERFORM FROM ${schema}.job j JOIN ${schema}.scheduled s ON s.run_at = j.run_at AND s.id = j.id
    WHERE j.org_id = p_org AND j.id = ANY (p_id) AND j.state = 0 ORDER BY s.run_at, s.id FOR UPDATE OF s;
  IF EXISTS (SELECT FROM unnest(a_queue) q
      WHERE NOT EXISTS (SELECT FROM ${schema}.lane l WHERE l.queue_id = q AND l.org_id = p_org)) THEN
    PERFORM ${schema}.make_lanes_v1(a_queue, array_fill(p_org, ARRAY[cardinality(a_queue)]));
  END IF;
  PERFORM FROM ${schema}.lane l WHERE l.queue_id = ANY (a_queue) AND l.org_id = p_org
    ORDER BY l.queue_id FOR NO KEY UPDATE;
  RETURN QUERY
  WITH r AS (
    DELETE FROM ${schema}.ready r WHERE r.id = ANY (p_id) AND r.org_id = p_org RETURNING r.id, r.queue_id),
  l AS (
    UPDATE ${schema}.lane l SET queued = l.queued - g.n
      FROM (SELECT r.queue_id, count(*) AS n FROM r GROUP BY 1) g
      WHERE l.queue_id = g.queue_id AND l.org_id = p_org),
  s AS (
    DELETE FROM ${schema}.scheduled s USING ${schema}.job j
      WHERE j.org_id = p_org AND j.id = ANY (p_id) AND j.state = 0 AND s.run_at = j.run_at AND s.id = j.id
      RETURNING s.id),
  gone AS (
    DELETE FROM ${schema}.job j WHERE j.org_id = p_org AND j.id = ANY (p_id)
        AND (j.state IN (4, 7) OR j.id = ANY (ARRAY(SELECT r.id FROM r UNION ALL SELECT s.id FROM s)))
      RETURNING j.org_id, j.id, j.queue_id, j.kind, j.priority, j.attempt, j.max_attempts, j.past_attempts, j.run_at,
        j.created_at, j.deadline, j.first_run_at, j.key, j.tags, j.error_class, j.error_message, j.error_stack,
        j.payload, j.has_children IS TRUE OR j.waits_for IS NOT NULL AS member),
  t AS (
    INSERT INTO ${schema}.job_settle (org_id, parent_id, outcome) SELECT g.org_id, g.id, 6 FROM gone g WHERE g.member),
  h AS (
    INSERT INTO ${schema}.job_history (finished_at, org_id, id, queue_id, kind, priority, outcome, attempts,
        max_attempts, past_attempts, run_at, created_at, deadline, first_run_at, key, tags, error_class, error_message,
        error_stack, note, payload)
      SELECT clock_timestamp(), g.org_id, g.id, g.queue_id, g.kind, g.priority, 6, g.attempt, g.max_attempts,
        g.past_attempts, g.run_at, g.created_at, g.deadline, g.first_run_at, g.key, g.tags, g.error_class,
        g.error_message, g.error_stack, left(p_reason, 1024), g.payload FROM gone g),
  ky AS (
    UPDATE ${schema}.job_key y SET state = 6 FROM gone g
      WHERE g.key IS NOT NULL AND y.org_id = g.org_id AND y.key = g.key AND y.job_id = g.id
        AND y.expires_at > '-infinity'),
  kz AS (
    DELETE FROM ${schema}.job_key y USING gone g
      WHERE g.key IS NOT NULL AND y.org_id = g.org_id AND y.key = g.key AND y.job_id = g.id
        AND y.expires_at = '-infinity')
  SELECT g.id FROM gone g ORDER BY g.id;
END $fn$;

-- Ends dead letters and jobs that wait, as discard_v1 does, and marks those that run as cancelled: their next heartbeat
-- tells, and finish_core_v1 sees to it. Returns what became of each: 1 it is ended, 2 it is marked, and keeps the reason
-- of whoever marked it first, 3 neither, because it was being claimed, finished or prolonged just then. It waits for no
-- row of run, since a handler's open transaction may hold it.
CREATE FUNCTION ${schema}.cancel_v1(p_org uuid, p_id bigint[], p_reason text)
RETURNS TABLE (id bigint, outcome smallint) LANGUAGE plpgsql AS $fn$
#variable_conflict use_column
DECLARE
  a_marked bigint[];
  a_ended bigint[];
BEGIN
  PERFORM ${schema}.check_org_v1(p_org);
  WITH u AS (
    UPDATE ${schema}.run r SET cancel_requested = coalesce(r.cancel_requested, left(p_reason, 1024))
      WHERE r.id = ANY (ARRAY(
        SELECT b.id FROM ${schema}.run b WHERE b.id = ANY (p_id) AND b.org_id = p_org FOR UPDATE SKIP LOCKED))
      RETURNING r.id)
  SELECT coalesce(array_agg(u.id), '{}') INTO a_marked FROM u;
  a_ended := ARRAY(SELECT ${schema}.discard_v1(p_org, ARRAY(SELECT i.id FROM unnest(p_id) AS i (id)
    WHERE NOT EXISTS (SELECT FROM ${schema}.run r WHERE r.id = i.id AND r.org_id = p_org)), p_reason));
  RETURN QUERY
    SELECT e.id, 1::smallint FROM unnest(a_ended) AS e (id)
    UNION ALL SELECT m.id, 2::smallint FROM unnest(a_marked) AS m (id)
    UNION ALL SELECT j.id, 3::smallint FROM ${schema}.job j WHERE j.org_id = p_org AND j.id = ANY (p_id)
      AND j.id <> ALL (a_ended) AND j.id <> ALL (a_marked);
END $fn$;

-- Where up to 1,000 jobs of any orgs stand, as of one moment: their positions, states as V010 lists them, attempts and
-- progress, and nothing of what they hold. Those of which there is no record are left out.
CREATE FUNCTION ${schema}.watch_v1(p_org uuid[], p_id bigint[])
RETURNS TABLE (ord int, state smallint, attempts int, progress float8, progress_message text, progress_at timestamptz)
LANGUAGE plpgsql STABLE AS $fn$
#variable_conflict use_column
DECLARE
  n int := coalesce(cardinality(p_id), 0);
BEGIN
  IF n > 1000 OR cardinality(p_org) <> n THEN
    RAISE EXCEPTION USING ERRCODE = 'CR006', MESSAGE = format('a look at %s jobs is not valid', n),
      HINT = 'At most 1000; arrays of one length.';
  END IF;
  RETURN QUERY
  WITH i AS MATERIALIZED (
    SELECT t.org_id, t.id, t.ord::int AS ord FROM unnest(p_org, p_id) WITH ORDINALITY AS t (org_id, id, ord)),
  live AS MATERIALIZED (
    SELECT i.ord, CASE WHEN j.state <> 0 THEN j.state WHEN r.id IS NOT NULL THEN 3
          WHEN j.run_at > clock_timestamp() THEN 1 ELSE 2 END::smallint AS state,
        coalesce(r.attempt, j.attempt) AS attempts, r.progress, r.progress_message, r.progress_at
      FROM i JOIN ${schema}.job j ON j.org_id = i.org_id AND j.id = i.id
        LEFT JOIN ${schema}.run r ON r.id = j.id AND r.org_id = j.org_id)
  SELECT l.ord, l.state, l.attempts, l.progress, l.progress_message, l.progress_at FROM live l
  UNION ALL
  SELECT i.ord, h.outcome, h.attempts, NULL, NULL, NULL
    FROM i JOIN ${schema}.job_history h ON h.org_id = i.org_id AND h.id = i.id
    WHERE NOT EXISTS (SELECT FROM live l WHERE l.ord = i.ord);
END $fn$;

-- Which of an org's jobs are running, and how. With job's own row this is all of a live job's state; stable, so that
-- both are seen as of the same moment.
CREATE FUNCTION ${schema}.running_v1(p_org uuid, p_id bigint[])
RETURNS TABLE (id bigint, attempt int, worker text, started_at timestamptz, lease_until timestamptz, progress float8,
  progress_message text, progress_at timestamptz)
LANGUAGE plpgsql STABLE AS $fn$
#variable_conflict use_column
BEGIN
  PERFORM ${schema}.check_org_v1(p_org);
  RETURN QUERY SELECT r.id, r.attempt, r.worker, r.started_at, r.lease_until, r.progress, r.progress_message,
      r.progress_at
    FROM ${schema}.run r
    WHERE r.id = ANY (p_id) AND r.org_id = p_org;
END $fn$;

-- The id of a known queue, for what an org that is active sets there. Nobody but the dispatcher may execute it.
CREATE FUNCTION ${schema}.lane_queue_v1(p_org uuid, p_queue text) RETURNS smallint LANGUAGE plpgsql AS $fn$
DECLARE
  v_id smallint;
BEGIN
  PERFORM ${schema}.check_active_v1(p_org);
  SELECT q.queue_id INTO v_id FROM ${schema}.queue q WHERE q.name = p_queue;
  IF NOT FOUND THEN
    RAISE EXCEPTION USING ERRCODE = 'CR003', MESSAGE = format('queue %L is unknown', left(p_queue, 200)),
      HINT = 'Register the queue first.';
  END IF;
  IF NOT EXISTS (SELECT FROM ${schema}.lane l WHERE l.queue_id = v_id AND l.org_id = p_org) THEN
    PERFORM ${schema}.make_lanes_v1(ARRAY[v_id], ARRAY[p_org]);
  END IF;
  RETURN v_id;
END $fn$;

-- Refuses an org that is not the transaction's (CR005), or not active (CR001).
CREATE FUNCTION ${schema}.check_active_v1(p_org uuid) RETURNS void LANGUAGE plpgsql STABLE AS $fn$
BEGIN
  PERFORM ${schema}.check_org_v1(p_org);
  IF NOT EXISTS (SELECT FROM ${schema}.org o WHERE o.org_id = p_org AND o.state = 'ACTIVE') THEN
    RAISE EXCEPTION USING ERRCODE = 'CR001', MESSAGE = format('org %s is unknown or being erased', p_org),
      HINT = 'Create the org first.';
  END IF;
END $fn$;

-- Sets a lane's limit, weight and rate limit; no rate and no burst lift that. A lower limit lets what runs end. A lane
-- that had no rate limit begins with all its tokens; else it keeps those it has, up to the new burst.
CREATE FUNCTION ${schema}.set_lane_v1(p_org uuid, p_queue text, p_max_running int, p_weight real, p_rate float8,
  p_burst int)
RETURNS void LANGUAGE plpgsql AS $fn$
DECLARE
  v_queue_id smallint;
  v_lane record;
  v_now timestamptz;
  v_tokens float8;
BEGIN
  IF (p_max_running BETWEEN 0 AND 10000 AND p_weight BETWEEN 0.01 AND 100
      AND (p_rate IS NULL AND p_burst IS NULL
        OR p_rate BETWEEN 0.00001 AND 100000 AND p_burst BETWEEN 1 AND 100000)) IS NOT TRUE THEN
    RAISE EXCEPTION USING ERRCODE = 'CR006', MESSAGE = format('a lane of limit %s, weight %s and rate %s (burst %s)'
        ' is not valid', p_max_running, p_weight, p_rate, p_burst),
      HINT = 'Limit: 0 to 10000; weight: 0.01 to 100; rate: 0.00001 to 100000 a second, with a burst of 1 to 100000.';
  END IF;
  v_queue_id := ${schema}.lane_queue_v1(p_org, p_queue);
  SELECT l.rate, l.burst, l.tokens, l.refilled_at INTO v_lane
    FROM ${schema}.lane l WHERE l.queue_id = v_queue_id AND l.org_id = p_org FOR NO KEY UPDATE;
  v_now := clock_timestamp();
  v_tokens := CASE WHEN p_rate IS NULL THEN NULL WHEN v_lane.rate IS NULL THEN p_burst
    ELSE least(p_burst, v_lane.burst, v_lane.tokens
      + greatest(0, extract(epoch FROM v_now - v_lane.refilled_at)::float8) * v_lane.rate) END;
  UPDATE ${schema}.lane l SET max_running = p_max_running, weight = p_weight, rate = p_rate, burst = p_burst,
      tokens = v_tokens, refilled_at = CASE WHEN p_rate IS NOT NULL THEN v_now END,
      throttled_until = CASE WHEN v_tokens < 1 - 1e-6
        THEN v_now + interval '1 microsecond' + (1 - v_tokens) / p_rate * interval '1 s' END,
      vtime = CASE WHEN l.st = 1 THEN l.vtime ELSE greatest(l.vtime, c.floor) END,
      credit = CASE WHEN l.st = 1 THEN l.credit ELSE 0 END
    FROM ${schema}.queue_clock c
    WHERE c.queue_id = v_queue_id AND l.queue_id = v_queue_id AND l.org_id = p_org;
END $fn$;

-- Stops, or lets go on, all claims of one lane; what runs is not touched.
CREATE FUNCTION ${schema}.pause_lane_v1(p_org uuid, p_queue text, p_paused boolean) RETURNS void
LANGUAGE plpgsql AS $fn$
DECLARE
  v_queue_id smallint;
BEGIN
  v_queue_id := ${schema}.lane_queue_v1(p_org, p_queue);
  UPDATE ${schema}.lane l SET paused = p_paused,
      vtime = CASE WHEN l.st = 1 THEN l.vtime ELSE greatest(l.vtime, c.floor) END,
      credit = CASE WHEN l.st = 1 THEN l.credit ELSE 0 END
    FROM ${schema}.queue_clock c
    WHERE c.queue_id = v_queue_id AND l.queue_id = v_queue_id AND l.org_id = p_org;
END $fn$;

-- The same for all lanes of an org, also those to come. Each lane keeps its own pause.
CREATE FUNCTION ${schema}.pause_org_v1(p_org uuid, p_paused boolean) RETURNS void LANGUAGE plpgsql AS $fn$
BEGIN
  PERFORM ${schema}.check_active_v1(p_org);
  PERFORM pg_advisory_xact_lock(hashtext('${schema}.paused_org'), 0);
  IF p_paused THEN
    INSERT INTO ${schema}.paused_org (org_id) VALUES (p_org) ON CONFLICT DO NOTHING;
  ELSE
    DELETE FROM ${schema}.paused_org p WHERE p.org_id = p_org;
  END IF;
  PERFORM FROM ${schema}.queue_clock c JOIN ${schema}.lane l ON l.queue_id = c.queue_id AND l.org_id = p_org
    ORDER BY l.queue_id FOR NO KEY UPDATE OF l;
  UPDATE ${schema}.lane l SET org_paused = p_paused,
      vtime = CASE WHEN l.st = 1 THEN l.vtime ELSE greatest(l.vtime, c.floor) END,
      credit = CASE WHEN l.st = 1 THEN l.credit ELSE 0 END
    FROM ${schema}.queue_clock c WHERE l.queue_id = c.queue_id AND l.org_id = p_org AND l.org_paused <> p_paused;
END $fn$;

-- Waits for the claims of a queue that are under way, and holds up those to come until the transaction ends: they find
-- nothing meanwhile. Returns its id. Nobody but the dispatcher may execute it.
CREATE FUNCTION ${schema}.lock_queue_v1(p_queue text) RETURNS smallint LANGUAGE plpgsql AS $fn$
DECLARE
  v_id smallint;
BEGIN
  SELECT q.queue_id INTO v_id FROM ${schema}.queue q WHERE q.name = p_queue;
  IF NOT FOUND THEN
    RAISE EXCEPTION USING ERRCODE = 'CR003', MESSAGE = format('queue %L is unknown', left(p_queue, 200)),
      HINT = 'Register the queue first.';
  END IF;
  PERFORM pg_advisory_xact_lock(hashtext('${schema}.queue'), v_id);
  RETURN v_id;
END $fn$;

-- Stops, or lets go on, all claims of a queue; what runs is not touched.
CREATE FUNCTION ${schema}.pause_queue_v1(p_queue text, p_paused boolean) RETURNS void LANGUAGE plpgsql AS $fn$
DECLARE
  v_id smallint := ${schema}.lock_queue_v1(p_queue);
BEGIN
  UPDATE ${schema}.queue q SET paused = p_paused WHERE q.queue_id = v_id;
END $fn$;

-- Sets a queue's limit over all orgs, null for none, and what its lanes share by: 1 execution time, 2 the number of
-- attempts. A lower limit lets what runs end.
CREATE FUNCTION ${schema}.set_queue_v1(p_queue text, p_max_running int, p_share_by smallint) RETURNS void
LANGUAGE plpgsql AS $fn$
DECLARE
  v_id smallint;
BEGIN
  IF p_max_running NOT BETWEEN 1 AND 10000 OR (p_share_by IN (1, 2)) IS NOT TRUE THEN
    RAISE EXCEPTION USING ERRCODE = 'CR006', MESSAGE = format('a queue of limit %s, shared by %s is not valid',
      p_max_running, p_share_by), HINT = 'Limit: 1 to 10000, or none; shared by: 1 or 2.';
  END IF;
  v_id := ${schema}.lock_queue_v1(p_queue);
  INSERT INTO ${schema}.queue_slot (queue_id, slot) SELECT v_id, s FROM generate_series(1, p_max_running) s
    ON CONFLICT DO NOTHING;
  UPDATE ${schema}.queue q SET max_running = p_max_running, share_by = p_share_by,
      unslotted = p_max_running IS NOT NULL AND (q.max_running IS NULL OR q.unslotted)
    WHERE q.queue_id = v_id;
END $fn$;

-- The lanes of one org, from their counters and the wake rows that no drain has settled yet. queued is what waits in the
-- line, and may still count discarded jobs whose place has not come up; scheduled jobs are not in it. st as in lane.
CREATE FUNCTION ${schema}.lane_depth_v1(p_org uuid)
RETURNS TABLE (queue text, queued bigint, running int, max_running int, weight real, rate float8, burst int,
  paused boolean, org_paused boolean, queue_paused boolean, throttled_until timestamptz, st int)
LANGUAGE plpgsql STABLE AS $fn$
#variable_conflict use_column
BEGIN
  PERFORM ${schema}.check_org_v1(p_org);
  RETURN QUERY
  WITH w AS MATERIALIZED (
    SELECT k.queue_id, sum(k.added) AS added, sum(k.freed) AS freed FROM ${schema}.wake k WHERE k.org_id = p_org
      GROUP BY 1),
  d AS (
    SELECT q.queue_id, q.name, greatest(coalesce(l.queued, 0) + coalesce(w.added, 0), 0)::bigint AS queued,
        (coalesce(l.running, 0) - coalesce(w.freed, 0))::int AS running, coalesce(l.max_running, 5) AS max_running,
        coalesce(l.weight, 1)::real AS weight, l.rate, l.burst, coalesce(l.paused, false) AS paused,
        coalesce(l.org_paused, p.org_id IS NOT NULL) AS org_paused, q.paused AS queue_paused,
        CASE WHEN l.throttled_until > clock_timestamp() THEN l.throttled_until END AS throttled_until
      FROM ${schema}.queue q LEFT JOIN ${schema}.lane l ON l.queue_id = q.queue_id AND l.org_id = p_org
        LEFT JOIN w ON w.queue_id = q.queue_id
        LEFT JOIN ${schema}.paused_org p ON p.org_id = p_org
      WHERE l.org_id IS NOT NULL OR w.queue_id IS NOT NULL)
  SELECT d.name, d.queued, d.running, d.max_running, d.weight, d.rate, d.burst, d.paused, d.org_paused, d.queue_paused,
      d.throttled_until,
      CASE WHEN d.paused OR d.org_paused OR d.queue_paused THEN 3 WHEN d.running >= d.max_running THEN 2
        WHEN d.queued = 0 THEN 0 WHEN d.throttled_until IS NOT NULL THEN 4 ELSE 1 END
    FROM d ORDER BY d.queue_id;
END $fn$;

-- All queues, from the counters of their lanes and the wake rows that no drain has settled yet. What it costs follows
-- the lanes there are, not their jobs.
CREATE FUNCTION ${schema}.queue_depth_v1()
RETURNS TABLE (queue text, queued bigint, running bigint, runnable bigint, paused boolean, max_running int,
  share_by smallint)
LANGUAGE plpgsql STABLE AS $fn$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  SELECT q.name, greatest(coalesce(l.queued, 0) + coalesce(w.added, 0), 0)::bigint,
      (coalesce(l.running, 0) - coalesce(w.freed, 0))::bigint, coalesce(l.runnable, 0), q.paused, q.max_running,
      q.share_by
    FROM ${schema}.queue q
      LEFT JOIN (SELECT e.queue_id, sum(e.queued) AS queued, sum(e.running) AS running,
          count(*) FILTER (WHERE e.st = 1) AS runnable FROM ${schema}.lane e GROUP BY 1) l ON l.queue_id = q.queue_id
      LEFT JOIN (SELECT k.queue_id, sum(k.added) AS added, sum(k.freed) AS freed FROM ${schema}.wake k GROUP BY 1) w
        ON w.queue_id = q.queue_id
    ORDER BY q.name COLLATE "C";
END $fn$;

-- Removes keys that have expired and whose job has ended; returns how many.
CREATE FUNCTION ${schema}.purge_keys_v1(p_limit int DEFAULT 1000) RETURNS int LANGUAGE plpgsql AS $fn$
DECLARE
  v_now timestamptz := clock_timestamp();  -- as a variable: a condition on a volatile function cannot use the index
  v_n int;
BEGIN
  DELETE FROM ${schema}.job_key k WHERE k.ctid = ANY (ARRAY(
    SELECT e.ctid FROM ${schema}.job_key e
      WHERE e.expires_at <= v_now AND e.expires_at > '-infinity' AND e.state <> 0
      ORDER BY e.expires_at LIMIT p_limit FOR UPDATE SKIP LOCKED));
  GET DIAGNOSTICS v_n = ROW_COUNT;
  RETURN v_n;
END $fn$;

-- Removes all that the queue holds of an org that is being erased, at most p_limit rows of each large table a call;
-- returns how many rows. To be called until it returns 0: a job that was being claimed or promoted meanwhile shows up
-- in the next call. An enqueue that is still open makes the deletion of the org's own row wait and fail (job's foreign
-- key): erase again then.
CREATE FUNCTION ${schema}.erase_jobs_v1(p_org uuid, p_limit int DEFAULT 10000) RETURNS bigint LANGUAGE plpgsql AS $fn$
DECLARE
  v_n bigint;
  v_sum bigint := 0;
  v_callers text := coalesce(current_setting('croft.org_id', true), '');
BEGIN
  IF EXISTS (SELECT FROM ${schema}.org o WHERE o.org_id = p_org AND o.state <> 'ERASING') THEN
    RAISE EXCEPTION USING ERRCODE = 'CR002', MESSAGE = format('org %s is not being erased', p_org),
      HINT = 'Set its state to ERASING first.';
  END IF;
  PERFORM set_config('croft.org_id', p_org::text, true);  -- history's policy asks for it
  -- in the order of locks; whoever finishes a job meanwhile has its run row, and is waited for
  PERFORM FROM ${schema}.run r WHERE r.org_id = p_org ORDER BY r.id FOR UPDATE;
  DELETE FROM ${schema}.run r WHERE r.org_id = p_org;
  GET DIAGNOSTICS v_n = ROW_COUNT;
  v_sum := v_sum + v_n;
  DELETE FROM ${schema}.job j WHERE j.org_id = p_org AND j.id = ANY (ARRAY(
    SELECT b.id FROM ${schema}.job b WHERE b.org_id = p_org ORDER BY b.id LIMIT p_limit FOR UPDATE));
  GET DIAGNOSTICS v_n = ROW_COUNT;
  v_sum := v_sum + v_n;
  DELETE FROM ${schema}.job_key k WHERE k.org_id = p_org AND k.key = ANY (ARRAY(
    SELECT b.key FROM ${schema}.job_key b WHERE b.org_id = p_org ORDER BY b.key LIMIT p_limit));
  GET DIAGNOSTICS v_n = ROW_COUNT;
  v_sum := v_sum + v_n;
  DELETE FROM ${schema}.job_history h WHERE h.org_id = p_org AND h.id = ANY (ARRAY(
    SELECT b.id FROM ${schema}.job_history b WHERE b.org_id = p_org ORDER BY b.id LIMIT p_limit));
  GET DIAGNOSTICS v_n = ROW_COUNT;
  v_sum := v_sum + v_n;
  PERFORM set_config('croft.org_id', v_callers, true);
  DELETE FROM ${schema}.scheduled s WHERE s.ctid = ANY (ARRAY(
    SELECT b.ctid FROM ${schema}.scheduled b WHERE b.org_id = p_org LIMIT p_limit FOR UPDATE));
  GET DIAGNOSTICS v_n = ROW_COUNT;
  v_sum := v_sum + v_n;
  PERFORM FROM ${schema}.lane l WHERE l.org_id = p_org ORDER BY l.queue_id FOR UPDATE;
  DELETE FROM ${schema}.ready r USING ${schema}.queue q WHERE r.queue_id = q.queue_id AND r.org_id = p_org
    AND r.ctid = ANY (ARRAY(SELECT b.ctid FROM ${schema}.queue c JOIN ${schema}.ready b ON b.queue_id = c.queue_id
      WHERE b.org_id = p_org LIMIT p_limit));
  GET DIAGNOSTICS v_n = ROW_COUNT;
  v_sum := v_sum + v_n;
  DELETE FROM ${schema}.move m WHERE m.org_id = p_org;
  DELETE FROM ${schema}.job_settle t WHERE t.org_id = p_org;
  DELETE FROM ${schema}.job_wait w WHERE w.ctid = ANY (ARRAY(
    SELECT b.ctid FROM ${schema}.job_wait b WHERE b.org_id = p_org LIMIT p_limit));
  GET DIAGNOSTICS v_n = ROW_COUNT;
  v_sum := v_sum + v_n;
  DELETE FROM ${schema}.wake w WHERE w.org_id = p_org;
  GET DIAGNOSTICS v_n = ROW_COUNT;
  v_sum := v_sum + v_n;
  DELETE FROM ${schema}.paused_org p WHERE p.org_id = p_org;
  DELETE FROM ${schema}.lane l WHERE l.org_id = p_org AND NOT EXISTS (
    SELECT FROM ${schema}.ready r WHERE r.queue_id = l.queue_id AND r.org_id = p_org);
  GET DIAGNOSTICS v_n = ROW_COUNT;
  RETURN v_sum + v_n;
END $fn$;

-- Keeps job_history's partitions: makes those from today (UTC) to p_ahead_days ahead, drops those of which every row
-- is older than p_retention_days, and deletes rows as old from the default partition. Runs as the tables' owner, which alone may. Does nothing while another process is
-- at it; fails with lock_not_available (55P03) rather than hold up finishing jobs for more than two seconds.
CREATE FUNCTION ${schema}.maintain_history_v1(p_retention_days int DEFAULT 7, p_ahead_days int DEFAULT 3)
RETURNS TABLE (created int, dropped int) LANGUAGE plpgsql AS $fn$
DECLARE
  v_today date := (clock_timestamp() AT TIME ZONE 'UTC')::date;
  v_day date;
  v_name text;
BEGIN
  created := 0;
  dropped := 0;
  IF (p_retention_days BETWEEN 1 AND 3650 AND p_ahead_days BETWEEN 1 AND 30) IS NOT TRUE THEN
    RAISE EXCEPTION USING ERRCODE = 'CR006', MESSAGE = format('history of %s days, made %s days ahead, is not valid',
      p_retention_days, p_ahead_days), HINT = 'Retention: 1 to 3650 days; ahead: 1 to 30 days.';
  END IF;
  IF pg_try_advisory_xact_lock(hashtext('${schema}.maintain_history_v1'), 0) THEN
    FOR v_day IN SELECT v_today + g FROM generate_series(0, p_ahead_days) g LOOP
      v_name := 'job_history_p' || to_char(v_day, 'YYYYMMDD');
      CONTINUE WHEN to_regclass('${schema}.' || v_name) IS NOT NULL;
      -- Made apart and attached, because CREATE TABLE … PARTITION OF would lock out every finish. Attaching locks only
      -- the default partition, whose rows of that day move over. It has no policy, so its force is lifted for the
      -- length of this transaction, in which nobody else can see it.
      EXECUTE format('CREATE TABLE ${schema}.%I (LIKE ${schema}.job_history INCLUDING CONSTRAINTS)', v_name);
      EXECUTE 'LOCK TABLE ${schema}.job_history_default IN ACCESS EXCLUSIVE MODE';
      EXECUTE 'ALTER TABLE ${schema}.job_history_default NO FORCE ROW LEVEL SECURITY';
      EXECUTE format('WITH d AS (DELETE FROM ${schema}.job_history_default WHERE finished_at >= %1$L
          AND finished_at < %2$L RETURNING *) INSERT INTO ${schema}.%3$I SELECT * FROM d',
        v_day::text || ' 00:00:00+00', (v_day + 1)::text || ' 00:00:00+00', v_name);
      EXECUTE 'ALTER TABLE ${schema}.job_history_default FORCE ROW LEVEL SECURITY';
      EXECUTE format('ALTER TABLE ${schema}.job_history ATTACH PARTITION ${schema}.%I FOR VALUES FROM (%L) TO (%L)',
        v_name, v_day::text || ' 00:00:00+00', (v_day + 1)::text || ' 00:00:00+00');
      EXECUTE format('ALTER TABLE ${schema}.%I ENABLE ROW LEVEL SECURITY', v_name);
      EXECUTE format('ALTER TABLE ${schema}.%I FORCE ROW LEVEL SECURITY', v_name);
      created := created + 1;
    END LOOP;
    FOR v_name IN SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = to_regclass('${schema}.job_history') AND c.relname ~ '^job_history_p[0-9]{8}$'
          AND to_date(right(c.relname, 8), 'YYYYMMDD') < v_today - p_retention_days
        ORDER BY 1 LOOP
      EXECUTE format('DROP TABLE ${schema}.%I', v_name);
      dropped := dropped + 1;
    END LOOP;
    IF pg_relation_size('${schema}.job_history_default') > 0 THEN  -- what no partition was there for in time
      EXECUTE 'ALTER TABLE ${schema}.job_history_default NO FORCE ROW LEVEL SECURITY';
      EXECUTE format('DELETE FROM ${schema}.job_history_default WHERE finished_at < %L',
        (v_today - p_retention_days)::text || ' 00:00:00+00');
      EXECUTE 'ALTER TABLE ${schema}.job_history_default FORCE ROW LEVEL SECURITY';
    END IF;
  END IF;
  RETURN NEXT;
END $fn$;
