-- Jobs that wait for others.
--
-- A job that is enqueued after others waits (job.state 7) while waits_for of them have not ended as it needs. It stands
-- in no line and in no schedule. Each job that it is after has a row in job_wait, which is there until the waiting job
-- itself has ended: its handler is told by it how they ended.
--
-- Nobody who ends a job or enqueues one touches others for it: both only insert. What a job's end means to others is
-- written with it, into job_settle, and settle_v1, a part of the upkeep, does it: it alone changes jobs that wait, but
-- for who cancels one. So ends of jobs never wait for one another, nor for a host's transaction that enqueues a job
-- after one that is just ending.
--
-- That no end is missed: an end writes to job_settle if the job's row says that others wait for it. Of jobs that are
-- enqueued together it says so from the beginning. For a job that was there before, the enqueue writes to job_settle
-- as well; settle_v1 then either finds that it has ended, or locks its row, finds it alive and makes it say so. The end
-- of a job needs that row, so it comes before this and is found, or after this and says so itself.
--
-- There can be no cycle: a job waits only for those before it in its call, or that are seen to be there already.

-- What a job waits for. state is 0 while that has not ended, or has not ended as needed; then how it ended, as V010
-- lists states: 5, 6, or 4 where an end of any sort is enough. It stays so, also if the dead letter is redriven.
CREATE TABLE ${schema}.job_wait (
  org_id uuid NOT NULL,
  child_id bigint NOT NULL,
  parent_id bigint NOT NULL,
  need smallint NOT NULL CHECK (need IN (1, 2)),  -- 1 that it completes, 2 that it ends, also as a dead letter
  state smallint NOT NULL DEFAULT 0 CHECK (state IN (0, 5, 6) OR state = 4 AND need = 2),
  name text CHECK (octet_length(name) BETWEEN 1 AND 64),  -- of the parent, in the flow that both came with
  PRIMARY KEY (org_id, child_id, parent_id)
) WITH (fillfactor = 90, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 5000,
  autovacuum_vacuum_cost_delay = 0);

CREATE INDEX job_wait_open ON ${schema}.job_wait (org_id, parent_id) WHERE state = 0;

ALTER TABLE ${schema}.job_wait ENABLE ROW LEVEL SECURITY;
ALTER TABLE ${schema}.job_wait FORCE ROW LEVEL SECURITY;
CREATE POLICY job_wait_app_read ON ${schema}.job_wait FOR SELECT TO ${schema}_app, ${schema}_admin
  USING (org_id = (SELECT nullif(current_setting('croft.org_id', true), '')::uuid));
CREATE POLICY job_wait_dispatch ON ${schema}.job_wait TO ${schema}_dispatch USING (true) WITH CHECK (true);
GRANT SELECT ON ${schema}.job_wait TO ${schema}_app, ${schema}_admin;
GRANT SELECT, INSERT, DELETE, UPDATE (state) ON ${schema}.job_wait TO ${schema}_dispatch;

-- Jobs that others may wait for, and that have ended (outcome, as V010 lists states) or are to be looked at (none).
CREATE TABLE ${schema}.job_settle (
  settle_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  org_id uuid NOT NULL,
  parent_id bigint NOT NULL,
  outcome smallint CHECK (outcome IN (4, 5, 6)),
  passed_at timestamptz,  -- since when it is passed over, as what it is about is held by somebody; null: it is not
  again_at timestamptz,   -- and when it is looked at again
  CHECK ((passed_at IS NULL) = (again_at IS NULL))
) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_cost_delay = 0);

CREATE INDEX job_settle_new ON ${schema}.job_settle (settle_id) WHERE passed_at IS NULL;
CREATE INDEX job_settle_again ON ${schema}.job_settle (again_at) WHERE passed_at IS NOT NULL;

GRANT SELECT, INSERT, DELETE, UPDATE (passed_at, again_at) ON ${schema}.job_settle TO ${schema}_dispatch;

-- What the jobs of an enqueue_v1 wait for: the job at position p_child for that at position p_parent, before it, or for
-- one that is there already, p_parent_id. Returns for each position how many jobs it waits for, null where it is after
-- none, and whether others of the call wait for it. A position that is a duplicate stays what it was and waits for
-- nothing new; who waits for it waits for the job that it is a duplicate of. Nobody but the dispatcher may execute it.
CREATE FUNCTION ${schema}.enqueue_waits_v1(
  p_org uuid[], p_new_id bigint[], p_has_id bigint[], p_key text[], p_repeat smallint[], p_child int[], p_parent int[],
  p_parent_id bigint[], p_need smallint[], p_name text[], OUT waits int[], OUT has_children boolean[])
LANGUAGE plpgsql AS $fn$
#variable_conflict use_column
DECLARE
  n int := cardinality(p_child);
  v_wait record;
BEGIN
  IF n > 10000 OR cardinality(p_parent) <> n OR cardinality(p_parent_id) <> n OR cardinality(p_name) <> n
      OR NOT coalesce(cardinality(p_need) = n, false)
      OR EXISTS (SELECT FROM unnest(p_child, p_parent, p_parent_id, p_need, p_name)
          AS t (child, parent, parent_id, need, name)
        WHERE (t.child BETWEEN 1 AND cardinality(p_org) AND t.need IN (1, 2)
            AND (t.parent IS NULL) <> (t.parent_id IS NULL)) IS NOT TRUE
          OR t.parent NOT BETWEEN 1 AND t.child - 1 OR p_org[t.parent] <> p_org[t.child]
          OR p_repeat[t.child] > 0 OR octet_length(t.name) NOT BETWEEN 1 AND 64)
      OR EXISTS (SELECT FROM unnest(p_child) AS t (child) GROUP BY t.child HAVING count(*) > 1000) THEN
    RAISE EXCEPTION USING ERRCODE = 'CR006', MESSAGE = 'enqueue: what the jobs of the call wait for is not valid',
      HINT = 'A job waits for jobs of its org, before it in the call or there already: up to 1000, and 10000 in a call;'
        ' for 1 completion or 2 end; names: 1 to 64 bytes; a job that waits for others has no key that replaces.';
  END IF;
  SELECT t.parent_id AS id INTO v_wait FROM unnest(p_child, p_parent_id) AS t (child, parent_id)
    WHERE t.parent_id IS NOT NULL
      AND NOT EXISTS (SELECT FROM ${schema}.job j
        WHERE j.org_id = ANY (ARRAY[p_org[t.child]]) AND j.id = ANY (ARRAY[t.parent_id]) OFFSET 0)
      AND NOT EXISTS (SELECT FROM ${schema}.job_history h
        WHERE h.org_id = ANY (ARRAY[p_org[t.child]]) AND h.id = ANY (ARRAY[t.parent_id]) OFFSET 0)
    LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION USING ERRCODE = 'CR006', MESSAGE = format('job %s cannot be waited for: it is unknown', v_wait.id),
      HINT = 'Wait for a job of the same org whose record is still kept.';
  END IF;
  -- What has ended well enough is not waited for. A duplicate may have a key and no record any more; if it did not
  -- complete, settle_v1 finds as much and cancels who needs that.
  FOR v_wait IN
    WITH t AS MATERIALIZED (
      SELECT t.child, t.need, t.name, p_org[t.child] AS org_id, coalesce(t.parent_id, p_has_id[t.parent]) AS id,
          CASE WHEN p_new_id[t.parent] = p_has_id[t.parent] THEN t.parent
            WHEN t.parent IS NOT NULL THEN array_position(p_new_id, p_has_id[t.parent]) END AS place,
          p_key[t.parent] AS key
        FROM unnest(p_child, p_parent, p_parent_id, p_need, p_name) AS t (child, parent, parent_id, need, name)
        WHERE p_new_id[t.child] = p_has_id[t.child]),
    e AS MATERIALIZED (
      SELECT DISTINCT ON (t.child, t.id) t.*, CASE WHEN t.place IS NULL THEN coalesce(
          (SELECT CASE j.state WHEN 4 THEN 4 ELSE 0 END FROM ${schema}.job j
            WHERE j.org_id = ANY (ARRAY[t.org_id]) AND j.id = ANY (ARRAY[t.id])),
          (SELECT h.outcome FROM ${schema}.job_history h
            WHERE h.org_id = ANY (ARRAY[t.org_id]) AND h.id = ANY (ARRAY[t.id]) LIMIT 1),
          (SELECT k.state FROM ${schema}.job_key k WHERE k.org_id = t.org_id AND k.key = t.key), 6) END AS ended
        FROM t ORDER BY t.child, t.id, t.need),
    w AS (
      INSERT INTO ${schema}.job_wait (org_id, child_id, parent_id, need, state, name)
        SELECT e.org_id, p_new_id[e.child], e.id, e.need,
            CASE WHEN e.ended = 5 OR e.ended > 0 AND e.need = 2 THEN e.ended ELSE 0 END, e.name FROM e),
    s AS (
      INSERT INTO ${schema}.job_settle (org_id, parent_id)
        SELECT DISTINCT e.org_id, e.id FROM e WHERE e.place IS NULL AND e.ended <> 5
          AND (e.ended = 0 OR e.need = 1))
    SELECT e.child, e.place, coalesce(e.ended = 5 OR e.ended > 0 AND e.need = 2, false) AS done FROM e
  LOOP
    waits := coalesce(waits, array_fill(NULL::int, ARRAY[cardinality(p_org)]));
    waits[v_wait.child] := coalesce(waits[v_wait.child], 0) + CASE WHEN v_wait.done THEN 0 ELSE 1 END;
    IF v_wait.place IS NOT NULL THEN
      has_children := coalesce(has_children, array_fill(NULL::boolean, ARRAY[cardinality(p_org)]));
      has_children[v_wait.place] := true;
    END IF;
  END LOOP;
END $fn$;

-- Does what the ends of up to p_limit jobs mean to those that wait for them: once nothing is left that they wait for,
-- they go into their lines or schedules, and their delay begins; if one that they need completed was cancelled, they
-- are cancelled, and those after them by the next call. Returns how much it did; more than nothing: call again.
--
-- It waits for nobody. Two calls that settle ends of jobs which the same one waits for do not take its row at once: the
-- end of the one that comes second is passed over, and asked for again while the first can still be at it. So is one
-- about a job that a transaction holds which stays open.
-- What was passed over comes after all that is new: however much is held, an end that is not is told by the call that
-- takes the p_limit first new ones. With those it looks again at as many that were passed over: at once within the
-- first second, later after an eighth of the time for which each has been, 10 seconds at most, since each look
-- rewrites a row that no vacuum can remove while that transaction is open. Of several that ask to look at the same job
-- one is left. An end that more wait for than one call takes comes after the new ones as well, and is not put off.
CREATE FUNCTION ${schema}.settle_v1(p_limit int DEFAULT 1000) RETURNS int LANGUAGE plpgsql AS $fn$
#variable_conflict use_column
DECLARE
  v_now timestamptz := clock_timestamp();
  a_settle bigint[];
  a_org uuid[];
  a_id bigint[];
  a_state smallint[];  -- 0 for one that has not ended
  a_child_org uuid[];
  a_child bigint[];
  a_parent bigint[];
  a_ended smallint[];
  a_seen bigint[];
  v_n int;
  v_passed int;
BEGIN
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION USING ERRCODE = 'CR007', MESSAGE = 'settle runs only in a READ COMMITTED transaction';
  END IF;
  a_settle := ARRAY(SELECT t.settle_id FROM ${schema}.job_settle t WHERE t.passed_at IS NULL
      ORDER BY t.settle_id LIMIT p_limit FOR UPDATE SKIP LOCKED)
    || ARRAY(SELECT t.settle_id FROM ${schema}.job_settle t WHERE t.passed_at IS NOT NULL AND t.again_at <= v_now
      ORDER BY t.again_at LIMIT p_limit FOR UPDATE SKIP LOCKED);
  IF a_settle = '{}' THEN
    RETURN 0;
  END IF;
  -- Read as of one moment, so that one that is just ending is found in its one place or the other. One whose record is
  -- gone counts as cancelled.
  SELECT array_agg(x.org_id ORDER BY x.ord), array_agg(x.id ORDER BY x.ord), array_agg(x.state ORDER BY x.ord)
    INTO a_org, a_id, a_state FROM (
      SELECT s.org_id, s.parent_id AS id, min(i.ord) AS ord, max(coalesce(s.outcome,
            (SELECT CASE j.state WHEN 4 THEN 4 ELSE 0 END FROM ${schema}.job j
              WHERE j.org_id = ANY (ARRAY[s.org_id]) AND j.id = ANY (ARRAY[s.parent_id])),
            (SELECT h.outcome FROM ${schema}.job_history h
              WHERE h.org_id = ANY (ARRAY[s.org_id]) AND h.id = ANY (ARRAY[s.parent_id]) LIMIT 1),
            6))::smallint AS state
        FROM unnest(a_settle) WITH ORDINALITY AS i (settle_id, ord)
          JOIN ${schema}.job_settle s ON s.settle_id = ANY (ARRAY[i.settle_id]) GROUP BY 1, 2) x;
  SELECT array_agg(x.org_id), array_agg(x.child_id), array_agg(x.parent_id), array_agg(x.state)
    INTO a_child_org, a_child, a_parent, a_ended FROM (
      SELECT w.org_id, w.child_id, w.parent_id, e.state
        FROM unnest(a_org, a_id, a_state) AS e (org_id, id, state)
          JOIN ${schema}.job_wait w
            ON w.org_id = ANY (ARRAY[e.org_id]) AND w.parent_id = ANY (ARRAY[e.id]) AND w.state = 0
          JOIN ${schema}.job j ON j.org_id = ANY (ARRAY[w.org_id]) AND j.id = ANY (ARRAY[w.child_id])
        WHERE e.state > 4 OR e.state = 4 AND w.need = 2
        LIMIT 5000 FOR UPDATE OF j SKIP LOCKED) x;
  IF a_child IS NOT NULL THEN
    v_now := clock_timestamp();
    WITH e AS (
      UPDATE ${schema}.job_wait w SET state = t.state
        FROM unnest(a_child_org, a_child, a_parent, a_ended) AS t (org_id, child_id, parent_id, state)
        WHERE w.org_id = ANY (ARRAY[t.org_id]) AND w.child_id = ANY (ARRAY[t.child_id])
          AND w.parent_id = ANY (ARRAY[t.parent_id]) AND w.state = 0
        RETURNING w.org_id, w.child_id, w.parent_id, w.need, w.state),
    g AS MATERIALIZED (
      SELECT e.org_id, e.child_id AS id, count(*) AS n,
          min(e.parent_id) FILTER (WHERE e.need = 1 AND e.state = 6) AS stopped_by
        FROM e GROUP BY 1, 2),
    u AS (
      UPDATE ${schema}.job j SET waits_for = j.waits_for - g.n, updated_at = v_now,
          state = CASE WHEN j.waits_for = g.n THEN 0 ELSE 7 END,
          run_at = CASE WHEN j.waits_for > g.n THEN j.run_at
            ELSE greatest(j.run_at, v_now + j.delay_ms * interval '1 ms') END
        FROM g WHERE g.stopped_by IS NULL AND j.org_id = ANY (ARRAY[g.org_id]) AND j.id = ANY (ARRAY[g.id])
        RETURNING j.queue_id, j.org_id, j.priority, j.id, j.attempt, j.run_at, j.state),
    s AS (
      INSERT INTO ${schema}.scheduled (run_at, id, org_id, queue_id, priority, attempt)
        SELECT u.run_at, u.id, u.org_id, u.queue_id, u.priority, u.attempt FROM u
          WHERE u.state = 0 AND u.run_at > v_now),
    r AS (
      INSERT INTO ${schema}.ready (queue_id, org_id, priority, pos, id, attempt)
        SELECT u.queue_id, u.org_id, u.priority, nextval('${schema}.job_seq'), u.id, u.attempt FROM u
          WHERE u.state = 0 AND u.run_at <= v_now
        RETURNING queue_id, org_id, priority, pos),
    gone AS (
      DELETE FROM ${schema}.job j USING g
        WHERE g.stopped_by IS NOT NULL AND j.org_id = ANY (ARRAY[g.org_id]) AND j.id = ANY (ARRAY[g.id])
        RETURNING g.stopped_by, j.org_id, j.id, j.queue_id, j.kind, j.priority, j.attempt, j.max_attempts,
          j.past_attempts, j.run_at, j.created_at, j.deadline, j.key, j.tags, j.payload),
    h AS (
      INSERT INTO ${schema}.job_history (finished_at, org_id, id, queue_id, kind, priority, outcome, attempts,
          max_attempts, past_attempts, run_at, created_at, deadline, key, tags, note, payload)
        SELECT v_now, g.org_id, g.id, g.queue_id, g.kind, g.priority, 6, g.attempt, g.max_attempts, g.past_attempts,
          g.run_at, g.created_at, g.deadline, g.key, g.tags,
          format('needs job %s to complete, which was cancelled', g.stopped_by), g.payload FROM gone g),
    ky AS (
      UPDATE ${schema}.job_key y SET state = 6 FROM gone g
        WHERE g.key IS NOT NULL AND y.org_id = ANY (ARRAY[g.org_id]) AND y.key = ANY (ARRAY[g.key]) AND y.job_id = g.id
          AND y.expires_at > '-infinity'),
    kz AS (
      DELETE FROM ${schema}.job_key y USING gone g
        WHERE g.key IS NOT NULL AND y.org_id = ANY (ARRAY[g.org_id]) AND y.key = ANY (ARRAY[g.key]) AND y.job_id = g.id
          AND y.expires_at = '-infinity'),
    w AS (
      INSERT INTO ${schema}.wake (queue_id, org_id, priority, min_pos, added, later, waiting, untold)
        SELECT r.queue_id, r.org_id, r.priority, min(r.pos), count(*), 0, -count(*), true FROM r GROUP BY 1, 2, 3
        UNION ALL SELECT x.queue_id, x.org_id, 1, NULL, 0, sum(x.later), -count(*), false FROM (
          SELECT u.queue_id, u.org_id, 1 AS later FROM u WHERE u.state = 0 AND u.run_at > v_now
          UNION ALL SELECT g.queue_id, g.org_id, 0 FROM gone g) x GROUP BY 1, 2)
    INSERT INTO ${schema}.job_settle (org_id, parent_id, outcome) SELECT g.org_id, g.id, 6 FROM gone g;
  END IF;
  -- Of those that are gone meanwhile, nobody asks any more. Looked for once the others are done: then few are left.
  IF coalesce(cardinality(a_child), 0) < 5000 THEN
    DELETE FROM ${schema}.job_wait d WHERE d.ctid = ANY (ARRAY(
      SELECT w.ctid FROM unnest(a_org, a_id, a_state) AS e (org_id, id, state)
          JOIN ${schema}.job_wait w
            ON w.org_id = ANY (ARRAY[e.org_id]) AND w.parent_id = ANY (ARRAY[e.id]) AND w.state = 0
        WHERE (e.state > 4 OR e.state = 4 AND w.need = 2)
          AND NOT EXISTS (SELECT FROM ${schema}.job j
            WHERE j.org_id = ANY (ARRAY[w.org_id]) AND j.id = ANY (ARRAY[w.child_id]) OFFSET 0)
        FOR UPDATE OF w SKIP LOCKED));
  END IF;
  -- What those that have ended waited for themselves.
  DELETE FROM ${schema}.job_wait d WHERE d.ctid = ANY (ARRAY(
    SELECT w.ctid FROM unnest(a_org, a_id, a_state) AS e (org_id, id, state)
        JOIN ${schema}.job_wait w ON w.org_id = ANY (ARRAY[e.org_id]) AND w.child_id = ANY (ARRAY[e.id])
      WHERE e.state > 4 FOR UPDATE OF w SKIP LOCKED));
  -- The others are to say when they end. One that somebody holds, or that has died or ended since it was looked at, is
  -- looked at again later.
  WITH l AS MATERIALIZED (
    SELECT j.org_id, j.id, e.state FROM unnest(a_org, a_id, a_state) AS e (org_id, id, state)
        JOIN ${schema}.job j ON j.org_id = ANY (ARRAY[e.org_id]) AND j.id = ANY (ARRAY[e.id])
      WHERE e.state <= 4 FOR NO KEY UPDATE OF j SKIP LOCKED),
  u AS (
    UPDATE ${schema}.job j SET has_children = true FROM l
      WHERE j.org_id = ANY (ARRAY[l.org_id]) AND j.id = ANY (ARRAY[l.id])
      RETURNING j.id, j.state = 4 AND l.state <> 4 AS died)
  SELECT array_agg(u.id) INTO a_seen FROM u WHERE NOT u.died;
  DELETE FROM ${schema}.job_settle s USING unnest(a_org, a_id, a_state) AS e (org_id, id, state)
    WHERE s.settle_id = ANY (a_settle) AND s.org_id = e.org_id AND s.parent_id = e.id
      AND (e.state > 4 OR s.outcome IS NOT NULL OR e.id = ANY (a_seen))
      AND NOT EXISTS (SELECT FROM ${schema}.job_wait w
        WHERE w.org_id = ANY (ARRAY[e.org_id]) AND w.parent_id = ANY (ARRAY[e.id]) AND w.state = 0
          AND (e.state > 4 OR e.state = 4 AND w.need = 2) OFFSET 0);  -- there were more than one call takes
  GET DIAGNOSTICS v_n = ROW_COUNT;
  WITH l AS MATERIALIZED (
    SELECT s.settle_id, s.passed_at, s.parent_id = ANY (a_parent) AS goes_on,
        s.outcome IS NULL AND row_number() OVER (PARTITION BY s.org_id, s.parent_id, s.outcome
          ORDER BY s.passed_at NULLS LAST, s.settle_id) > 1 AS again
      FROM ${schema}.job_settle s WHERE s.settle_id = ANY (a_settle)),
  d AS (DELETE FROM ${schema}.job_settle s USING l WHERE l.again AND s.settle_id = ANY (ARRAY[l.settle_id])),
  u AS (
    UPDATE ${schema}.job_settle s SET passed_at = CASE WHEN l.goes_on THEN v_now ELSE coalesce(l.passed_at, v_now) END,
        again_at = v_now + CASE WHEN l.goes_on THEN interval '1 microsecond'  -- after those that had no turn for it
          WHEN l.passed_at < v_now - interval '1 s' THEN least((v_now - l.passed_at) / 8, interval '10 s')
          ELSE interval '0' END
      FROM l WHERE NOT l.again AND s.settle_id = ANY (ARRAY[l.settle_id]))
  SELECT count(*) FILTER (WHERE l.passed_at IS NULL OR l.again OR l.passed_at > v_now - interval '20 ms') INTO v_passed
    FROM l;
  RETURN v_n + v_passed + coalesce(cardinality(a_child), 0);
END $fn$;

GRANT EXECUTE ON FUNCTION ${schema}.settle_v1 TO ${schema}_worker;

SELECT ${schema}.own_functions_v1(p_outer => '{settle_v1}', p_inner => '{enqueue_waits_v1}');
