-- Bounds and turns: what one call, one org or one old transaction may cost the others.
--
-- Only what serves all orgs is replaced here; each keeps its signature and what it promises, so old and new processes
-- run side by side. Whoever replaces a function that is executed as the dispatcher says its settings anew, those that
-- own_functions_v1 gives it, since they go with the old body.

-- Everybody reads org, before or after the queue's tables, and would wait in a circle for whoever had it to himself
-- here. So it is locked against changes alone, and first, as who changes it takes it; then scheduled, then lane, as
-- who ends a job takes them.
LOCK TABLE ONLY ${schema}.org IN SHARE ROW EXCLUSIVE MODE;

-- To find what is due of each lane, beginning anywhere: orgs made one after the other, whose ids may be neighbours,
-- are far apart by their hashes, so that a random place is as likely before one as before another.
CREATE INDEX scheduled_lane ON ${schema}.scheduled (uuid_hash(org_id), org_id, queue_id, run_at);

-- A lane belongs to an org that is there: one that a drain makes while its org is erased would outlive it, and, paused
-- since its org was out of service, be found by the next org of that id. The org's row is taken, shared, once for each
-- lane that is made; nothing that changes in a lane is checked. The dispatcher sees all orgs. The tables' owner, as
-- whom the rows that are there would be checked, sees none under forced row security: so that is left out, since they
-- have just been looked at and nobody can change either table before this commits.
LOCK TABLE ONLY ${schema}.lane IN SHARE ROW EXCLUSIVE MODE;
SET LOCAL ROLE ${schema}_dispatch;
DELETE FROM ${schema}.lane l WHERE NOT EXISTS (SELECT FROM ${schema}.org o WHERE o.org_id = l.org_id);
SET LOCAL ROLE ${schema}_owner;
ALTER TABLE ${schema}.lane ADD CONSTRAINT lane_org_id_fkey
  FOREIGN KEY (org_id) REFERENCES ${schema}.org (org_id) NOT VALID;

-- Only its owner can replace a function.
GRANT CREATE ON SCHEMA ${schema} TO ${schema}_dispatch;
SET LOCAL ROLE ${schema}_dispatch;

-- Makes the lanes that are not there yet, of orgs that are. Nobody but the dispatcher may execute it. Whether their
-- orgs are paused cannot change before the transaction ends. One that is not in service counts as paused: whoever
-- takes it into service tells its lanes, under the same lock. It waits for an erasure that is just removing an org's
-- row. OFFSET 0 keeps EXISTS a probe for each lane: as a join it may be planned to read all orgs, while they are few.
CREATE OR REPLACE FUNCTION ${schema}.make_lanes_v1(p_queue smallint[], p_org uuid[]) RETURNS void
LANGUAGE plpgsql AS $fn$
BEGIN
  LOCK TABLE ONLY ${schema}.pause_gate IN ROW SHARE MODE;
  LOOP
    BEGIN
      INSERT INTO ${schema}.lane (queue_id, org_id, org_paused)
        SELECT DISTINCT t.queue_id, t.org_id, EXISTS (SELECT FROM ${schema}.paused_org p WHERE p.org_id = t.org_id)
            OR NOT EXISTS (SELECT FROM ${schema}.org o WHERE o.org_id = t.org_id AND o.state = 'ACTIVE')
          FROM unnest(p_queue, p_org) AS t (queue_id, org_id)
          WHERE EXISTS (SELECT FROM ${schema}.org o WHERE o.org_id = t.org_id OFFSET 0) ORDER BY 1, 2
        ON CONFLICT DO NOTHING;
      EXIT;
    EXCEPTION WHEN foreign_key_violation THEN
      -- one of them was erased at this moment: once more, for the others
    END;
  END LOOP;
END $fn$;

-- Moves what is due into the line; returns how many. Locks no lane. Where more is due than p_limit, lanes take turns:
-- those behind a random place, 200 at most, get an equal share each, the longest due first, and what they leave goes
-- to whatever is due longest. So nobody's job waits for another org's backlog of retries.
CREATE OR REPLACE FUNCTION ${schema}.promote_v1(p_limit int DEFAULT 1000) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET row_security = on SET jit = off
  SET enable_hashjoin = off SET enable_mergejoin = off SET enable_seqscan = off
  SET plan_cache_mode = force_generic_plan
AS $fn$
DECLARE
  c_lanes CONSTANT int := 200;
  c_first CONSTANT uuid := '00000000-0000-0000-0000-000000000000';
  v_now timestamptz := clock_timestamp();  -- as a variable: a condition on a volatile function cannot use the index
  v_start int := (floor(random() * 4294967296) - 2147483648)::int;
  v_hash int := v_start;
  v_org uuid := c_first;
  v_queue smallint := 0;
  v_round boolean := false;  -- whether it has gone on from the end to the beginning
  v_next record;
  a_org uuid[] := '{}';
  a_queue smallint[] := '{}';
  a_due tid[] := '{}';
  v_n int;
BEGIN
  -- At a tenth of the price of what follows.
  IF NOT EXISTS (SELECT FROM ${schema}.scheduled s WHERE s.run_at <= v_now) THEN
    RETURN 0;
  END IF;
  IF EXISTS (SELECT FROM ${schema}.scheduled s WHERE s.run_at <= v_now OFFSET p_limit) THEN
    WHILE cardinality(a_org) < least(c_lanes, p_limit) LOOP
      SELECT uuid_hash(s.org_id) AS hash, s.org_id, s.queue_id INTO v_next FROM ${schema}.scheduled s
        WHERE (uuid_hash(s.org_id), s.org_id, s.queue_id) > (v_hash, v_org, v_queue)
        ORDER BY uuid_hash(s.org_id), s.org_id, s.queue_id LIMIT 1;
      IF FOUND THEN
        EXIT WHEN v_round AND v_next.hash >= v_start;
        v_hash := v_next.hash;
        v_org := v_next.org_id;
        v_queue := v_next.queue_id;
        a_org := a_org || v_org;
        a_queue := a_queue || v_queue;
      ELSE
        EXIT WHEN v_round;
        v_round := true;
        v_hash := -2147483648;
        v_org := c_first;
        v_queue := 0;
      END IF;
    END LOOP;
    v_n := greatest(1, p_limit / greatest(1, cardinality(a_org)));
    a_due := ARRAY(
      SELECT d.place FROM unnest(a_org, a_queue) AS l (org_id, queue_id) CROSS JOIN LATERAL (
        SELECT t.ctid AS place FROM ${schema}.scheduled t
          WHERE uuid_hash(t.org_id) = uuid_hash(l.org_id) AND t.org_id = l.org_id AND t.queue_id = l.queue_id
            AND t.run_at <= v_now
          ORDER BY t.run_at LIMIT v_n FOR UPDATE SKIP LOCKED) d);
  END IF;
  a_due := a_due || ARRAY(
    SELECT t.ctid FROM ${schema}.scheduled t WHERE t.run_at <= v_now AND t.ctid <> ALL (a_due)
      ORDER BY t.run_at LIMIT p_limit - cardinality(a_due) FOR UPDATE SKIP LOCKED);
  WITH d AS (
    DELETE FROM ${schema}.scheduled s WHERE s.ctid = ANY (a_due)
      RETURNING s.queue_id, s.org_id, s.priority, s.id, s.attempt),
  r AS (
    INSERT INTO ${schema}.ready (queue_id, org_id, priority, pos, id, attempt)
      SELECT d.queue_id, d.org_id, d.priority, nextval('${schema}.job_seq'), d.id, d.attempt FROM d
      RETURNING queue_id, org_id, priority, pos),
  w AS (
    INSERT INTO ${schema}.wake (queue_id, org_id, priority, min_pos, added, later, untold)
      SELECT r.queue_id, r.org_id, r.priority, min(r.pos), count(*), -count(*), true FROM r GROUP BY 1, 2, 3)
  SELECT count(*) INTO v_n FROM r;
  RETURN v_n;
END $fn$;

-- Slots of a queue's limit over all orgs that are free, at most p_want, and locked until the transaction ends; none if
-- all are taken, null if others are just at those that were found. Nobody but the dispatcher may execute it, and only
-- with queue_gate, so that limit and p_unslotted hold.
--
-- While every attempt has a slot within the limit, that the slots differ is all there is to it. Where a limit was
-- lowered, or there was none, attempts beyond it still run: then one claim at a time counts all of them. Whoever sees
-- none beyond it, sees it rightly, since no new ones come.
--
-- Slots are not counted, and are looked at from any of them on: an attempt that ended leaves an entry in run_slot
-- which stays for as long as any transaction is open that is older, and each look at its slot passes it. So a claim
-- passes those of the slots that it looks at, and all only where all slots are taken.
--
-- OFFSET 0 keeps NOT EXISTS a probe of run_slot for each slot: as a join it is planned by what run was when it was
-- last analysed, and then read all of it for each slot (measured: 3 s for 10,000).
CREATE OR REPLACE FUNCTION ${schema}.free_slots_v1(p_queue_id smallint, p_limit int, p_unslotted boolean, p_want int)
RETURNS int[] LANGUAGE plpgsql AS $fn$
DECLARE
  c_more CONSTANT int := 8;  -- than wanted, since others may be at some
  v_from int := 1 + floor(random() * p_limit)::int;
  v_counts boolean := p_unslotted
    OR EXISTS (SELECT FROM ${schema}.run r WHERE r.queue_id = p_queue_id AND r.slot > p_limit);
  v_running bigint;
  v_loose bigint;
  a_slot int[] := '{}';
BEGIN
  FOR i IN 1..2 LOOP  -- from there to the end, and from the beginning
    a_slot := a_slot || ARRAY(
      SELECT s.slot FROM ${schema}.queue_slot s WHERE s.queue_id = p_queue_id
          AND s.slot >= CASE i WHEN 1 THEN v_from ELSE 1 END
          AND s.slot <= CASE i WHEN 1 THEN p_limit ELSE v_from - 1 END
          AND NOT EXISTS (SELECT FROM ${schema}.run r WHERE r.queue_id = p_queue_id AND r.slot = s.slot OFFSET 0)
        ORDER BY s.slot LIMIT greatest(0, p_want + c_more - cardinality(a_slot)));
  END LOOP;
  IF a_slot = '{}' THEN
    RETURN a_slot;
  END IF;
  IF v_counts THEN
    PERFORM FROM ${schema}.queue_clock c WHERE c.queue_id = p_queue_id FOR NO KEY UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
      RETURN NULL;
    END IF;
  END IF;
  a_slot := ARRAY(
    SELECT s.slot FROM ${schema}.queue_slot s WHERE s.queue_id = p_queue_id AND s.slot = ANY (a_slot)
      ORDER BY s.slot LIMIT p_want FOR NO KEY UPDATE OF s SKIP LOCKED);
  -- As of now: whoever held a slot's lock when that statement began may have committed since, and so have taken it.
  SELECT array_agg(t.slot) INTO a_slot FROM unnest(a_slot) AS t (slot)
    WHERE NOT EXISTS (SELECT FROM ${schema}.run r WHERE r.queue_id = p_queue_id AND r.slot = t.slot OFFSET 0);
  IF a_slot IS NOT NULL AND v_counts THEN
    SELECT count(*), count(*) FILTER (WHERE r.slot IS NULL) INTO v_running, v_loose
      FROM ${schema}.run r WHERE r.queue_id = p_queue_id;
    IF p_unslotted AND v_loose = 0 THEN
      UPDATE ${schema}.queue q SET unslotted = false WHERE q.queue_id = p_queue_id;
    END IF;
    a_slot := a_slot[1:greatest(0, p_limit - v_running)];
  END IF;
  RETURN a_slot;
END $fn$;

-- Leases up to p_want jobs of a queue for p_lease_ms, to the worker of that name. Lanes come by lowest virtual time:
-- at least p_lanes of them, more only while those cannot fill p_want (cost follows the lanes touched: a fifth of
-- p_want pays best). They share by weight and usual cost; inside a lane jobs come by priority, then by place. A lane
-- never gets more than max_running - running, nor than it has tokens. Empty while the queue is paused, or one is being
-- changed.
--
-- All payloads of a call together have about 1 MiB at most, unless the first alone has more: a claim holds lanes,
-- slots and queue_gate until its caller has read the answer, and the caller must have memory for it. What would be too
-- much stays where it stands, and its lane is not charged for it.
--
-- Lanes that others hold are passed over, but none is taken that is further ahead of the lane whose turn it is than
-- what one claim could move it on: else claimers who outnumber the lanes would serve them all alike, whatever their
-- weights. So no runnable lane is ever ahead of another by more than two claims. Where only such lanes are free, or
-- others hold the queue, the slots or the jobs, the answer is one row of nulls: claim again in a moment, in another
-- transaction, since this one holds what it looked at. With p_any it takes whatever is free, and the answer may be
-- empty.
--
-- A job that a transaction is just replacing goes to the end of its line, and one that was replaced to run later to
-- where it belongs: such a call may lease less than it could. overdue says that the job's deadline has passed, so that
-- its attempt must not begin.
CREATE OR REPLACE FUNCTION ${schema}.claim_v1(p_queue_id smallint, p_want int, p_lanes int, p_worker text,
  p_lease_ms bigint, p_any boolean DEFAULT true)
RETURNS TABLE (id bigint, org_id uuid, kind text, payload jsonb, priority smallint, attempt int, max_attempts int,
  past_attempts int, fence bigint, run_at timestamptz, created_at timestamptz, key text, tags text[],
  deadline timestamptz, overdue boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET row_security = on SET jit = off
  SET enable_hashjoin = off SET enable_mergejoin = off SET enable_seqscan = off
  SET plan_cache_mode = force_generic_plan
AS $fn$
#variable_conflict use_column
DECLARE
  c_empty CONSTANT bigint := 9223372036854775807;
  c_bytes CONSTANT bigint := 1048576;  -- JobStore.MAX_CLAIM_BYTES
  c_slack CONSTANT float8 := 1e-6;  -- of a token, for rounding
  v_queue record;
  v_now timestamptz;
  v_floor float8;
  v_min float8;
  v_settled float8;
  v_step float8;
  v_cost float8;
  v_tokens float8;
  v_sum float8;
  v_left int;
  v_q int;
  v_fence bigint;
  n int := 0;
  v_room bigint;
  v_lane record;
  c_lanes CURSOR (p_from float8) FOR
    SELECT l.ctid AS place, l.org_id, l.weight, l.vtime, l.cost, l.h1, l.h2, l.h3, l.h4, l.rate, l.burst, l.tokens,
        l.refilled_at, least(l.max_running - l.running, l.queued)::int AS free
      FROM ${schema}.lane l WHERE l.queue_id = p_queue_id AND l.st = 1 AND l.vtime >= p_from
      ORDER BY l.vtime FOR NO KEY UPDATE SKIP LOCKED;
  a_org uuid[];
  a_place tid[];  -- where each lane lies; it stays there while it is locked
  a_free int[];
  a_cost float8[];  -- what an attempt moves the lane on
  a_tokens float8[];
  a_at timestamptz[];
  a_q int[];
  a_1 bigint[];
  a_2 bigint[];
  a_3 bigint[];
  a_4 bigint[];
  a_slot int[];
BEGIN
  IF current_setting('transaction_isolation') <> 'read committed' THEN  -- each statement needs its own snapshot
    RAISE EXCEPTION USING ERRCODE = 'CR007', MESSAGE = 'claim runs only in a READ COMMITTED transaction';
  ELSIF (p_want BETWEEN 1 AND 1000 AND p_lanes BETWEEN 1 AND 1000 AND length(p_worker) BETWEEN 1 AND 128
      AND p_lease_ms BETWEEN 1 AND 86400000) IS NOT TRUE THEN
    RAISE EXCEPTION USING ERRCODE = 'CR006', MESSAGE = format('claim: %s jobs of %s lanes for %s ms by worker %L',
        p_want, p_lanes, p_lease_ms, left(p_worker, 300)),
      HINT = 'Jobs and lanes: 1 to 1000; lease: 1 ms to a day; worker: 1 to 128 characters.';
  END IF;
  BEGIN
    LOCK TABLE ONLY ${schema}.queue_gate IN ROW SHARE MODE NOWAIT;
  EXCEPTION WHEN lock_not_available THEN
    IF NOT p_any THEN
      RETURN NEXT;
    END IF;
    RETURN;
  END;
  SELECT q.paused, q.max_running, q.unslotted, q.share_by = 2 AS by_number, c.floor INTO v_queue
    FROM ${schema}.queue q JOIN ${schema}.queue_clock c ON c.queue_id = q.queue_id WHERE q.queue_id = p_queue_id;
  IF NOT FOUND THEN
    RAISE EXCEPTION USING ERRCODE = 'CR003', MESSAGE = format('queue id %s is unknown', p_queue_id),
      HINT = 'Register the queue first.';
  ELSIF v_queue.paused THEN
    RETURN;
  ELSIF v_queue.max_running IS NOT NULL THEN
    a_slot := ${schema}.free_slots_v1(p_queue_id, v_queue.max_running, v_queue.unslotted, p_want);
    IF a_slot IS NULL THEN
      IF NOT p_any THEN
        RETURN NEXT;
      END IF;
      RETURN;
    END IF;
    p_want := cardinality(a_slot);
    IF p_want = 0 THEN
      RETURN;
    END IF;
  END IF;
  -- The floor keeps the scan off the dead entries on the left of lane_runnable. A race can leave a lane below it, so
  -- one call in 16, and one that finds nothing, looks from zero.
  v_floor := CASE WHEN random() < 0.0625 THEN 0 ELSE v_queue.floor END;
  LOOP
    v_sum := 0;
    v_room := 0;
    -- Of the least runnable vtime, locked or not: else a claimer that finds the low lanes locked would push the floor
    -- past them.
    SELECT l.vtime, l.vtime - l.pending,
        CASE WHEN v_queue.by_number THEN 1000 ELSE greatest(1, least(coalesce(l.cost, 100), 60000)) END
      INTO v_min, v_settled, v_step
      FROM ${schema}.lane l WHERE l.queue_id = p_queue_id AND l.st = 1 AND l.vtime >= v_floor
      ORDER BY l.vtime LIMIT 1;
    IF v_settled >= v_queue.floor + v_step THEN  -- by a job of weight 1 or more
      PERFORM FROM ${schema}.queue_clock c WHERE c.queue_id = p_queue_id AND c.floor < v_settled
        FOR NO KEY UPDATE SKIP LOCKED;
      IF FOUND THEN
        UPDATE ${schema}.queue_clock c SET floor = v_settled WHERE c.queue_id = p_queue_id;
      END IF;
    END IF;
    OPEN c_lanes(v_floor);  -- and not a FOR loop, which would fetch, and so lock, more lanes than it looks at
    WHILE n < p_want AND (n < p_lanes OR v_room < p_want) LOOP
      FETCH c_lanes INTO v_lane;
      EXIT WHEN NOT FOUND;
      -- A lane of which nothing is known yet costs 100 ms, and none more than a minute: the rest when it is known.
      v_cost := CASE WHEN v_queue.by_number THEN 1000
        ELSE greatest(1, least(coalesce(v_lane.cost, 100), 60000)) END / v_lane.weight;
      EXIT WHEN v_lane.vtime > v_min + p_want * v_cost AND NOT p_any;
      n := n + 1;
      IF v_lane.rate IS NOT NULL THEN
        v_now := clock_timestamp();  -- after the lock, so that it is after what others saw who had it before
        v_tokens := least(v_lane.burst, v_lane.tokens
          + greatest(0, extract(epoch FROM v_now - v_lane.refilled_at)::float8) * v_lane.rate);
        a_tokens[n] := v_tokens;
        a_at[n] := v_now;
        v_lane.free := least(v_lane.free, floor(v_tokens + c_slack)::int);
      ELSE
        a_tokens[n] := NULL;
        a_at[n] := NULL;
      END IF;
      a_org[n] := v_lane.org_id;
      a_place[n] := v_lane.place;
      a_free[n] := v_lane.free;
      a_cost[n] := v_cost;
      v_sum := v_sum + 1 / v_cost;
      v_room := v_room + v_lane.free;
      a_1[n] := v_lane.h1;
      a_2[n] := v_lane.h2;
      a_3[n] := v_lane.h3;
      a_4[n] := v_lane.h4;
    END LOOP;
    CLOSE c_lanes;
    EXIT WHEN n > 0 OR v_floor <= 0;
    v_floor := 0;
  END LOOP;
  IF n = 0 THEN
    IF v_min IS NOT NULL AND NOT p_any THEN
      RETURN NEXT;
    END IF;
    RETURN;
  END IF;
  v_left := p_want;
  FOR i IN 1..n LOOP  -- by weight and cost; then what is left, to whoever has slots and jobs
    v_q := greatest(0, least(a_free[i], greatest(1, ceil(p_want / a_cost[i] / v_sum)::int), v_left));
    a_q[i] := v_q;
    v_left := v_left - v_q;
  END LOOP;
  FOR i IN 1..n LOOP
    EXIT WHEN v_left = 0;
    v_q := greatest(0, least(a_free[i] - a_q[i], v_left));
    a_q[i] := a_q[i] + v_q;
    v_left := v_left - v_q;
  END LOOP;
  v_fence := nextval('${schema}.fence_seq');
  RETURN QUERY
  WITH x AS MATERIALIZED (
    SELECT * FROM unnest(a_org, a_q, a_cost, a_tokens, a_at, a_1, a_2, a_3, a_4)
      WITH ORDINALITY AS t (org_id, q, cost, tokens, at, h1, h2, h3, h4, lane)),
  pick AS MATERIALIZED (
    SELECT x.lane, x.org_id, j.* FROM x CROSS JOIN LATERAL (
      SELECT a.c, a.priority, a.pos, a.id, a.attempt, row_number() OVER () AS turn FROM (
        (SELECT r.ctid AS c, r.priority, r.pos, r.id, r.attempt FROM ${schema}.ready r WHERE r.queue_id = p_queue_id
          AND r.org_id = x.org_id AND r.priority = 1 AND r.pos > x.h1 AND x.h1 < c_empty ORDER BY r.pos LIMIT x.q)
        UNION ALL
        (SELECT r.ctid, r.priority, r.pos, r.id, r.attempt FROM ${schema}.ready r WHERE r.queue_id = p_queue_id
          AND r.org_id = x.org_id AND r.priority = 2 AND r.pos > x.h2 AND x.h2 < c_empty ORDER BY r.pos LIMIT x.q)
        UNION ALL
        (SELECT r.ctid, r.priority, r.pos, r.id, r.attempt FROM ${schema}.ready r WHERE r.queue_id = p_queue_id
          AND r.org_id = x.org_id AND r.priority = 3 AND r.pos > x.h3 AND x.h3 < c_empty ORDER BY r.pos LIMIT x.q)
        UNION ALL
        (SELECT r.ctid, r.priority, r.pos, r.id, r.attempt FROM ${schema}.ready r WHERE r.queue_id = p_queue_id
          AND r.org_id = x.org_id AND r.priority = 4 AND r.pos > x.h4 AND x.h4 < c_empty ORDER BY r.pos LIMIT x.q)
      ) a LIMIT x.q) j),
  found AS MATERIALIZED (
    SELECT z.*, z.total <= c_bytes OR z.n = 1 AS fits FROM (
      SELECT p.c, p.org_id, p.priority, p.pos, p.id, p.attempt + 1 AS attempt, j.id AS job_id, j.kind, j.payload,
          j.max_attempts, j.past_attempts, j.run_at, j.created_at, j.key, j.tags, j.deadline, row_number() OVER w AS n,
          -- as it is kept, without unpacking it: what is packed is mostly less than eight times as long
          coalesce(sum(pg_column_size(j.payload) * CASE WHEN pg_column_compression(j.payload) IS NULL THEN 1 ELSE 8 END)
            OVER w, 0) AS total
        FROM pick p LEFT JOIN ${schema}.job j ON j.org_id = ANY (ARRAY[p.org_id]) AND j.id = ANY (ARRAY[p.id])
        -- the first of each lane, then the second of each: so no lane's large ones crowd out those of others
        WINDOW w AS (ORDER BY p.turn, p.lane ROWS UNBOUNDED PRECEDING)) z),
  d AS MATERIALIZED (
    DELETE FROM ${schema}.ready r USING found f WHERE r.ctid = f.c AND f.fits
      RETURNING f.org_id, f.priority, f.pos, f.id, f.attempt, f.job_id, f.kind, f.payload, f.max_attempts,
        f.past_attempts, f.run_at, f.created_at, f.key, f.tags, f.deadline),
  taken AS (  -- an org that is being erased may have lost the job and not yet its place
    SELECT d.org_id, d.priority, d.pos, d.id, d.attempt, d.kind, d.payload, d.max_attempts, d.past_attempts, d.run_at,
        d.created_at, d.key, d.tags, d.deadline
      FROM d WHERE d.job_id IS NOT NULL),
  keyed AS MATERIALIZED (  -- as replace_core_v1 says; the row is read anew once it is locked
    SELECT f.org_id, j.priority, f.pos, f.id, f.attempt, j.kind, j.payload, j.max_attempts, j.past_attempts, j.run_at,
        j.created_at, j.key, j.tags, j.deadline
      FROM taken f JOIN ${schema}.job j ON j.org_id = ANY (ARRAY[f.org_id]) AND j.id = ANY (ARRAY[f.id])
      WHERE f.key IS NOT NULL FOR NO KEY UPDATE OF j SKIP LOCKED),
  live AS MATERIALIZED (
    SELECT f.* FROM taken f WHERE f.key IS NULL
    UNION ALL SELECT k.* FROM keyed k WHERE k.run_at <= clock_timestamp()),
  later AS (
    INSERT INTO ${schema}.scheduled (run_at, id, org_id, queue_id, priority, attempt)
      SELECT k.run_at, k.id, k.org_id, p_queue_id, k.priority, k.attempt - 1 FROM keyed k
        WHERE k.id <> ALL (ARRAY(SELECT v.id FROM live v))
      RETURNING scheduled.org_id),
  back AS (
    INSERT INTO ${schema}.ready (queue_id, org_id, priority, pos, id, attempt)
      SELECT p_queue_id, f.org_id, f.priority, nextval('${schema}.job_seq'), f.id, f.attempt - 1 FROM taken f
        WHERE f.key IS NOT NULL AND f.id <> ALL (ARRAY(SELECT k.id FROM keyed k))
      RETURNING ready.org_id, ready.priority, ready.pos),
  wakes AS (
    INSERT INTO ${schema}.wake (queue_id, org_id, priority, min_pos, added, later)
      SELECT p_queue_id, b.org_id, b.priority, min(b.pos), count(*), 0 FROM back b GROUP BY 2, 3
      UNION ALL SELECT p_queue_id, s.org_id, 1, NULL, 0, count(*) FROM later s GROUP BY 2),
  ins AS (
    INSERT INTO ${schema}.run (id, org_id, queue_id, priority, attempt, fence, started_at, lease_until, worker, charge,
        slot)
      SELECT v.id, v.org_id, p_queue_id, v.priority, v.attempt, v_fence, clock_timestamp(),
        clock_timestamp() + p_lease_ms * interval '1 ms', p_worker,
        CASE WHEN NOT v_queue.by_number THEN a_cost[array_position(a_org, v.org_id)] END,
        a_slot[(row_number() OVER ())::int] FROM live v),
  y AS MATERIALIZED (
    SELECT a_place[array_position(a_org, s.org_id)] AS place, sum(s.q) AS q, sum(s.taken) AS taken, sum(s.live) AS live,
        sum(s.left_there) AS left_there,
        max(s.cost) AS cost, max(s.tokens) AS tokens, max(s.at) AS at,
        max(s.pos) FILTER (WHERE s.priority = 1) AS m1, max(s.pos) FILTER (WHERE s.priority = 2) AS m2,
        max(s.pos) FILTER (WHERE s.priority = 3) AS m3, max(s.pos) FILTER (WHERE s.priority = 4) AS m4
      FROM (SELECT x.org_id, x.q, x.cost, x.tokens, x.at, 0 AS taken, 0 AS live, 0 AS left_there,
          NULL::smallint AS priority, NULL::bigint AS pos FROM x
        UNION ALL SELECT d.org_id, 0, NULL, NULL, NULL, 1, 0, 0, d.priority, d.pos FROM d
        UNION ALL SELECT v.org_id, 0, NULL, NULL, NULL, 0, 1, 0, NULL, NULL FROM live v
        UNION ALL SELECT f.org_id, 0, NULL, NULL, NULL, 0, 0, 1, NULL, NULL FROM found f
          WHERE NOT f.fits) s GROUP BY s.org_id),
  u AS (
    UPDATE ${schema}.lane l SET running = l.running + y.live, queued = l.queued - y.taken,
        -- its turn counts by what was taken, else a lane whose jobs all have to go back would stay the first for ever
        vtime = greatest(l.vtime, l.vtime - l.credit + y.taken * y.cost),
        credit = greatest(0, l.credit - y.taken * y.cost),
        pending = l.pending + CASE WHEN v_queue.by_number THEN 0 ELSE y.live * y.cost END,
        tokens = y.tokens - y.live,
        refilled_at = y.at,
        throttled_until = CASE WHEN y.tokens - y.live < 1 - c_slack THEN y.at + interval '1 microsecond'
          + (1 - y.tokens + y.live) / l.rate * interval '1 s' END,
        -- got less than it asked for, and left none behind: every priority was read to its end
        h1 = CASE WHEN y.taken < y.q AND y.left_there = 0 THEN c_empty ELSE coalesce(y.m1, l.h1) END,
        h2 = CASE WHEN y.taken < y.q AND y.left_there = 0 THEN c_empty ELSE coalesce(y.m2, l.h2) END,
        h3 = CASE WHEN y.taken < y.q AND y.left_there = 0 THEN c_empty ELSE coalesce(y.m3, l.h3) END,
        h4 = CASE WHEN y.taken < y.q AND y.left_there = 0 THEN c_empty ELSE coalesce(y.m4, l.h4) END
      FROM y WHERE l.ctid = y.place)  -- which costs the same however many lanes there are
  SELECT v.id, v.org_id, v.kind, v.payload, v.priority, v.attempt, v.max_attempts, v.past_attempts, v_fence, v.run_at,
      v.created_at, v.key, v.tags, v.deadline, coalesce(v.deadline < clock_timestamp(), false)
    FROM live v ORDER BY v.priority, v.pos;
  IF NOT FOUND AND NOT p_any THEN
    RETURN NEXT;
  END IF;
END $fn$;

SET LOCAL ROLE ${schema}_owner;
REVOKE CREATE ON SCHEMA ${schema} FROM ${schema}_dispatch;
