-- What people do to jobs and lanes, what a job's page shows, and the upkeep of keys, history and erased orgs.

-- Refuses (CR005) an org that is not the one this transaction is set to.
CREATE FUNCTION ${schema}.check_org_v1(p_org uuid) RETURNS void LANGUAGE plpgsql STABLE AS $fn$
BEGIN
  IF p_org IS NULL OR p_org IS DISTINCT FROM nullif(current_setting('croft.org_id', true), '')::uuid THEN
    RAISE EXCEPTION USING ERRCODE = 'CR005', MESSAGE = format('org %s is not the org of this transaction', p_org),
      HINT = 'Set croft.org_id for the transaction.';
  END IF;
END $fn$;

-- Refuses also (CR008) an org that moves to another database, or has moved: what is written here may be lost then.
CREATE FUNCTION ${schema}.check_here_v1(p_org uuid) RETURNS void LANGUAGE plpgsql STABLE AS $fn$
DECLARE
  v_state text;
BEGIN
  PERFORM ${schema}.check_org_v1(p_org);
  SELECT o.state || coalesce(' to ' || o.moved_to, '') INTO v_state FROM ${schema}.org o
    WHERE o.org_id = p_org AND o.state IN ('LEAVING', 'MOVED', 'ARRIVING');
  IF FOUND THEN
    RAISE EXCEPTION USING ERRCODE = 'CR008', MESSAGE = format('org %s is %s and is not changed here', p_org, v_state),
      HINT = 'Begin anew, in the database where the org is then.';
  END IF;
END $fn$;

-- Sends dead letters back with all their attempts; returns the ids of those that were dead. Without p_delay_ms into
-- their lines at once; else each runs so long from now. A deadline that has passed is lifted: somebody wants it to run.
CREATE FUNCTION ${schema}.redrive_v1(p_org uuid, p_id bigint[], p_delay_ms bigint[] DEFAULT NULL)
RETURNS SETOF bigint LANGUAGE plpgsql AS $fn$
DECLARE
  v_now timestamptz := clock_timestamp();
BEGIN
  PERFORM ${schema}.check_here_v1(p_org);
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
      WHERE j.org_id = p_org AND j.id = ANY (ARRAY[i.id]) AND j.state = 4
      RETURNING j.queue_id, j.priority, j.id, j.run_at),
  s AS (
    INSERT INTO ${schema}.scheduled (run_at, id, org_id, queue_id, priority, attempt)
      SELECT u.run_at, u.id, p_org, u.queue_id, u.priority, 0 FROM u WHERE u.run_at > v_now),
  r AS (
    INSERT INTO ${schema}.ready (queue_id, org_id, priority, pos, id, attempt)
      SELECT u.queue_id, p_org, u.priority, nextval('${schema}.job_seq'), u.id, 0 FROM u WHERE u.run_at <= v_now
      RETURNING queue_id, priority, pos),
  w AS (
    INSERT INTO ${schema}.wake (queue_id, org_id, priority, min_pos, added, later, died, untold)
      SELECT r.queue_id, p_org, r.priority, min(r.pos), count(*), 0, 0, true FROM r GROUP BY 1, 3
      UNION ALL SELECT u.queue_id, p_org, 1, NULL, 0, count(*) FILTER (WHERE u.run_at > v_now), -count(*), false
        FROM u GROUP BY 1)
  SELECT u.id FROM u;
END $fn$;

-- Ends dead letters and jobs that wait, in a line or for others, as cancelled, for that reason; returns the ids of
-- those. What runs is left alone. p_dead: dead letters alone, and not one that is redriven meanwhile.
CREATE FUNCTION ${schema}.discard_v1(p_org uuid, p_id bigint[], p_reason text, p_dead boolean DEFAULT false)
RETURNS SETOF bigint LANGUAGE plpgsql AS $fn$
DECLARE
  a_queue smallint[];
BEGIN
  PERFORM ${schema}.check_here_v1(p_org);
  PERFORM FROM ${schema}.job j WHERE j.org_id = p_org AND j.id = ANY (p_id) ORDER BY j.id FOR UPDATE;
  IF p_dead THEN
    p_id := ARRAY(SELECT j.id FROM ${schema}.job j WHERE j.org_id = p_org AND j.id = ANY (p_id) AND j.state = 4);
  END IF;
  -- From here on no job of these is redriven, finished or let go. One that is being promoted is waited for, and then
  -- stands in the line; one that is being claimed is waited for, by its lane, and then runs.
  SELECT array_agg(DISTINCT j.queue_id ORDER BY j.queue_id) INTO a_queue
    FROM ${schema}.job j WHERE j.org_id = p_org AND j.id = ANY (p_id) AND j.state = 0;
  PERFORM FROM ${schema}.job j
      JOIN ${schema}.scheduled s ON s.run_at = ANY (ARRAY[j.run_at]) AND s.id = ANY (ARRAY[j.id])
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
      WHERE l.queue_id = ANY (ARRAY[g.queue_id]) AND l.org_id = p_org),
  s AS (
    DELETE FROM ${schema}.scheduled s USING ${schema}.job j
      WHERE j.org_id = p_org AND j.id = ANY (p_id) AND j.state = 0
        AND s.run_at = ANY (ARRAY[j.run_at]) AND s.id = ANY (ARRAY[j.id])
      RETURNING s.id, s.queue_id),
  gone AS (
    DELETE FROM ${schema}.job j WHERE j.org_id = p_org AND j.id = ANY (p_id)
        AND (j.state IN (4, 7) OR j.id = ANY (ARRAY(SELECT r.id FROM r UNION ALL SELECT s.id FROM s)))
      RETURNING j.org_id, j.id, j.queue_id, j.kind, j.priority, j.attempt, j.max_attempts, j.past_attempts, j.run_at,
        j.created_at, j.deadline, j.first_run_at, j.key, j.tags, j.error_class, j.error_message, j.error_stack,
        j.payload, j.state, j.has_children IS TRUE OR j.waits_for IS NOT NULL AS member),
  t AS (
    INSERT INTO ${schema}.job_settle (org_id, parent_id, outcome) SELECT g.org_id, g.id, 6 FROM gone g WHERE g.member),
  w AS (
    INSERT INTO ${schema}.wake (queue_id, org_id, later, died, waiting)
      SELECT x.queue_id, p_org, -sum(x.later), -sum(x.died), -sum(x.waiting)
        FROM (SELECT s.queue_id, 1 AS later, 0 AS died, 0 AS waiting FROM s
          UNION ALL SELECT g.queue_id, 0, (g.state = 4)::int, (g.state = 7)::int FROM gone g WHERE g.state <> 0) x
        GROUP BY 1),
  h AS (
    INSERT INTO ${schema}.job_history (finished_at, org_id, id, queue_id, kind, priority, outcome, attempts,
        max_attempts, past_attempts, run_at, created_at, deadline, first_run_at, key, tags, error_class, error_message,
        error_stack, note, payload)
      SELECT clock_timestamp(), g.org_id, g.id, g.queue_id, g.kind, g.priority, 6, g.attempt, g.max_attempts,
        g.past_attempts, g.run_at, g.created_at, g.deadline, g.first_run_at, g.key, g.tags, g.error_class,
        g.error_message, g.error_stack, left(p_reason, 1024), g.payload FROM gone g),
  ky AS (
    UPDATE ${schema}.job_key y SET state = 6 FROM gone g
      WHERE g.key IS NOT NULL AND y.org_id = p_org AND y.key = ANY (ARRAY[g.key]) AND y.job_id = g.id
        AND y.expires_at > '-infinity'),
  kz AS (
    DELETE FROM ${schema}.job_key y USING gone g
      WHERE g.key IS NOT NULL AND y.org_id = p_org AND y.key = ANY (ARRAY[g.key]) AND y.job_id = g.id
        AND y.expires_at = '-infinity')
  SELECT g.id FROM gone g ORDER BY g.id;
END $fn$;

-- Ends dead letters and jobs that wait, as discard_v1 does, and marks those that run as cancelled: their next heartbeat
-- tells, and finish_core_v1 sees to it. Returns what became of each: 1 it is ended, 2 it is marked, and keeps the
-- reason of whoever marked it first, 3 neither, because it was being claimed, finished, prolonged or replaced just
-- then. It waits for no row of run or job, since an open transaction may hold it: a handler's, or a host's that
-- replaces it.
CREATE FUNCTION ${schema}.cancel_v1(p_org uuid, p_id bigint[], p_reason text)
RETURNS TABLE (id bigint, outcome smallint) LANGUAGE plpgsql AS $fn$
#variable_conflict use_column
DECLARE
  a_marked bigint[];
  a_ended bigint[];
BEGIN
  PERFORM ${schema}.check_here_v1(p_org);
  WITH u AS (
    UPDATE ${schema}.run r SET cancel_requested = coalesce(r.cancel_requested, left(p_reason, 1024))
      WHERE r.id = ANY (ARRAY(
        SELECT b.id FROM ${schema}.run b WHERE b.id = ANY (p_id) AND b.org_id = p_org FOR UPDATE SKIP LOCKED))
      RETURNING r.id)
  SELECT coalesce(array_agg(u.id), '{}') INTO a_marked FROM u;
  a_ended := ARRAY(SELECT ${schema}.discard_v1(p_org, ARRAY(SELECT j.id FROM ${schema}.job j
    WHERE j.org_id = p_org AND j.id = ANY (p_id)
      AND NOT EXISTS (SELECT FROM ${schema}.run r WHERE r.id = ANY (ARRAY[j.id]) AND r.org_id = p_org OFFSET 0)
    ORDER BY j.id FOR UPDATE OF j SKIP LOCKED), p_reason));
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
      FROM i JOIN ${schema}.job j ON j.org_id = ANY (ARRAY[i.org_id]) AND j.id = ANY (ARRAY[i.id])
        LEFT JOIN ${schema}.run r ON r.id = ANY (ARRAY[j.id]) AND r.org_id = j.org_id)
  SELECT l.ord, l.state, l.attempts, l.progress, l.progress_message, l.progress_at FROM live l
  UNION ALL
  SELECT i.ord, h.outcome, h.attempts, NULL, NULL, NULL
    FROM i JOIN ${schema}.job_history h ON h.org_id = ANY (ARRAY[i.org_id]) AND h.id = ANY (ARRAY[i.id])
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

-- Refuses an org that is not the transaction's (CR005), moves or has moved (CR008), or is not active (CR001).
CREATE FUNCTION ${schema}.check_active_v1(p_org uuid) RETURNS void LANGUAGE plpgsql STABLE AS $fn$
BEGIN
  PERFORM ${schema}.check_here_v1(p_org);
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
  IF (p_max_running BETWEEN 0 AND 10000 AND p_weight BETWEEN 0.01::real AND 100
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
  PERFORM ${schema}.set_org_pause_v1(p_org, p_paused, NULL);
END $fn$;

-- Sets what of an org's two pauses is given, its host's and that of a move, and tells its lanes; they go on when none
-- is left and it is not suspended. Nobody but the dispatcher may execute it.
CREATE FUNCTION ${schema}.set_org_pause_v1(p_org uuid, p_host boolean, p_move boolean) RETURNS void
LANGUAGE plpgsql AS $fn$
DECLARE
  v_paused boolean;
BEGIN
  LOCK TABLE ONLY ${schema}.pause_gate IN EXCLUSIVE MODE;
  INSERT INTO ${schema}.paused_org AS p (org_id, by_host, by_move)
    VALUES (p_org, coalesce(p_host, false), coalesce(p_move, false))
    ON CONFLICT (org_id) DO UPDATE SET by_host = coalesce(p_host, p.by_host), by_move = coalesce(p_move, p.by_move);
  DELETE FROM ${schema}.paused_org p WHERE p.org_id = p_org AND NOT p.by_host AND NOT p.by_move;
  v_paused := NOT FOUND OR EXISTS (SELECT FROM ${schema}.org o WHERE o.org_id = p_org AND o.state = 'SUSPENDED');
  PERFORM FROM ${schema}.queue_clock c
      JOIN ${schema}.lane l ON l.queue_id = ANY (ARRAY[c.queue_id]) AND l.org_id = p_org
    ORDER BY l.queue_id FOR NO KEY UPDATE OF l;
  UPDATE ${schema}.lane l SET org_paused = v_paused,
      vtime = CASE WHEN l.st = 1 THEN l.vtime ELSE greatest(l.vtime, c.floor) END,
      credit = CASE WHEN l.st = 1 THEN l.credit ELSE 0 END
    FROM ${schema}.queue_clock c
    WHERE l.queue_id = ANY (ARRAY[c.queue_id]) AND l.org_id = p_org AND l.org_paused <> v_paused;
END $fn$;

-- Waits for the claims that are under way, and holds up those to come until the transaction ends: they find nothing
-- meanwhile, in whichever queue. Returns the queue's id. Nobody but the dispatcher may execute it.
CREATE FUNCTION ${schema}.lock_queue_v1(p_queue text) RETURNS smallint LANGUAGE plpgsql AS $fn$
DECLARE
  v_id smallint;
BEGIN
  SELECT q.queue_id INTO v_id FROM ${schema}.queue q WHERE q.name = p_queue;
  IF NOT FOUND THEN
    RAISE EXCEPTION USING ERRCODE = 'CR003', MESSAGE = format('queue %L is unknown', left(p_queue, 200)),
      HINT = 'Register the queue first.';
  END IF;
  LOCK TABLE ONLY ${schema}.queue_gate IN EXCLUSIVE MODE;
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

-- The lanes of one org, from their counters and the wake rows that no drain has settled yet. queued is what waits in
-- the line, and may still count discarded jobs whose place has not come up; jobs that are scheduled or wait for others
-- are not in it. st as in lane.
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
      FROM ${schema}.queue q LEFT JOIN ${schema}.lane l ON l.queue_id = ANY (ARRAY[q.queue_id]) AND l.org_id = p_org
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
  SELECT q.name, greatest(coalesce(t.queued, 0) + coalesce(w.added, 0), 0)::bigint,
      (coalesce(t.running, 0) - coalesce(w.freed, 0))::bigint, coalesce(t.runnable, 0), q.paused, q.max_running,
      q.share_by
    FROM ${schema}.queue q
      LEFT JOIN (SELECT e.queue_id, sum(e.queued) AS queued, sum(e.running) AS running,
          count(*) FILTER (WHERE e.st = 1) AS runnable FROM ${schema}.lane e GROUP BY 1) t ON t.queue_id = q.queue_id
      LEFT JOIN (SELECT k.queue_id, sum(k.added) AS added, sum(k.freed) AS freed FROM ${schema}.wake k GROUP BY 1) w
        ON w.queue_id = q.queue_id
    ORDER BY q.name COLLATE "C";
END $fn$;

-- The attempts of an org that are leased.
CREATE FUNCTION ${schema}.org_running_v1(p_org uuid) RETURNS TABLE (id bigint, attempt int, started_at timestamptz)
LANGUAGE plpgsql STABLE AS $fn$
#variable_conflict use_column
BEGIN
  PERFORM ${schema}.check_org_v1(p_org);
  RETURN QUERY SELECT r.id, r.attempt, r.started_at FROM ${schema}.run r WHERE r.org_id = p_org;
END $fn$;

-- Bounds of the ids of an org's jobs that were enqueued from the first time up to the second: all of them are greater
-- than low and less than high; null where nothing is known. Marks give them: a job has its id after its time, and soon,
-- so ten minutes are enough for both to be seen in another order. They say nothing of jobs that came with their org
-- from another database, but that every id given here since is greater. Marks tell how many jobs all orgs have, so the
-- bounds are ids of the org's own.
CREATE FUNCTION ${schema}.id_bounds_v1(p_org uuid, p_from timestamptz, p_before timestamptz, OUT low bigint,
  OUT high bigint)
LANGUAGE plpgsql STABLE AS $fn$
DECLARE
  v_came timestamptz;
  v_mark bigint;
BEGIN
  PERFORM ${schema}.check_org_v1(p_org);
  SELECT coalesce(o.came_at, '-infinity') INTO v_came FROM ${schema}.org o WHERE o.org_id = p_org;
  IF p_from > v_came THEN
    SELECT m.id INTO v_mark FROM ${schema}.job_mark m WHERE m.at < p_from - interval '10 minutes'
      ORDER BY m.at DESC LIMIT 1;
    low := greatest(
      (SELECT j.id FROM ${schema}.job j WHERE j.org_id = p_org AND j.id <= v_mark ORDER BY j.id DESC LIMIT 1),
      (SELECT h.id FROM ${schema}.job_history h WHERE h.org_id = p_org AND h.id <= v_mark ORDER BY h.id DESC LIMIT 1));
  END IF;
  IF p_before >= v_came THEN
    SELECT m.id INTO v_mark FROM ${schema}.job_mark m WHERE m.at >= p_before + interval '10 minutes'
      ORDER BY m.at LIMIT 1;
    high := least(
      (SELECT j.id FROM ${schema}.job j WHERE j.org_id = p_org AND j.id > v_mark ORDER BY j.id LIMIT 1),
      (SELECT h.id FROM ${schema}.job_history h WHERE h.org_id = p_org AND h.id > v_mark ORDER BY h.id LIMIT 1));
  END IF;
END $fn$;

-- An org's jobs, live and ended, those with the greatest ids first, from before p_before on; null for what lets pass
-- all. It looks at no more than p_scan of them, whatever is asked for: then the last row is the last it looked at,
-- which need not match. Times reach from the first, up to but not at the second.
--
-- It runs with its caller's rights and so under row-level security, and is a function for its settings alone:
-- everything is read in the order of an index, because a plan for the average org would sort all jobs of the largest.
-- Each branch is read only if it can have what is asked for, and has a limit of its own, without which Postgres does
-- not see its order. Of the history only the days that can have it are read, whole, so that every row that is passed
-- over counts.
CREATE FUNCTION ${schema}.list_jobs_v1(p_org uuid, p_before bigint, p_states smallint[], p_queue text, p_kind text,
  p_tag text, p_key text, p_created_from timestamptz, p_created_before timestamptz, p_finished_from timestamptz,
  p_finished_before timestamptz, p_limit int, p_scan int)
RETURNS TABLE (id bigint, kind text, queue text, priority smallint, tags text[], key text, state smallint, attempts int,
  max_attempts int, created_at timestamptz, run_at timestamptz, deadline timestamptz, first_run_at timestamptz,
  finished_at timestamptz, error_class text, note text, matches boolean)
LANGUAGE plpgsql STABLE AS $fn$
#variable_conflict use_column
DECLARE
  v_now timestamptz := clock_timestamp();
  v_all boolean := p_key IS NULL;
  v_ends boolean := p_finished_from IS NOT NULL OR p_finished_before IS NOT NULL;
  v_live boolean := p_states && '{1,2,3}' AND NOT v_ends;
  v_dead boolean := 4 = ANY (p_states);
  v_waiting boolean := 7 = ANY (p_states) AND NOT v_ends;
  v_low bigint := 0;
  v_high bigint := coalesce(p_before, 9223372036854775807);
  v_first timestamptz := coalesce(date_trunc('day', p_finished_from, 'UTC'), '-infinity');
  v_last timestamptz := coalesce(date_trunc('day', p_finished_before, 'UTC') + interval '24 hours', 'infinity');
  v_queue_id smallint := (SELECT q.queue_id FROM ${schema}.queue q WHERE q.name = p_queue);
  v_keyed bigint := (SELECT k.job_id FROM ${schema}.job_key k WHERE k.org_id = p_org AND k.key = p_key);
  a_running bigint[];
BEGIN
  IF p_queue IS NOT NULL AND v_queue_id IS NULL THEN
    RETURN;
  END IF;
  IF p_created_from IS NOT NULL OR p_created_before IS NOT NULL THEN
    SELECT coalesce(b.low, v_low), least(b.high, v_high) INTO v_low, v_high
      FROM ${schema}.id_bounds_v1(p_org, p_created_from, p_created_before) b;
  END IF;
  IF v_live THEN
    a_running := ARRAY(SELECT r.id FROM ${schema}.org_running_v1(p_org) r);
  END IF;
  RETURN QUERY
  WITH page AS MATERIALIZED (
    SELECT c.* FROM (
      SELECT n.*, row_number() OVER (ORDER BY n.id DESC) AS place,
          n.state = ANY (p_states) AND n.kind = coalesce(p_kind, n.kind)
            AND n.queue_id = coalesce(v_queue_id, n.queue_id)
            AND (p_tag IS NULL OR coalesce(n.tags @> ARRAY[p_tag], false))
            AND n.created_at >= coalesce(p_created_from, '-infinity')
            AND n.created_at < coalesce(p_created_before, 'infinity')
            AND (NOT v_ends OR n.state IN (4, 5, 6) AND n.ended_at >= coalesce(p_finished_from, '-infinity')
              AND n.ended_at < coalesce(p_finished_before, 'infinity')) AS matches
        FROM (
          SELECT s.id, s.kind, s.queue_id, s.priority, s.tags, s.key, s.attempts, s.max_attempts, s.created_at,
              s.run_at, s.deadline, s.first_run_at, s.ended_at, s.error_class, s.note,
              CASE WHEN s.stored >= 4 THEN s.stored WHEN s.id IN (SELECT u FROM unnest(a_running) u) THEN 3
                WHEN s.run_at > v_now THEN 1 ELSE 2 END::smallint AS state
            FROM (
              SELECT a.* FROM (
                (SELECT j.id, j.kind, j.queue_id, j.priority, j.tags, j.key, j.attempt AS attempts, j.max_attempts,
                    j.created_at, j.run_at, j.deadline, j.first_run_at, j.updated_at AS ended_at, j.error_class, j.note,
                    j.state AS stored
                  FROM ${schema}.job j WHERE j.org_id = p_org AND j.id < v_high AND j.id > v_low AND v_all AND v_live
                  ORDER BY j.id DESC LIMIT p_scan)
                UNION ALL
                (SELECT j.id, j.kind, j.queue_id, j.priority, j.tags, j.key, j.attempt, j.max_attempts, j.created_at,
                    j.run_at, j.deadline, j.first_run_at, j.updated_at, j.error_class, j.note, j.state
                  FROM ${schema}.job j WHERE j.org_id = p_org AND j.state = 4 AND j.id < v_high AND j.id > v_low
                    AND v_all AND v_dead AND NOT v_live
                  ORDER BY j.id DESC LIMIT p_scan)
                UNION ALL
                (SELECT j.id, j.kind, j.queue_id, j.priority, j.tags, j.key, j.attempt, j.max_attempts, j.created_at,
                    j.run_at, j.deadline, j.first_run_at, j.updated_at, j.error_class, j.note, j.state
                  FROM ${schema}.job j WHERE j.org_id = p_org AND j.state = 7 AND j.id < v_high AND j.id > v_low
                    AND v_all AND v_waiting AND NOT v_live
                  ORDER BY j.id DESC LIMIT p_scan)
                UNION ALL
                (SELECT j.id, j.kind, j.queue_id, j.priority, j.tags, j.key, j.attempt, j.max_attempts, j.created_at,
                    j.run_at, j.deadline, j.first_run_at, j.updated_at, j.error_class, j.note, j.state
                  FROM ${schema}.job j WHERE j.org_id = p_org AND j.id < least(v_high, v_keyed + 1)
                    AND j.id > v_keyed - 1 AND j.key = p_key
                  ORDER BY j.id DESC LIMIT p_scan)
                UNION ALL
                (SELECT h.id, h.kind, h.queue_id, h.priority, h.tags, h.key, h.attempts, h.max_attempts, h.created_at,
                    h.run_at, h.deadline, h.first_run_at, h.finished_at, h.error_class, h.note, h.outcome
                  FROM ${schema}.job_history h WHERE h.org_id = p_org AND h.id < v_high AND h.id > v_low
                    AND h.finished_at >= v_first AND h.finished_at < v_last AND h.outcome = 5
                    AND v_all AND 5 = ANY (p_states)
                  ORDER BY h.id DESC LIMIT p_scan)
                UNION ALL
                (SELECT h.id, h.kind, h.queue_id, h.priority, h.tags, h.key, h.attempts, h.max_attempts, h.created_at,
                    h.run_at, h.deadline, h.first_run_at, h.finished_at, h.error_class, h.note, h.outcome
                  FROM ${schema}.job_history h WHERE h.org_id = p_org AND h.id < v_high AND h.id > v_low
                    AND h.finished_at >= v_first AND h.finished_at < v_last AND h.outcome = 6
                    AND v_all AND 6 = ANY (p_states)
                  ORDER BY h.id DESC LIMIT p_scan)
                UNION ALL
                (SELECT h.id, h.kind, h.queue_id, h.priority, h.tags, h.key, h.attempts, h.max_attempts, h.created_at,
                    h.run_at, h.deadline, h.first_run_at, h.finished_at, h.error_class, h.note, h.outcome
                  FROM ${schema}.job_history h WHERE h.org_id = p_org AND h.id < v_high AND h.id > v_low
                    AND h.key = p_key AND h.finished_at >= v_first AND h.finished_at < v_last AND NOT v_all
                  ORDER BY h.id DESC LIMIT p_scan)) a
              ORDER BY a.id DESC LIMIT p_scan) s) n) c
      WHERE c.matches OR c.place = p_scan
      ORDER BY c.id DESC LIMIT p_limit)
  SELECT p.id, p.kind, (SELECT q.name FROM ${schema}.queue q WHERE q.queue_id = p.queue_id), p.priority, p.tags, p.key,
      p.state, coalesce(x.attempt, p.attempts), p.max_attempts, p.created_at, p.run_at, p.deadline,
      coalesce(p.first_run_at, x.started_at), CASE WHEN p.state IN (4, 5, 6) THEN p.ended_at END, p.error_class, p.note,
      p.matches
    FROM page p
      LEFT JOIN ${schema}.running_v1(p_org, ARRAY(SELECT g.id FROM page g WHERE g.state = 3)) x ON x.id = p.id
    ORDER BY p.id DESC;
END $fn$;

-- How many jobs of an org wait for others, are scheduled, ready, running and dead, by queue, and since when the first
-- in line could run. From the counters of its lanes and the wake rows that no drain has settled yet. Each line is
-- looked at from its head.
CREATE FUNCTION ${schema}.org_counts_v1(p_org uuid)
RETURNS TABLE (queue text, waiting bigint, scheduled bigint, ready bigint, running bigint, dead bigint,
  oldest timestamptz)
LANGUAGE plpgsql STABLE AS $fn$
#variable_conflict use_column
BEGIN
  PERFORM ${schema}.check_org_v1(p_org);
  RETURN QUERY
  WITH w AS MATERIALIZED (
    SELECT k.queue_id, sum(k.added) AS added, sum(k.freed) AS freed, sum(k.later) AS later, sum(k.died) AS died,
        sum(k.waiting) AS waiting, min(k.min_pos) - 1 AS h
      FROM ${schema}.wake k WHERE k.org_id = p_org GROUP BY 1)
  SELECT q.name, greatest(coalesce(l.waiting, 0) + coalesce(w.waiting, 0), 0)::bigint,
      greatest(coalesce(l.scheduled, 0) + coalesce(w.later, 0), 0)::bigint,
      greatest(coalesce(l.queued, 0) + coalesce(w.added, 0), 0)::bigint,
      greatest(coalesce(l.running, 0) - coalesce(w.freed, 0), 0)::bigint,
      greatest(coalesce(l.dead, 0) + coalesce(w.died, 0), 0)::bigint,
      ${schema}.oldest_v1(q.queue_id, p_org, least(l.h1, w.h), least(l.h2, w.h), least(l.h3, w.h), least(l.h4, w.h))
    FROM ${schema}.queue q LEFT JOIN ${schema}.lane l ON l.queue_id = ANY (ARRAY[q.queue_id]) AND l.org_id = p_org
      LEFT JOIN w ON w.queue_id = q.queue_id
    WHERE l.org_id IS NOT NULL OR w.queue_id IS NOT NULL
    ORDER BY q.queue_id;
END $fn$;

-- Since when the first job in a lane's line could run, seen from where its heads stand; null if there is none. Nobody
-- but the dispatcher may execute it.
CREATE FUNCTION ${schema}.oldest_v1(p_queue_id smallint, p_org uuid, p_h1 bigint, p_h2 bigint, p_h3 bigint,
  p_h4 bigint)
RETURNS timestamptz LANGUAGE plpgsql STABLE AS $fn$
DECLARE
  v_id bigint := (
    SELECT a.id FROM (
      (SELECT r.id, r.pos FROM ${schema}.ready r WHERE r.queue_id = p_queue_id AND r.org_id = p_org
        AND r.priority = 1 AND r.pos > p_h1 ORDER BY r.pos LIMIT 1)
      UNION ALL
      (SELECT r.id, r.pos FROM ${schema}.ready r WHERE r.queue_id = p_queue_id AND r.org_id = p_org
        AND r.priority = 2 AND r.pos > p_h2 ORDER BY r.pos LIMIT 1)
      UNION ALL
      (SELECT r.id, r.pos FROM ${schema}.ready r WHERE r.queue_id = p_queue_id AND r.org_id = p_org
        AND r.priority = 3 AND r.pos > p_h3 ORDER BY r.pos LIMIT 1)
      UNION ALL
      (SELECT r.id, r.pos FROM ${schema}.ready r WHERE r.queue_id = p_queue_id AND r.org_id = p_org
        AND r.priority = 4 AND r.pos > p_h4 ORDER BY r.pos LIMIT 1)) a
    ORDER BY a.pos LIMIT 1);
BEGIN
  RETURN (SELECT least(j.run_at, clock_timestamp()) FROM ${schema}.job j WHERE j.org_id = p_org AND j.id = v_id);
END $fn$;

-- The same for one queue, over all orgs, without what no drain has settled yet. What it costs follows the lanes of it.
-- Places in the line are given in the order of time over all lanes, and no lane's first job stands before its heads: so
-- the lanes are looked at from the least head on, until none can have an older job, or a thousand were.
CREATE FUNCTION ${schema}.queue_counts_v1(p_queue text, OUT waiting bigint, OUT scheduled bigint, OUT ready bigint,
  OUT running bigint, OUT dead bigint, OUT oldest timestamptz)
LANGUAGE plpgsql STABLE AS $fn$
#variable_conflict use_column
DECLARE
  v_queue_id smallint := (SELECT q.queue_id FROM ${schema}.queue q WHERE q.name = p_queue);
  v_lane record;
  v_pos bigint;
  v_first bigint;
  v_org uuid;
BEGIN
  SELECT coalesce(sum(greatest(l.waiting, 0)), 0), coalesce(sum(l.scheduled), 0),
      coalesce(sum(greatest(l.queued, 0)), 0), coalesce(sum(l.running), 0), coalesce(sum(greatest(l.dead, 0)), 0)
    INTO waiting, scheduled, ready, running, dead
    FROM ${schema}.lane l WHERE l.queue_id = v_queue_id;
  IF ready = 0 THEN
    RETURN;
  END IF;
  FOR v_lane IN SELECT l.org_id, l.h1, l.h2, l.h3, l.h4, least(l.h1, l.h2, l.h3, l.h4) AS h FROM ${schema}.lane l
      WHERE l.queue_id = v_queue_id AND l.queued > 0 ORDER BY 6 LIMIT 1000 LOOP
    EXIT WHEN v_lane.h >= v_first;
    v_pos := ${schema}.first_place_v1(v_queue_id, v_lane.org_id, v_lane.h1, v_lane.h2, v_lane.h3, v_lane.h4);
    IF v_pos < coalesce(v_first, 9223372036854775807) THEN
      v_first := v_pos;
      v_org := v_lane.org_id;
    END IF;
  END LOOP;
  IF v_first IS NOT NULL THEN
    oldest := ${schema}.oldest_v1(v_queue_id, v_org, v_first - 1, v_first - 1, v_first - 1, v_first - 1);
  END IF;
END $fn$;

-- Where the first job in a lane's line stands. Nobody but the dispatcher may execute it.
CREATE FUNCTION ${schema}.first_place_v1(p_queue_id smallint, p_org uuid, p_h1 bigint, p_h2 bigint, p_h3 bigint,
  p_h4 bigint)
RETURNS bigint LANGUAGE plpgsql STABLE AS $fn$
BEGIN
  RETURN least(
    (SELECT min(r.pos) FROM ${schema}.ready r WHERE r.queue_id = p_queue_id AND r.org_id = p_org AND r.priority = 1
      AND r.pos > p_h1),
    (SELECT min(r.pos) FROM ${schema}.ready r WHERE r.queue_id = p_queue_id AND r.org_id = p_org AND r.priority = 2
      AND r.pos > p_h2),
    (SELECT min(r.pos) FROM ${schema}.ready r WHERE r.queue_id = p_queue_id AND r.org_id = p_org AND r.priority = 3
      AND r.pos > p_h3),
    (SELECT min(r.pos) FROM ${schema}.ready r WHERE r.queue_id = p_queue_id AND r.org_id = p_org AND r.priority = 4
      AND r.pos > p_h4));
END $fn$;

-- The lanes of a queue with the most jobs in a state (1 scheduled, 2 ready, 3 running, 4 dead, 7 waiting), those with
-- none left out, from after the lane p_org with p_value of them; both null: from the first. Dead letters have an index,
-- lane_dead; for the others it reads the counters of all lanes of the queue.
CREATE FUNCTION ${schema}.queue_lanes_v1(p_queue text, p_state smallint, p_value bigint, p_org uuid, p_limit int)
RETURNS TABLE (org_id uuid, waiting bigint, scheduled bigint, ready bigint, running bigint, dead bigint,
  oldest timestamptz)
LANGUAGE plpgsql STABLE AS $fn$
#variable_conflict use_column
DECLARE
  v_queue_id smallint := (SELECT q.queue_id FROM ${schema}.queue q WHERE q.name = p_queue);
  v_value bigint := coalesce(p_value, 9223372036854775807);
  v_org uuid := coalesce(p_org, 'ffffffff-ffff-ffff-ffff-ffffffffffff');
BEGIN
  IF (p_state IN (1, 2, 3, 4, 7) AND p_limit BETWEEN 1 AND 1000) IS NOT TRUE THEN
    RAISE EXCEPTION USING ERRCODE = 'CR006', MESSAGE = format('%s lanes by state %s are not valid', p_limit, p_state),
      HINT = 'Lanes: 1 to 1000; states: 1, 2, 3, 4 and 7.';
  ELSIF p_state = 4 THEN
    RETURN QUERY SELECT t.org_id, greatest(t.waiting, 0), t.scheduled, greatest(t.queued, 0), t.running::bigint, t.dead,
        CASE WHEN t.queued > 0 THEN ${schema}.oldest_v1(v_queue_id, t.org_id, t.h1, t.h2, t.h3, t.h4) END
      FROM (SELECT l.* FROM ${schema}.lane l
        WHERE l.queue_id = v_queue_id AND l.dead > 0 AND (l.dead, l.org_id) < (v_value, v_org)
        ORDER BY l.dead DESC, l.org_id DESC LIMIT p_limit) t;
  ELSE
    RETURN QUERY SELECT t.org_id, greatest(t.waiting, 0), t.scheduled, greatest(t.queued, 0), t.running::bigint,
        greatest(t.dead, 0),
        CASE WHEN t.queued > 0 THEN ${schema}.oldest_v1(v_queue_id, t.org_id, t.h1, t.h2, t.h3, t.h4) END
      FROM (SELECT v.* FROM (SELECT l.org_id, l.waiting, l.scheduled, l.queued, l.running, l.dead, l.h1, l.h2, l.h3,
            l.h4, CASE p_state WHEN 1 THEN l.scheduled WHEN 2 THEN l.queued WHEN 3 THEN l.running ELSE l.waiting END
              AS value
          FROM ${schema}.lane l WHERE l.queue_id = v_queue_id) v
        WHERE v.value > 0 AND (v.value, v.org_id) < (v_value, v_org)
        ORDER BY v.value DESC, v.org_id DESC LIMIT p_limit) t;
  END IF;
END $fn$;

-- Writes down how far ids have got, if nobody has in the last minute, and forgets what no job can be as old as.
CREATE FUNCTION ${schema}.mark_jobs_v1() RETURNS void LANGUAGE plpgsql AS $fn$
DECLARE
  v_now timestamptz := clock_timestamp();
BEGIN
  INSERT INTO ${schema}.job_mark (at, id) SELECT v_now, s.last_value FROM ${schema}.job_seq s
    WHERE NOT EXISTS (SELECT FROM ${schema}.job_mark m WHERE m.at > v_now - interval '1 minute')
    ON CONFLICT DO NOTHING;
  DELETE FROM ${schema}.job_mark m WHERE m.at < v_now - interval '87864 hours';
END $fn$;

-- Ends dead letters that died more than p_days ago, as discard_v1 does, at most about p_limit; returns how many. Those
-- were enqueued before that, so a mark bounds what is looked at, unless they came from another database since. An org
-- that moves just then is left alone, and so is a job whose row somebody holds, as who redrives it does: it is looked
-- at by a later call.
CREATE FUNCTION ${schema}.expire_dead_v1(p_days int, p_limit int DEFAULT 1000) RETURNS int LANGUAGE plpgsql AS $fn$
DECLARE
  v_before timestamptz := clock_timestamp() - p_days * interval '24 hours';
  v_last bigint := (SELECT m.id FROM ${schema}.job_mark m WHERE m.at >= v_before ORDER BY m.at LIMIT 1);
  v_callers text := coalesce(current_setting('croft.org_id', true), '');
  v_org uuid;
  v_came timestamptz;
  a_id bigint[];
  v_n int := 0;
BEGIN
  IF (p_days BETWEEN 1 AND 3650 AND p_limit BETWEEN 1 AND 1000) IS NOT TRUE THEN
    RAISE EXCEPTION USING ERRCODE = 'CR006', MESSAGE = format('dead letters of %s days, %s at once, are not valid',
      p_days, p_limit), HINT = 'Retention: 1 to 3650 days; at once: 1 to 1000.';
  END IF;
  -- in one order, since two calls at once take rows of one org after the other
  FOR v_org, v_came IN SELECT o.org_id, o.came_at
      FROM (SELECT DISTINCT l.org_id FROM ${schema}.lane l WHERE l.dead > 0) d
        JOIN ${schema}.org o ON o.org_id = d.org_id AND o.state IN ('ACTIVE', 'ERASING') ORDER BY 1 LOOP
    a_id := ARRAY(SELECT j.id FROM ${schema}.job j WHERE j.org_id = v_org AND j.state = 4
      AND j.id <= CASE WHEN v_came > v_before THEN 9223372036854775807 ELSE coalesce(v_last, 9223372036854775807) END
      AND j.updated_at < v_before ORDER BY j.id LIMIT p_limit - v_n FOR UPDATE SKIP LOCKED);
    CONTINUE WHEN a_id = '{}';
    BEGIN
      PERFORM set_config('croft.org_id', v_org::text, true);
      v_n := v_n + (SELECT count(*) FROM ${schema}.discard_v1(v_org, a_id,
        format('was a dead letter for more than %s days', p_days)));
    EXCEPTION WHEN SQLSTATE 'CR008' THEN
      CONTINUE;  -- it has left since the list was read
    END;
    EXIT WHEN v_n >= p_limit;
  END LOOP;
  PERFORM set_config('croft.org_id', v_callers, true);
  RETURN v_n;
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

-- Removes all that the queue holds of an org that is being erased, has moved to another database, or arrives and has to
-- begin anew, at most p_limit rows of each large table a call; returns how many rows. To be called until it returns 0:
-- a job that was being claimed or promoted meanwhile shows up in the next call. Until then the org's pause stays, so
-- that what has moved, or arrives, is not claimed here between two calls. An enqueue that is still open makes the
-- deletion of the org's own row wait, and fail (wake's foreign key) unless what it left for its lanes was drained
-- before: erase again in either case.
CREATE FUNCTION ${schema}.erase_jobs_v1(p_org uuid, p_limit int DEFAULT 10000) RETURNS bigint LANGUAGE plpgsql AS $fn$
DECLARE
  v_n bigint;
  v_sum bigint := 0;
  v_callers text := coalesce(current_setting('croft.org_id', true), '');
BEGIN
  IF EXISTS (SELECT FROM ${schema}.org o WHERE o.org_id = p_org AND o.state IN ('ACTIVE', 'LEAVING', 'SUSPENDED')) THEN
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
  -- What belongs to its jobs goes when none is left: who ends one has its row, and then takes these.
  IF v_n < p_limit THEN
    DELETE FROM ${schema}.job_wait w WHERE w.ctid = ANY (ARRAY(
      SELECT b.ctid FROM ${schema}.job_wait b WHERE b.org_id = p_org LIMIT p_limit));
    GET DIAGNOSTICS v_n = ROW_COUNT;
    v_sum := v_sum + v_n;
    DELETE FROM ${schema}.job_key k WHERE k.org_id = p_org AND k.key = ANY (ARRAY(
      SELECT b.key FROM ${schema}.job_key b WHERE b.org_id = p_org ORDER BY b.key LIMIT p_limit));
    GET DIAGNOSTICS v_n = ROW_COUNT;
    v_sum := v_sum + v_n;
  END IF;
  DELETE FROM ${schema}.job_history h WHERE h.org_id = p_org AND h.id = ANY (ARRAY(
    SELECT b.id FROM ${schema}.job_history b WHERE b.org_id = p_org ORDER BY b.id LIMIT p_limit));
  GET DIAGNOSTICS v_n = ROW_COUNT;
  v_sum := v_sum + v_n;
  DELETE FROM ${schema}.job_result r WHERE r.org_id = p_org AND r.id = ANY (ARRAY(
    SELECT b.id FROM ${schema}.job_result b WHERE b.org_id = p_org ORDER BY b.id LIMIT p_limit));
  GET DIAGNOSTICS v_n = ROW_COUNT;
  v_sum := v_sum + v_n;
  DELETE FROM ${schema}.job_hour h WHERE h.ctid = ANY (ARRAY(
    SELECT b.ctid FROM ${schema}.job_hour b WHERE b.org_id = p_org LIMIT p_limit));
  GET DIAGNOSTICS v_n = ROW_COUNT;
  v_sum := v_sum + v_n;
  PERFORM set_config('croft.org_id', v_callers, true);
  DELETE FROM ${schema}.scheduled s WHERE s.ctid = ANY (ARRAY(
    SELECT b.ctid FROM ${schema}.scheduled b WHERE b.org_id = p_org LIMIT p_limit FOR UPDATE));
  GET DIAGNOSTICS v_n = ROW_COUNT;
  v_sum := v_sum + v_n;
  PERFORM FROM ${schema}.lane l WHERE l.org_id = p_org ORDER BY l.queue_id FOR UPDATE;
  DELETE FROM ${schema}.ready r WHERE r.org_id = p_org AND r.ctid = ANY (ARRAY(
    SELECT b.ctid FROM ${schema}.queue q
        JOIN ${schema}.ready b ON b.queue_id = ANY (ARRAY[q.queue_id]) AND b.org_id = p_org LIMIT p_limit));
  GET DIAGNOSTICS v_n = ROW_COUNT;
  v_sum := v_sum + v_n;
  DELETE FROM ${schema}.move m WHERE m.org_id = p_org;
  DELETE FROM ${schema}.job_settle t WHERE t.ctid = ANY (ARRAY(  -- settle removes itself what it is just at
    SELECT b.ctid FROM ${schema}.job_settle b WHERE b.org_id = p_org FOR UPDATE SKIP LOCKED));
  DELETE FROM ${schema}.wake w WHERE w.org_id = p_org;
  GET DIAGNOSTICS v_n = ROW_COUNT;
  v_sum := v_sum + v_n;
  DELETE FROM ${schema}.lane l WHERE l.org_id = p_org AND NOT EXISTS (
    SELECT FROM ${schema}.ready r WHERE r.queue_id = ANY (ARRAY[l.queue_id]) AND r.org_id = p_org OFFSET 0);
  GET DIAGNOSTICS v_n = ROW_COUNT;
  v_sum := v_sum + v_n;
  IF v_sum = 0 THEN
    DELETE FROM ${schema}.paused_org p WHERE p.org_id = p_org;
  END IF;
  RETURN v_sum;
END $fn$;

-- Makes the partitions by UTC day of one of the history's tables, from today to p_ahead_days ahead; returns how many.
-- Nobody but the tables' owner may execute it.
--
-- They are made apart and attached, because CREATE TABLE … PARTITION OF would lock out every finish. Attaching locks
-- only the default partition, whose rows of that day move over. That has no policy, so its force is lifted for the
-- length of this transaction, in which nobody else can see it. Nothing is ever changed in them and the whole goes at
-- once, so they need no vacuum but the one that keeps transaction ids from running out.
CREATE FUNCTION ${schema}.make_days_v1(p_table text, p_ahead_days int) RETURNS int LANGUAGE plpgsql AS $fn$
DECLARE
  v_today date := (clock_timestamp() AT TIME ZONE 'UTC')::date;
  v_default text := p_table || '_default';
  v_day date;
  v_name text;
  v_n int := 0;
BEGIN
  FOR v_day IN SELECT v_today + g FROM generate_series(0, p_ahead_days) g LOOP
    v_name := p_table || '_p' || to_char(v_day, 'YYYYMMDD');
    CONTINUE WHEN to_regclass('${schema}.' || v_name) IS NOT NULL;
    EXECUTE format('CREATE TABLE ${schema}.%I (LIKE ${schema}.%I INCLUDING CONSTRAINTS)'
      ' WITH (autovacuum_vacuum_insert_threshold = -1)', v_name, p_table);
    EXECUTE format('LOCK TABLE ${schema}.%I IN ACCESS EXCLUSIVE MODE', v_default);
    EXECUTE format('ALTER TABLE ${schema}.%I NO FORCE ROW LEVEL SECURITY', v_default);
    EXECUTE format('WITH d AS (DELETE FROM ${schema}.%1$I WHERE finished_at >= %2$L AND finished_at < %3$L RETURNING *)'
      ' INSERT INTO ${schema}.%4$I SELECT * FROM d',
      v_default, v_day::text || ' 00:00:00+00', (v_day + 1)::text || ' 00:00:00+00', v_name);
    EXECUTE format('ALTER TABLE ${schema}.%I FORCE ROW LEVEL SECURITY', v_default);
    EXECUTE format('ALTER TABLE ${schema}.%I ATTACH PARTITION ${schema}.%I FOR VALUES FROM (%L) TO (%L)', p_table,
      v_name, v_day::text || ' 00:00:00+00', (v_day + 1)::text || ' 00:00:00+00');
    EXECUTE format('ALTER TABLE ${schema}.%I ENABLE ROW LEVEL SECURITY', v_name);
    EXECUTE format('ALTER TABLE ${schema}.%I FORCE ROW LEVEL SECURITY', v_name);
    v_n := v_n + 1;
  END LOOP;
  RETURN v_n;
END $fn$;

-- Drops the partitions of which every row is older than p_keep_days, and deletes rows as old from the default one;
-- returns how many it dropped. Nobody but the tables' owner may execute it.
--
-- To drop one, the table must be free of readers and writers for a moment, and while that is waited for nobody new gets
-- at it: finishing jobs stand still. So it is waited for a fifth of a second and no longer; where somebody holds the
-- table, as a transaction that is left open does, what is left is for the next call.
CREATE FUNCTION ${schema}.drop_days_v1(p_table text, p_keep_days int) RETURNS int LANGUAGE plpgsql AS $fn$
DECLARE
  v_before date := (clock_timestamp() AT TIME ZONE 'UTC')::date - p_keep_days;
  v_default text := p_table || '_default';
  v_name text;
  v_n int := 0;
BEGIN
  PERFORM set_config('lock_timeout', '200ms', true);
  BEGIN
    FOR v_name IN SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = to_regclass('${schema}.' || p_table) AND c.relname ~ ('^' || p_table || '_p[0-9]{8}$')
          AND to_date(right(c.relname, 8), 'YYYYMMDD') < v_before
        ORDER BY 1 LOOP
      EXECUTE format('DROP TABLE ${schema}.%I', v_name);
      v_n := v_n + 1;
    END LOOP;
    IF pg_relation_size('${schema}.' || v_default) > 0 THEN  -- what no partition was there for in time
      EXECUTE format('ALTER TABLE ${schema}.%I NO FORCE ROW LEVEL SECURITY', v_default);
      EXECUTE format('DELETE FROM ${schema}.%I WHERE finished_at < %L', v_default, v_before::text || ' 00:00:00+00');
      EXECUTE format('ALTER TABLE ${schema}.%I FORCE ROW LEVEL SECURITY', v_default);
    END IF;
  EXCEPTION WHEN lock_not_available THEN
    v_n := 0;  -- those that it had dropped are there again
  END;
  RETURN v_n;
END $fn$;

-- Keeps the partitions of job_history and job_result: makes those from today (UTC) to p_ahead_days ahead, and drops
-- those of which every row is older than the days given for it: of completed jobs, of cancelled ones, and of results,
-- which go with their jobs at the latest. Runs as the tables' owner, which alone may. Does nothing while another
-- process is at it; fails with lock_not_available (55P03) if it cannot make a partition within two seconds.
CREATE FUNCTION ${schema}.maintain_history_v1(p_completed_days int DEFAULT 7, p_cancelled_days int DEFAULT 7,
  p_result_days int DEFAULT 7, p_ahead_days int DEFAULT 3)
RETURNS TABLE (created int, dropped int) LANGUAGE plpgsql AS $fn$
BEGIN
  created := 0;
  dropped := 0;
  IF (p_completed_days BETWEEN 1 AND 3650 AND p_cancelled_days BETWEEN 1 AND 3650 AND p_result_days BETWEEN 1 AND 3650
      AND p_ahead_days BETWEEN 1 AND 30) IS NOT TRUE THEN
    RAISE EXCEPTION USING ERRCODE = 'CR006', MESSAGE = format('history of %s, %s and %s days, made %s days ahead, is'
      ' not valid', p_completed_days, p_cancelled_days, p_result_days, p_ahead_days),
      HINT = 'Retention: 1 to 3650 days; ahead: 1 to 30 days.';
  END IF;
  BEGIN
    LOCK TABLE ONLY ${schema}.job_history IN SHARE UPDATE EXCLUSIVE MODE NOWAIT;  -- holds up no reading or writing
  EXCEPTION WHEN lock_not_available THEN
    RETURN NEXT;
    RETURN;
  END;
  created := ${schema}.make_days_v1('job_completed', p_ahead_days)
    + ${schema}.make_days_v1('job_cancelled', p_ahead_days) + ${schema}.make_days_v1('job_result', p_ahead_days);
  dropped := ${schema}.drop_days_v1('job_result', least(p_result_days, p_completed_days))
    + ${schema}.drop_days_v1('job_cancelled', p_cancelled_days)
    + ${schema}.drop_days_v1('job_completed', p_completed_days);
  RETURN NEXT;
END $fn$;
