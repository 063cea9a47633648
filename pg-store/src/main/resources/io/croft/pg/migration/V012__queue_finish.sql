-- An attempt and its end: finish, deferred finish, heartbeat, progress, release, rescue.

-- What finish_v1, finish_deferred_v1, release_v1 and rescue_v1 share. Nobody but the dispatcher may execute it.
-- Outcomes: 1 completed; 2 retry (dead once its attempts are used up, or if the next one would begin after the job's
-- deadline); 3 dead; 4 snooze, which consumes no attempt; 5 cancelled; 6 cancelled before the attempt began, which
-- consumes none either; 7, here alone: what 6 is if there was an attempt before, dead with the error of that. The error
-- message of 4, 5, 6 and 7 is the job's note. Delay null: for a retry 250 ms
-- times the attempt's number, a minute at most, give or take a quarter (an attempt whose lease ended has waited
-- already); for a snooze none. Without a delay the job goes to the end of its line at once.
-- p_took_us: how long the attempt kept a worker busy; null, or more than the time since its claim: that time.
-- p_taken: the attempt does not end itself, it is taken away; its fence then does not count as accepted.
-- A job that a person cancelled while it ran ends as cancelled by any outcome but completed; that person's reason is
-- its note, and the error is what it was before this attempt.
-- What an end means to jobs that wait for it is left to settle_v1.
-- p_defer: leave all lanes to drain. Needed where the transaction goes on, since it then must hold no lane's lock.
-- Only those whose fence held and whose job is still there are in the answer.
--
-- Attempts are taken by their ids, each with its job's row where that is to go; jobs that stay come after those. Nobody
-- who holds a job's row waits for an attempt's. discard_v1, which takes rows of jobs alone, may meet this in the
-- opposite order where a job goes and one before it stays: Postgres ends one of both, and that one is done again. What
-- counts of a job is read as of the beginning, before its attempt was waited for: of one that runs, nothing changes its
-- attempts, its deadline or its run-at.
CREATE FUNCTION ${schema}.finish_core_v1(p_org uuid[], p_id bigint[], p_fence bigint[], p_outcome smallint[],
  p_result jsonb[], p_delay_ms bigint[], p_error_class text[], p_error_message text[], p_error_stack text[],
  p_took_us bigint[], p_taken boolean, p_defer boolean)
RETURNS TABLE (ord int, state smallint)
LANGUAGE plpgsql AS $fn$
#variable_conflict use_column
DECLARE
  v_now timestamptz := clock_timestamp();
  a_ord int[];
  a_state smallint[];
  a_member int[];  -- those that others wait for, or that were after others themselves
  a_member_state smallint[];
  a_queue smallint[];
  a_org uuid[];
  a_n int[];
  a_timed int[];
  a_took float8[];
  a_charged float8[];
  a_later int[];
  a_died int[];
  a_locked int[];
BEGIN
  WITH i AS MATERIALIZED (  -- in the order of the locks
    SELECT * FROM unnest(p_org, p_id, p_fence, p_outcome, p_result, p_delay_ms, p_error_class, p_error_message,
        p_error_stack, p_took_us)
      WITH ORDINALITY AS t (org_id, id, fence, outcome, result, delay_ms, error_class, error_message, error_stack,
        took_us, ord)
      ORDER BY t.id),
  d AS MATERIALIZED (
    -- By fence as well: an attempt that was taken over must not wait for its successor's transaction.
    DELETE FROM ${schema}.run r USING i WHERE r.id = ANY (ARRAY[i.id]) AND r.org_id = i.org_id AND r.fence = i.fence
      RETURNING r.id, r.org_id, r.queue_id, r.priority, r.attempt, r.fence, r.started_at, i.ord, i.result, i.delay_ms,
        r.charge,
        CASE WHEN r.cancel_requested IS NOT NULL AND i.outcome NOT IN (1, 6) THEN 5::smallint
          WHEN r.cancel_requested IS NULL AND i.outcome = 6 AND r.attempt > 1 THEN 7::smallint
          ELSE i.outcome END AS outcome,
        -- A millisecond is the least, so that no lane is served for nothing; one that is taken away took its lease.
        greatest(1, least(i.took_us / 1000.0::float8,
          extract(epoch FROM CASE WHEN p_taken THEN least(v_now, r.lease_until) ELSE v_now END - r.started_at)::float8
            * 1000)) AS took,
        left(i.error_class, 255) AS error_class, coalesce(r.cancel_requested, left(i.error_message, 8192))
          AS error_message, left(i.error_stack, 16384) AS error_stack),
  gone AS (
    DELETE FROM ${schema}.job j USING d WHERE d.outcome IN (1, 5, 6)
        AND j.org_id = ANY (ARRAY[d.org_id]) AND j.id = ANY (ARRAY[d.id])
      RETURNING d.ord, CASE d.outcome WHEN 1 THEN 5 ELSE 6 END::smallint AS state, d.fence, d.result,
        CASE d.outcome WHEN 6 THEN d.attempt - 1 ELSE d.attempt END AS consumed,
        CASE WHEN d.outcome <> 1 THEN left(d.error_message, 1024) END AS note,
        coalesce(j.first_run_at, CASE WHEN d.outcome <> 6 THEN d.started_at END) AS first_run_at, j.org_id, j.id,
        j.queue_id, j.kind, j.priority, j.max_attempts, j.past_attempts, j.run_at, j.created_at, j.deadline, j.key, j.tags,
        j.payload, j.error_class, j.error_message, j.error_stack,
        j.has_children IS TRUE OR j.waits_for IS NOT NULL AS member),
  e AS MATERIALIZED (
    SELECT d.*, v_now + coalesce(d.delay_ms, CASE d.outcome WHEN 2
        THEN least(250 * d.attempt, 60000) * (0.75 + random() / 2) ELSE 0 END) * interval '1 ms' AS next_at
      FROM d WHERE d.outcome IN (2, 3, 4, 7)),
  k AS MATERIALIZED (
    SELECT e.*, (CASE e.outcome WHEN 3 THEN 4 WHEN 7 THEN 4 WHEN 4 THEN 0
          ELSE CASE WHEN e.attempt >= j.max_attempts OR e.next_at > j.deadline THEN 4 ELSE 0 END END)::smallint
          AS state,
        CASE WHEN e.outcome IN (4, 7) THEN e.attempt - 1 ELSE e.attempt END AS consumed,
        CASE WHEN e.outcome IN (3, 7) OR e.outcome = 2 AND (e.attempt >= j.max_attempts OR e.next_at > j.deadline)
          THEN j.run_at ELSE e.next_at END AS run_at,
        CASE WHEN e.outcome IN (4, 7) THEN left(e.error_message, 1024)
          WHEN e.outcome = 2 AND e.attempt < j.max_attempts AND e.next_at > j.deadline
            THEN format('not tried again: the next attempt would begin after the deadline, %s', j.deadline) END AS note,
        coalesce(j.first_run_at, e.started_at) AS first_run_at
      FROM e JOIN ${schema}.job j ON j.org_id = ANY (ARRAY[e.org_id]) AND j.id = ANY (ARRAY[e.id])),
  h AS (
    INSERT INTO ${schema}.job_history (finished_at, org_id, id, queue_id, kind, priority, outcome, attempts,
        max_attempts, past_attempts, run_at, created_at, deadline, first_run_at, accepted_fence, key, tags, error_class,
        error_message, error_stack, note, payload)
      SELECT v_now, g.org_id, g.id, g.queue_id, g.kind, g.priority, g.state, g.consumed, g.max_attempts,
        g.past_attempts, g.run_at, g.created_at, g.deadline, g.first_run_at, CASE WHEN NOT p_taken THEN g.fence END,
        g.key, g.tags, g.error_class, g.error_message, g.error_stack, g.note, g.payload
        FROM gone g),
  hr AS (
    INSERT INTO ${schema}.job_result (finished_at, org_id, id, result)
      SELECT v_now, g.org_id, g.id, g.result FROM gone g WHERE g.result IS NOT NULL),
  ky AS (
    UPDATE ${schema}.job_key y SET state = g.state, result = g.result FROM gone g
      WHERE g.key IS NOT NULL AND y.org_id = ANY (ARRAY[g.org_id]) AND y.key = ANY (ARRAY[g.key]) AND y.job_id = g.id
        AND y.expires_at > '-infinity'),
  kz AS (
    DELETE FROM ${schema}.job_key y USING gone g
      WHERE g.key IS NOT NULL AND y.org_id = ANY (ARRAY[g.org_id]) AND y.key = ANY (ARRAY[g.key]) AND y.job_id = g.id
        AND y.expires_at = '-infinity'),
  kept AS (
    UPDATE ${schema}.job j SET state = k.state, attempt = k.consumed, run_at = k.run_at, updated_at = v_now,
        accepted_fence = CASE WHEN p_taken THEN j.accepted_fence ELSE k.fence END,
        error_class = CASE WHEN k.outcome IN (4, 7) THEN j.error_class ELSE k.error_class END,
        error_message = CASE WHEN k.outcome IN (4, 7) THEN j.error_message ELSE k.error_message END,
        error_stack = CASE WHEN k.outcome IN (4, 7) THEN j.error_stack ELSE k.error_stack END,
        first_run_at = k.first_run_at, note = k.note
      FROM k WHERE j.org_id = ANY (ARRAY[k.org_id]) AND j.id = ANY (ARRAY[k.id])
      RETURNING k.ord, k.state, k.org_id, k.id, k.queue_id, k.priority, k.consumed, k.run_at,
        j.has_children IS TRUE AND k.state = 4 AS member),
  s AS (
    INSERT INTO ${schema}.scheduled (run_at, id, org_id, queue_id, priority, attempt)
      SELECT e.run_at, e.id, e.org_id, e.queue_id, e.priority, e.consumed FROM kept e
        WHERE e.state = 0 AND e.run_at > v_now),
  q AS (
    INSERT INTO ${schema}.ready (queue_id, org_id, priority, pos, id, attempt)
      SELECT e.queue_id, e.org_id, e.priority, nextval('${schema}.job_seq'), e.id, e.consumed FROM kept e
        WHERE e.state = 0 AND e.run_at <= v_now
      RETURNING queue_id, org_id, priority, pos),
  w AS (
    INSERT INTO ${schema}.wake (queue_id, org_id, priority, min_pos, added, untold)
      SELECT q.queue_id, q.org_id, q.priority, min(q.pos), count(*), true FROM q GROUP BY 1, 2, 3),
  o AS MATERIALIZED (
    SELECT g.ord, g.state, g.member FROM gone g UNION ALL SELECT e.ord, e.state, e.member FROM kept e),
  f AS (SELECT x.queue_id, x.org_id, sum(x.n)::int AS n, count(x.charge) AS timed,
      coalesce(sum(x.took) FILTER (WHERE x.charge IS NOT NULL), 0) AS took, coalesce(sum(x.charge), 0) AS charged,
      sum(x.later) AS later, sum(x.died) AS died
    FROM (SELECT d.queue_id, d.org_id, 1 AS n, d.charge, d.took, 0 AS later, 0 AS died FROM d
      UNION ALL SELECT e.queue_id, e.org_id, 0, NULL, NULL, (e.state = 0 AND e.run_at > v_now)::int,
          (e.state = 4)::int FROM kept e) x
    GROUP BY 1, 2)
  SELECT (SELECT array_agg(o.ord) FROM o), (SELECT array_agg(o.state) FROM o),
      (SELECT array_agg(o.ord) FILTER (WHERE o.member) FROM o),
      (SELECT array_agg(o.state) FILTER (WHERE o.member) FROM o),
      array_agg(f.queue_id), array_agg(f.org_id), array_agg(f.n), array_agg(f.timed), array_agg(f.took),
      array_agg(f.charged), array_agg(f.later), array_agg(f.died)
    INTO a_ord, a_state, a_member, a_member_state, a_queue, a_org, a_n, a_timed, a_took, a_charged, a_later, a_died
    FROM f;
  IF a_member IS NOT NULL THEN
    INSERT INTO ${schema}.job_settle (org_id, parent_id, outcome)
      SELECT p_org[t.ord], p_id[t.ord], t.state FROM unnest(a_member, a_member_state) AS t (ord, state);
  END IF;
  IF a_org IS NULL THEN
    RETURN;
  ELSIF p_defer THEN
    INSERT INTO ${schema}.wake (queue_id, org_id, freed, timed, took, charged, later, died)
      SELECT * FROM unnest(a_queue, a_org, a_n, a_timed, a_took, a_charged, a_later, a_died);
  ELSE
    -- Lanes that others hold are left to drain as well: whoever waited for one would hold those of other orgs meanwhile.
    a_locked := ARRAY(
      SELECT x.ord::int FROM unnest(a_queue, a_org) WITH ORDINALITY AS x (queue_id, org_id, ord)
        JOIN ${schema}.lane l ON l.queue_id = ANY (ARRAY[x.queue_id]) AND l.org_id = ANY (ARRAY[x.org_id])
      FOR NO KEY UPDATE OF l SKIP LOCKED);
    IF cardinality(a_locked) < cardinality(a_org) THEN
      INSERT INTO ${schema}.wake (queue_id, org_id, freed, timed, took, charged, later, died)
        SELECT x.queue_id, x.org_id, x.n, x.timed, x.took, x.charged, x.later, x.died
          FROM unnest(a_queue, a_org, a_n, a_timed, a_took, a_charged, a_later, a_died)
            WITH ORDINALITY AS x (queue_id, org_id, n, timed, took, charged, later, died, ord)
          WHERE x.ord <> ALL (a_locked);
      SELECT array_agg(x.queue_id), array_agg(x.org_id), array_agg(x.n), array_agg(x.timed), array_agg(x.took),
          array_agg(x.charged), array_agg(x.later), array_agg(x.died)
        INTO a_queue, a_org, a_n, a_timed, a_took, a_charged, a_later, a_died
        FROM unnest(a_queue, a_org, a_n, a_timed, a_took, a_charged, a_later, a_died)
          WITH ORDINALITY AS x (queue_id, org_id, n, timed, took, charged, later, died, ord)
        WHERE x.ord = ANY (a_locked);
    END IF;
    UPDATE ${schema}.lane l SET running = l.running - x.n, scheduled = l.scheduled + x.later, dead = l.dead + x.died,
        -- the rest as drain does it
        vtime = greatest(l.vtime - l.credit + x.took / l.weight - x.charged, c.floor),
        credit = CASE WHEN l.st = 1
          THEN greatest(0, c.floor - (l.vtime - l.credit + x.took / l.weight - x.charged)) ELSE 0 END,
        pending = CASE WHEN l.running > x.n THEN greatest(0, l.pending - x.charged) ELSE 0 END,
        cost = CASE WHEN x.timed = 0 THEN l.cost ELSE x.took / x.timed
          + (coalesce(l.cost, x.took / x.timed) - x.took / x.timed) * power(0.875, least(x.timed, 100)) END,
        throttled_until = CASE WHEN l.throttled_until > v_now THEN l.throttled_until END
      FROM unnest(a_queue, a_org, a_n, a_timed, a_took, a_charged, a_later, a_died)
          AS x (queue_id, org_id, n, timed, took, charged, later, died)
        JOIN ${schema}.queue_clock c ON c.queue_id = x.queue_id
      WHERE l.queue_id = ANY (ARRAY[x.queue_id]) AND l.org_id = ANY (ARRAY[x.org_id]);
  END IF;
  RETURN QUERY SELECT * FROM unnest(a_ord, a_state);
END $fn$;

-- Ends up to 1,000 attempts, of any orgs; outcomes and delays as finish_core_v1 says. Where all are accepted, the
-- answer is one row, of no position and no state. Else it has one for each position: accepted 1; 2 if this very fence
-- was accepted before (the reply to that COMMIT was lost); 0 if the fence is stale, and then nothing was done for it.
-- state is where the job now is, null if stale or known only from before.
CREATE FUNCTION ${schema}.finish_v1(p_org uuid[], p_id bigint[], p_fence bigint[], p_outcome smallint[],
  p_result jsonb[] DEFAULT NULL, p_delay_ms bigint[] DEFAULT NULL, p_error_class text[] DEFAULT NULL,
  p_error_message text[] DEFAULT NULL, p_error_stack text[] DEFAULT NULL, p_took_us bigint[] DEFAULT NULL)
RETURNS TABLE (ord int, accepted smallint, state smallint)
LANGUAGE plpgsql AS $fn$
#variable_conflict use_column
DECLARE
  n int := coalesce(cardinality(p_id), 0);
  a_ord int[];  -- of those that were ended
  a_end smallint[];
  a_state smallint[];  -- by position; null where nothing was ended
BEGIN
  IF n = 0 THEN
    RETURN;
  ELSIF n > 1000 OR NOT coalesce(cardinality(p_org) = n AND cardinality(p_fence) = n AND cardinality(p_outcome) = n,
      false) OR cardinality(p_result) <> n OR cardinality(p_delay_ms) <> n OR cardinality(p_error_class) <> n
      OR cardinality(p_error_message) <> n OR cardinality(p_error_stack) <> n OR cardinality(p_took_us) <> n
      OR (p_outcome <@ '{1,2,3,4,5,6}'::smallint[]) IS NOT TRUE
      OR 0 > ANY (p_delay_ms) OR 3153600000000 < ANY (p_delay_ms) THEN
    RAISE EXCEPTION USING ERRCODE = 'CR006', MESSAGE = format('finish of %s attempts is not valid', n),
      HINT = 'At most 1000; arrays of one length; outcomes 1 to 6; delays from 0 to 100 years.';
  END IF;
  SELECT array_agg(c.ord), array_agg(c.state) INTO a_ord, a_end FROM ${schema}.finish_core_v1(
    p_org, p_id, p_fence, p_outcome, p_result, p_delay_ms, p_error_class, p_error_message, p_error_stack,
    p_took_us, false, false) c;
  IF cardinality(a_ord) = n THEN
    accepted := 1;
    RETURN NEXT;
    RETURN;
  END IF;
  a_state := array_fill(NULL::smallint, ARRAY[n]);
  FOR i IN 1..coalesce(cardinality(a_ord), 0) LOOP
    a_state[a_ord[i]] := a_end[i];
  END LOOP;
  RETURN QUERY SELECT i.ord::int,
      (CASE WHEN i.state IS NOT NULL THEN 1
        WHEN EXISTS (SELECT FROM ${schema}.job_history h
          WHERE h.org_id = ANY (ARRAY[i.org_id]) AND h.id = ANY (ARRAY[i.id]) AND h.accepted_fence = i.fence) THEN 2
        WHEN EXISTS (SELECT FROM ${schema}.job j
          WHERE j.org_id = ANY (ARRAY[i.org_id]) AND j.id = ANY (ARRAY[i.id]) AND j.accepted_fence = i.fence) THEN 2
        ELSE 0 END)::smallint,
      i.state
    FROM unnest(p_org, p_id, p_fence, a_state) WITH ORDINALITY AS i (org_id, id, fence, state, ord)
    ORDER BY i.ord;
END $fn$;

-- Ends one attempt inside the handler's own transaction, as its last statement: outcome 1 completed or 5 cancelled.
-- The job's slot is freed by the next drain after the COMMIT. A stale fence raises CR004, so that everything the
-- transaction did is rolled back. Where the transaction has an org (croft.org_id), it must be the one given; the
-- application's role must have one.
CREATE FUNCTION ${schema}.finish_deferred_v1(p_org uuid, p_id bigint, p_fence bigint, p_outcome smallint,
  p_result jsonb)
RETURNS void LANGUAGE plpgsql AS $fn$
BEGIN
  IF current_setting('role') = '${schema}_app' AND coalesce(current_setting('croft.org_id', true), '') = '' THEN
    RAISE EXCEPTION USING ERRCODE = 'CR005', MESSAGE = 'this transaction has no org', HINT = 'Set croft.org_id for it.';
  ELSIF p_org IS DISTINCT FROM coalesce(nullif(current_setting('croft.org_id', true), '')::uuid, p_org) THEN
    RAISE EXCEPTION USING ERRCODE = 'CR005', MESSAGE = format('org %s is not the org of this transaction', p_org),
      HINT = 'Finish a job in a transaction of its own org.';
  ELSIF (p_outcome IN (1, 5)) IS NOT TRUE THEN
    RAISE EXCEPTION USING ERRCODE = 'CR006', MESSAGE = format('outcome %s inside a transaction', p_outcome),
      HINT = 'Only completed (1) and cancelled (5) can end there.';
  END IF;
  PERFORM FROM ${schema}.finish_core_v1(ARRAY[p_org], ARRAY[p_id], ARRAY[p_fence], ARRAY[p_outcome], ARRAY[p_result],
    NULL, NULL, NULL, NULL, NULL, false, true);
  IF NOT FOUND AND NOT EXISTS (SELECT FROM ${schema}.job_history h
      WHERE h.org_id = p_org AND h.id = p_id AND h.accepted_fence = p_fence) THEN
    RAISE EXCEPTION USING ERRCODE = 'CR004', MESSAGE = format('job %s: fence %s is stale', p_id, p_fence),
      HINT = 'Its lease ended and the job went on without this attempt; roll back.';
  END IF;
END $fn$;

-- Leases up to 1,000 attempts anew, from now. Returns the positions of those that are still the caller's, and whether a
-- person has cancelled them. An attempt that a transaction is just finishing is among them, and is not waited for:
-- waiting would let the other leases run out.
CREATE FUNCTION ${schema}.heartbeat_v1(p_org uuid[], p_id bigint[], p_fence bigint[], p_lease_ms bigint)
RETURNS TABLE (ord int, cancelled boolean) LANGUAGE plpgsql AS $fn$
#variable_conflict use_column
DECLARE
  n int := coalesce(cardinality(p_id), 0);
BEGIN
  IF n > 1000 OR cardinality(p_org) <> n OR cardinality(p_fence) <> n
      OR (p_lease_ms BETWEEN 1 AND 86400000) IS NOT TRUE THEN
    RAISE EXCEPTION USING ERRCODE = 'CR006',
      MESSAGE = format('heartbeat of %s attempts for %s ms is not valid', n, p_lease_ms),
      HINT = 'At most 1000; arrays of one length; lease: 1 ms to a day.';
  END IF;
  UPDATE ${schema}.run r SET lease_until = clock_timestamp() + p_lease_ms * interval '1 ms'
    WHERE r.id = ANY (ARRAY(
      SELECT b.id FROM unnest(p_org, p_id, p_fence) AS i (org_id, id, fence)
          JOIN ${schema}.run b ON b.id = ANY (ARRAY[i.id]) AND b.org_id = i.org_id AND b.fence = i.fence
        FOR UPDATE OF b SKIP LOCKED));
  RETURN QUERY SELECT i.ord::int, r.cancel_requested IS NOT NULL
    FROM unnest(p_org, p_id, p_fence) WITH ORDINALITY AS i (org_id, id, fence, ord)
      JOIN ${schema}.run r ON r.id = ANY (ARRAY[i.id]) AND r.org_id = i.org_id AND r.fence = i.fence ORDER BY 1;
END $fn$;

-- Keeps what up to 1,000 attempts say of their progress, until they end. Returns the positions of those that it kept:
-- not those that are no longer the caller's, nor those whose rows are in use just now, for which it does not wait.
CREATE FUNCTION ${schema}.progress_v1(p_org uuid[], p_id bigint[], p_fence bigint[], p_fraction float8[],
  p_message text[])
RETURNS SETOF int LANGUAGE plpgsql AS $fn$
DECLARE
  n int := coalesce(cardinality(p_id), 0);
BEGIN
  IF n > 1000 OR cardinality(p_org) <> n OR cardinality(p_fence) <> n OR cardinality(p_fraction) <> n
      OR cardinality(p_message) <> n OR EXISTS (SELECT FROM unnest(p_fraction, p_message) AS t (fraction, message)
        WHERE (t.fraction BETWEEN 0 AND 1 AND length(t.message) <= 256) IS NOT TRUE) THEN
    RAISE EXCEPTION USING ERRCODE = 'CR006', MESSAGE = format('progress of %s attempts is not valid', n),
      HINT = 'At most 1000; arrays of one length; fractions: 0 to 1; messages: up to 256 characters.';
  END IF;
  RETURN QUERY
  WITH b AS MATERIALIZED (
    SELECT r.id, i.fraction, i.message, i.ord
      FROM unnest(p_org, p_id, p_fence, p_fraction, p_message) WITH ORDINALITY
          AS i (org_id, id, fence, fraction, message, ord)
        JOIN ${schema}.run r ON r.id = ANY (ARRAY[i.id]) AND r.org_id = i.org_id AND r.fence = i.fence
      FOR UPDATE OF r SKIP LOCKED)
  UPDATE ${schema}.run r SET progress = b.fraction, progress_message = b.message, progress_at = clock_timestamp()
    FROM b WHERE r.id = ANY (ARRAY[b.id]) RETURNING b.ord::int;
END $fn$;

-- Puts up to 1,000 leased jobs back into their lines at once, as a process does that stops: no attempt is consumed.
-- Those that a person has cancelled end. Returns how many were still the caller's.
CREATE FUNCTION ${schema}.release_v1(p_org uuid[], p_id bigint[], p_fence bigint[]) RETURNS int
LANGUAGE plpgsql AS $fn$
DECLARE
  n int := coalesce(cardinality(p_id), 0);
  v_n int;
BEGIN
  IF n > 1000 OR cardinality(p_org) <> n OR cardinality(p_fence) <> n THEN
    RAISE EXCEPTION USING ERRCODE = 'CR006', MESSAGE = format('release of %s attempts is not valid', n),
      HINT = 'At most 1000; arrays of one length.';
  END IF;
  SELECT count(*) INTO v_n FROM ${schema}.finish_core_v1(p_org, p_id, p_fence, array_fill(4::smallint, ARRAY[n]), NULL,
    NULL, NULL, NULL, NULL, NULL, true, false);
  RETURN v_n;
END $fn$;

-- Ends attempts whose lease has ended: each is a failed one, or ends a job that a person has cancelled. Returns what it
-- ended, which jobs those are, when they were enqueued, and where they now are.
CREATE FUNCTION ${schema}.rescue_v1(p_limit int DEFAULT 200)
RETURNS TABLE (org_id uuid, id bigint, queue_id smallint, worker text, attempt int, state smallint, kind text,
  created_at timestamptz)
LANGUAGE plpgsql AS $fn$
#variable_conflict use_column
DECLARE
  a_org uuid[];
  a_id bigint[];
  a_queue smallint[];
  a_worker text[];
  a_attempt int[];
  a_fence bigint[];
  a_kind text[];
  a_created timestamptz[];
  a_free bigint[];
BEGIN
  SELECT array_agg(e.org_id), array_agg(e.id), array_agg(e.queue_id), array_agg(e.worker), array_agg(e.attempt),
      array_agg(e.fence)
    INTO a_org, a_id, a_queue, a_worker, a_attempt, a_fence
    FROM (SELECT r.org_id, r.id, r.queue_id, r.worker, r.attempt, r.fence FROM ${schema}.run r
      WHERE r.lease_until < clock_timestamp() LIMIT p_limit FOR UPDATE SKIP LOCKED) e;
  IF a_id IS NULL THEN
    RETURN;
  END IF;
  -- A job that somebody holds is left for another call: whoever waited for it would hold those of other orgs meanwhile.
  a_free := ARRAY(
    SELECT j.id FROM unnest(a_org, a_id) AS i (org_id, id)
      JOIN ${schema}.job j ON j.org_id = ANY (ARRAY[i.org_id]) AND j.id = ANY (ARRAY[i.id])
    FOR UPDATE OF j SKIP LOCKED);
  IF cardinality(a_free) < cardinality(a_id) THEN
    SELECT array_agg(i.org_id), array_agg(i.id), array_agg(i.queue_id), array_agg(i.worker), array_agg(i.attempt),
        array_agg(i.fence)
      INTO a_org, a_id, a_queue, a_worker, a_attempt, a_fence
      FROM unnest(a_org, a_id, a_queue, a_worker, a_attempt, a_fence)
        AS i (org_id, id, queue_id, worker, attempt, fence)
      WHERE i.id = ANY (a_free) OR NOT EXISTS (SELECT FROM ${schema}.job j
        WHERE j.org_id = ANY (ARRAY[i.org_id]) AND j.id = ANY (ARRAY[i.id]));
    IF a_id IS NULL THEN
      RETURN;
    END IF;
  END IF;
  SELECT array_agg(j.kind ORDER BY i.ord), array_agg(j.created_at ORDER BY i.ord) INTO a_kind, a_created
    FROM unnest(a_org, a_id) WITH ORDINALITY AS i (org_id, id, ord)
      LEFT JOIN ${schema}.job j ON j.org_id = ANY (ARRAY[i.org_id]) AND j.id = ANY (ARRAY[i.id]);
  RETURN QUERY SELECT a_org[c.ord], a_id[c.ord], a_queue[c.ord], a_worker[c.ord], a_attempt[c.ord], c.state,
      a_kind[c.ord], a_created[c.ord]
    FROM ${schema}.finish_core_v1(a_org, a_id, a_fence, array_fill(2::smallint, ARRAY[cardinality(a_id)]), NULL, NULL,
      array_fill('LeaseExpired'::text, ARRAY[cardinality(a_id)]),
      ARRAY(SELECT 'lease expired at worker ' || w FROM unnest(a_worker) WITH ORDINALITY AS t (w, o) ORDER BY o), NULL,
      NULL, true, false) c;
END $fn$;
