-- The queue's way in and out: register, enqueue, replace, promote, drain, move, thaw, claim.
--
-- Owner, pinned settings and grants of every function of the queue are set in V014. Names are all qualified; the
-- functions are versioned, and an old version stays for one release, so that old and new processes run side by side.
--
-- Errors that a caller can tell apart by SQLSTATE:
--   CR001 unknown org                       CR005 the org given is not the transaction's (croft.org_id)
--   CR002 org is not active                 CR006 invalid argument
--   CR003 unknown queue                     CR007 not in READ COMMITTED
--   CR004 stale fence                       CR008 org moves, or has moved, to another database
--                                           CR009 not the database that was meant
--                                           CR011 more than the org may have

-- The id of the queue of that name, made if it is new. Two callers at once get the same id. About 1,000 at most.
CREATE FUNCTION ${schema}.register_queue_v1(p_name text) RETURNS smallint LANGUAGE plpgsql AS $fn$
DECLARE
  v_id smallint;
BEGIN
  IF p_name IS NULL OR p_name !~ '^[a-zA-Z][a-zA-Z0-9._-]{0,63}$' THEN
    RAISE EXCEPTION USING ERRCODE = 'CR006', MESSAGE = format('queue name %L is not valid', left(p_name, 200)),
      HINT = 'Use 1 to 64 of a-z, A-Z, 0-9, dot, dash and underscore, beginning with a letter.';
  END IF;
  LOOP
    SELECT q.queue_id INTO v_id FROM ${schema}.queue q WHERE q.name = p_name;
    EXIT WHEN FOUND;
    IF (SELECT count(*) FROM ${schema}.queue) >= 1000 THEN
      RAISE EXCEPTION USING ERRCODE = 'CR006', MESSAGE = format('queue %L would be one too many', p_name),
        HINT = 'There are 1000 queues already: use one of them; a queue is for a line of work, not for an org.';
    END IF;
    INSERT INTO ${schema}.queue (name) VALUES (p_name) ON CONFLICT (name) DO NOTHING RETURNING queue_id INTO v_id;
    CONTINUE WHEN NOT FOUND;
    INSERT INTO ${schema}.queue_clock (queue_id) VALUES (v_id);
    EXIT;
  END LOOP;
  RETURN v_id;
END $fn$;

-- Adds up to 100,000 jobs, in the caller's own transaction. Where the transaction has an org (croft.org_id), all jobs
-- must be that org's; the application's role must have one. Otherwise the orgs given are trusted: a host's role that
-- may execute this function may add jobs for any org, and see what a key that it names stands for, or replace it while
-- it waits. Arrays are parallel; an element that is null takes the default:
-- p_run_at and p_delay_ms now (both given: the later), p_deadline none, p_max_attempts 3, p_tags (one a line) none,
-- p_key none, p_key_until none, p_key_ttl_ms 30 days, p_repeat 0. A key is known until p_key_until (infinity: always;
-- -infinity: until its job has ended) or, without one, for p_key_ttl_ms, and at least until its job has ended.
-- p_repeat says what a duplicate does to a job that waits: 0 nothing; 1 replaces it; 2 replaces it, and the job runs
-- once nobody has done so for p_quiet_ms, at the latest p_at_most_ms after it was enqueued. 2 leaves run-at and delay
-- out. 1 and 2 need READ COMMITTED (CR007): only then is seen whether the job still waits.
-- p_wait_… say which jobs wait for which others, as enqueue_waits_v1 takes it; the delays of those begin when what they
-- wait for has ended. p_told: the caller itself tells processes that may want the jobs, once they are committed; else
-- whoever drains what they leave for their lanes does. Jobs that would be more than their org may have are refused
-- (CR011), by its limit of V027. Not those that come as ${schema}_worker, of schedules, since the limit of one org must
-- not stop the schedules of others: fire_schedules_v1 leaves out what would be too much for an org, and those of all
-- orgs have a job in each of them.
--
-- Jobs that are alike but for their payloads and may run at once come for little more than their rows cost: then
-- p_org, p_queue, p_kind, p_priority and p_max_attempts have one element each, which counts for all, nothing else is
-- given but p_told, and the answer is one row, of the first job, with the ids of all.
--
-- Else the answer has one row for each position, and no ids. A key that its org already used gives the first job's
-- id, duplicate true, whether that was replaced, its state (as V010 lists them) and, once it has ended, its result.
-- It waits only for a transaction that is adding the same key of the same org, or replacing or ending the same job;
-- keys are taken in order, and jobs after them, so that two calls cannot deadlock (two calls in each of two
-- transactions can).
CREATE FUNCTION ${schema}.enqueue_v1(
  p_org uuid[], p_queue text[], p_kind text[], p_payload jsonb[], p_priority smallint[],
  p_run_at timestamptz[] DEFAULT NULL, p_delay_ms bigint[] DEFAULT NULL, p_deadline timestamptz[] DEFAULT NULL,
  p_max_attempts int[] DEFAULT NULL, p_tags text[] DEFAULT NULL, p_key text[] DEFAULT NULL,
  p_key_until timestamptz[] DEFAULT NULL, p_key_ttl_ms bigint[] DEFAULT NULL, p_repeat smallint[] DEFAULT NULL,
  p_quiet_ms bigint[] DEFAULT NULL, p_at_most_ms bigint[] DEFAULT NULL, p_wait_child int[] DEFAULT NULL,
  p_wait_parent int[] DEFAULT NULL, p_wait_id bigint[] DEFAULT NULL, p_wait_need smallint[] DEFAULT NULL,
  p_wait_name text[] DEFAULT NULL, p_told boolean DEFAULT false)
RETURNS TABLE (ord int, job_id bigint, duplicate boolean, replaced boolean, state smallint, result jsonb,
  ids bigint[])
LANGUAGE plpgsql AS $fn$
#variable_conflict use_column
DECLARE
  n int := coalesce(cardinality(p_payload), cardinality(p_org), 0);
  v_alike boolean := cardinality(p_org) = 1 AND cardinality(p_queue) = 1 AND cardinality(p_kind) = 1
    AND cardinality(p_priority) = 1 AND coalesce(cardinality(p_max_attempts), 1) = 1
    AND num_nonnulls(p_run_at, p_delay_ms, p_deadline, p_tags, p_key, p_key_until, p_key_ttl_ms, p_repeat, p_quiet_ms,
      p_at_most_ms, p_wait_child, p_wait_parent, p_wait_id, p_wait_need, p_wait_name) = 0;
  v_now timestamptz := clock_timestamp();
  v_set uuid := nullif(current_setting('croft.org_id', true), '')::uuid;
  v_org uuid;
  v_text text;
  v_bad int;
  v_queue smallint;
  v_kind text;
  v_priority smallint;
  v_attempts int;
  a_bad text[];
  a_queue smallint[];
  a_run_at timestamptz[];
  a_new bigint[];  -- the id each position would get
  a_id bigint[];   -- the id it has; another one if it is a duplicate
  a_replaced bigint[];
  a_waits int[];
  a_parent boolean[];
  v_limited boolean := false;
BEGIN
  IF n = 0 THEN
    RETURN;
  ELSIF n > 100000 THEN
    RAISE EXCEPTION USING ERRCODE = 'CR006', MESSAGE = format('enqueue of %s jobs: the limit is 100000 a call', n);
  ELSIF v_alike IS NOT TRUE AND (NOT coalesce(cardinality(p_org) = n AND cardinality(p_queue) = n
        AND cardinality(p_kind) = n AND cardinality(p_payload) = n AND cardinality(p_priority) = n, false)
      OR cardinality(p_run_at) <> n OR cardinality(p_delay_ms) <> n OR cardinality(p_deadline) <> n
      OR cardinality(p_max_attempts) <> n OR cardinality(p_tags) <> n OR cardinality(p_key) <> n
      OR cardinality(p_key_until) <> n OR cardinality(p_key_ttl_ms) <> n OR cardinality(p_repeat) <> n
      OR cardinality(p_quiet_ms) <> n OR cardinality(p_at_most_ms) <> n) THEN
    RAISE EXCEPTION USING ERRCODE = 'CR006', MESSAGE = 'enqueue: the arrays differ in length';
  END IF;
  IF v_set IS NULL AND current_setting('role') = '${schema}_app' THEN
    RAISE EXCEPTION USING ERRCODE = 'CR005', MESSAGE = 'this transaction has no org', HINT = 'Set croft.org_id for it.';
  END IF;
  IF v_set IS NOT NULL AND (v_set = ALL (p_org)) IS NOT TRUE THEN
    SELECT u.org_id INTO v_org FROM unnest(p_org) u (org_id) WHERE u.org_id IS DISTINCT FROM v_set LIMIT 1;
    RAISE EXCEPTION USING ERRCODE = 'CR005', MESSAGE = format('org %s is not the org of this transaction', v_org),
      HINT = 'Add jobs in a transaction of their own org.';
  END IF;
  -- Here and below: most calls have jobs of one org, kind and queue, which expressions find out at no cost to speak of,
  -- while a statement that looks at each job costs more than its insert.
  IF (p_kind[1] ~ '^[a-zA-Z][a-zA-Z0-9._-]{0,63}$' AND p_kind[1] = ALL (p_kind) AND 1 <= ALL (p_priority)
      AND 4 >= ALL (p_priority) AND array_position(p_payload, NULL) IS NULL AND pg_column_size(p_payload) <= 4194304
      AND p_key IS NULL AND p_repeat IS NULL AND p_delay_ms IS NULL AND p_tags IS NULL) IS NOT TRUE
      OR NOT (1 <= ALL (p_max_attempts) AND 100 >= ALL (p_max_attempts)) THEN
    IF v_alike THEN
      p_kind := array_fill(p_kind[1], ARRAY[n]);
      p_priority := array_fill(p_priority[1], ARRAY[n]);
      p_max_attempts := CASE WHEN p_max_attempts IS NOT NULL THEN array_fill(p_max_attempts[1], ARRAY[n]) END;
    END IF;
    SELECT array_agg(k.kind) INTO a_bad FROM (SELECT DISTINCT u.kind FROM unnest(p_kind) u (kind)) k
      WHERE k.kind !~ '^[a-zA-Z][a-zA-Z0-9._-]{0,63}$';
    SELECT t.ord INTO v_bad
      FROM unnest(p_kind, p_payload, p_priority, p_max_attempts, p_tags, p_key, p_key_ttl_ms, p_run_at, p_delay_ms,
          p_repeat, p_quiet_ms, p_at_most_ms)
        WITH ORDINALITY AS t (kind, payload, priority, max_attempts, tags, key, key_ttl_ms, run_at, delay_ms, repeat,
          quiet_ms, at_most_ms, ord)
      WHERE (pg_column_size(t.payload) <= 4194304 AND t.priority BETWEEN 1 AND 4) IS NOT TRUE
        OR t.kind IS NULL OR t.kind = ANY (a_bad) OR cardinality(string_to_array(t.tags, E'\n')) NOT BETWEEN 1 AND 16
        OR t.max_attempts NOT BETWEEN 1 AND 100 OR octet_length(t.key) NOT BETWEEN 1 AND 255
        OR t.key_ttl_ms NOT BETWEEN 1 AND 3153600000000 OR t.delay_ms NOT BETWEEN 0 AND 3153600000000
        OR t.repeat NOT BETWEEN 0 AND 2 OR (t.repeat > 0 AND t.key IS NULL)
        OR (t.repeat = 2 AND (t.quiet_ms >= 0 AND t.at_most_ms BETWEEN t.quiet_ms AND 3153600000000
          AND t.run_at IS NULL AND t.delay_ms IS NULL) IS NOT TRUE)
      ORDER BY t.ord LIMIT 1;
    IF FOUND THEN
      RAISE EXCEPTION USING ERRCODE = 'CR006', MESSAGE = format('enqueue: job %s of the call is not valid', v_bad),
        HINT = 'Kind: 1 to 64 of a-z, A-Z, 0-9, dot, dash and underscore, beginning with a letter; payload: given, up'
          ' to 4 MiB as it is kept; priority: 1 to 4; attempts: 1 to 100; tags: 1 to 16, if any; key: 1 to 255 bytes;'
          ' delay and key life: up to 100 years; repeat: 0 to 2, with a key; 2 with a quiet time and a greater limit to'
          ' it, without run-at and delay.';
    END IF;
  END IF;
  IF 0 < ANY (p_repeat) AND current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION USING ERRCODE = 'CR007',
      MESSAGE = 'a key that replaces a waiting job was used outside a READ COMMITTED transaction',
      HINT = 'Use READ COMMITTED, or a key that keeps the first job.';
  END IF;
  IF (p_org[1] = ALL (p_org)) IS TRUE THEN
    v_org := p_org[1];
    SELECT o.state || coalesce(' to ' || o.moved_to, ''), q.org_id IS NOT NULL INTO v_text, v_limited
      FROM ${schema}.org o LEFT JOIN ${schema}.quota q ON q.org_id = o.org_id AND q.resource = 1 WHERE o.org_id = v_org;
  ELSE
    SELECT t.org_id, o.state || coalesce(' to ' || o.moved_to, '') INTO v_org, v_text
      FROM (SELECT DISTINCT u.org_id FROM unnest(p_org) u (org_id)) t LEFT JOIN ${schema}.org o ON o.org_id = t.org_id
      WHERE o.state IS DISTINCT FROM 'ACTIVE' LIMIT 1;
    IF NOT FOUND THEN
      v_text := 'ACTIVE';
    END IF;
    v_limited := EXISTS (SELECT FROM ${schema}.quota q WHERE q.org_id = ANY (p_org) AND q.resource = 1);
  END IF;
  IF v_text IS DISTINCT FROM 'ACTIVE' THEN
    RAISE EXCEPTION USING
      ERRCODE = CASE WHEN v_text IS NULL THEN 'CR001' WHEN v_text = 'ERASING' THEN 'CR002' ELSE 'CR008' END,
      MESSAGE = CASE WHEN v_text IS NULL THEN format('org %s is unknown', v_org)
        ELSE format('org %s is %s and takes no jobs here', v_org, v_text) END,
      HINT = CASE WHEN v_text IS NULL THEN 'Create the org first.' WHEN v_text = 'ERASING'
        THEN 'Only an active org takes jobs.' ELSE 'Begin anew, in the database where the org is then.' END;
  END IF;
  a_new := ARRAY(SELECT nextval('${schema}.job_seq') FROM generate_series(1, n));
  IF (p_queue[1] = ALL (p_queue)) IS TRUE AND p_run_at IS NULL AND p_delay_ms IS NULL AND p_quiet_ms IS NULL THEN
    v_text := p_queue[1];
    SELECT q.queue_id INTO v_queue FROM ${schema}.queue q WHERE q.name = v_text;
    a_queue := array_fill(v_queue, ARRAY[CASE WHEN v_alike THEN 1 ELSE n END]);
    a_run_at := array_fill(v_now, ARRAY[CASE WHEN v_alike THEN 1 ELSE n END]);
  ELSE
    SELECT array_agg(q.queue_id ORDER BY t.ord), min(t.name) FILTER (WHERE q.queue_id IS NULL),
        array_agg(coalesce(greatest(t.run_at, v_now + coalesce(t.quiet_ms, t.delay_ms) * interval '1 ms'), v_now)
          ORDER BY t.ord)
      INTO a_queue, v_text, a_run_at
      FROM unnest(p_queue, p_run_at, p_delay_ms, p_quiet_ms) WITH ORDINALITY AS t (name, run_at, delay_ms, quiet_ms, ord)
        LEFT JOIN ${schema}.queue q ON q.name = t.name;
  END IF;
  IF array_position(a_queue, NULL) IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = 'CR003', MESSAGE = format('queue %L is unknown', left(v_text, 200)),
      HINT = 'Register the queue first.';
  END IF;

  IF v_alike THEN
    IF v_limited AND current_setting('role') <> '${schema}_worker' THEN
      PERFORM ${schema}.use_quota_v1(v_org, 1::smallint, n);
    END IF;
    v_kind := p_kind[1];
    v_priority := p_priority[1];
    v_attempts := coalesce(p_max_attempts[1], 3);
    -- unnest where columns are: after FROM, all payloads would be copied first.
    INSERT INTO ${schema}.job (org_id, id, queue_id, kind, priority, max_attempts, run_at, created_at, updated_at,
        payload)
      SELECT v_org, t.id, v_queue, v_kind, v_priority, v_attempts, v_now, v_now, v_now, t.payload
        FROM (SELECT unnest(a_new) AS id, unnest(p_payload) AS payload) t;
    INSERT INTO ${schema}.ready (queue_id, org_id, priority, pos, id, attempt)
      SELECT v_queue, v_org, v_priority, t.id, t.id, 0 FROM (SELECT unnest(a_new) AS id) t;
    INSERT INTO ${schema}.wake (queue_id, org_id, priority, min_pos, added, untold)
      VALUES (v_queue, v_org, v_priority, a_new[1], n, p_told IS NOT TRUE);
    RETURN QUERY SELECT 1, a_new[1], false, false, 2::smallint, NULL::jsonb, a_new;
    RETURN;
  END IF;
  a_id := a_new;
  IF p_key IS NOT NULL AND array_length(array_remove(p_key, NULL), 1) > 0 THEN
    DELETE FROM ${schema}.job_key k USING (
        SELECT e.org_id, e.key FROM ${schema}.job_key e
          JOIN (SELECT DISTINCT t.org_id, t.key FROM unnest(p_org, p_key) AS t (org_id, key)) t
            ON e.org_id = ANY (ARRAY[t.org_id]) AND e.key = ANY (ARRAY[t.key])
          WHERE e.expires_at <= v_now AND e.state <> 0
          ORDER BY e.org_id, e.key COLLATE "C" FOR UPDATE OF e) x
      WHERE k.org_id = ANY (ARRAY[x.org_id]) AND k.key = ANY (ARRAY[x.key]);
    LOOP
      INSERT INTO ${schema}.job_key (org_id, key, job_id, created_at, expires_at)
        SELECT DISTINCT ON (t.org_id, t.key COLLATE "C") t.org_id, t.key, t.id, v_now,
            coalesce(t.key_until, v_now + coalesce(t.key_ttl_ms, 2592000000) * interval '1 ms')
          FROM unnest(p_org, p_key, a_new, p_key_until, p_key_ttl_ms)
            WITH ORDINALITY AS t (org_id, key, id, key_until, key_ttl_ms, ord)
          WHERE t.key IS NOT NULL
          ORDER BY t.org_id, t.key COLLATE "C", t.ord
        ON CONFLICT (org_id, key) DO NOTHING;
      SELECT array_agg(CASE WHEN t.key IS NULL THEN t.id ELSE k.job_id END ORDER BY t.ord) INTO a_id
        FROM unnest(p_org, p_key, a_new) WITH ORDINALITY AS t (org_id, key, id, ord)
          LEFT JOIN ${schema}.job_key k ON k.org_id = ANY (ARRAY[t.org_id]) AND k.key = ANY (ARRAY[t.key]);
      -- A snapshot from before a key ended shows it beside the one that was just inserted in its place.
      IF cardinality(a_id) <> n THEN
        RAISE EXCEPTION USING ERRCODE = '40001', MESSAGE = 'a key ended after this transaction had begun',
          HINT = 'Do all of the transaction again.';
      END IF;
      EXIT WHEN array_position(a_id, NULL) IS NULL;  -- else a key was purged between the two statements
    END LOOP;
  END IF;

  IF p_deadline IS NOT NULL THEN
    -- Not of duplicates, so that an enqueue that is told again gets its job.
    SELECT t.ord INTO v_bad FROM unnest(a_run_at, p_deadline, a_new, a_id)
        WITH ORDINALITY AS t (run_at, deadline, id, has_id, ord)
      WHERE t.run_at > v_now AND t.deadline < t.run_at AND t.id = t.has_id ORDER BY t.ord LIMIT 1;
    IF FOUND THEN
      RAISE EXCEPTION USING ERRCODE = 'CR006',
        MESSAGE = format('enqueue: the deadline of job %s of the call is before it may run', v_bad),
        HINT = 'Give a later deadline, or a shorter delay.';
    END IF;
  END IF;
  IF cardinality(p_wait_child) > 0 THEN
    SELECT w.waits, w.has_children INTO a_waits, a_parent FROM ${schema}.enqueue_waits_v1(
      p_org, a_new, a_id, p_key, p_repeat, p_wait_child, p_wait_parent, p_wait_id, p_wait_need, p_wait_name) w;
  END IF;
  IF v_limited AND current_setting('role') <> '${schema}_worker' THEN
    PERFORM ${schema}.use_quota_v1(x.org_id, 1::smallint, x.n)
      FROM (SELECT t.org_id, count(*) AS n FROM unnest(p_org, a_new, a_id) AS t (org_id, id, has_id)
          WHERE t.id = t.has_id GROUP BY 1 ORDER BY 1) x
        JOIN ${schema}.quota q ON q.org_id = ANY (ARRAY[x.org_id]) AND q.resource = 1;
  END IF;
  WITH i AS MATERIALIZED (
    SELECT t.*, coalesce(t.waits, 0) > 0 AS waiting
      FROM unnest(p_org, a_queue, p_kind, p_payload, p_priority, a_run_at, p_deadline, p_max_attempts, p_key,
        p_tags, a_new, a_id, a_waits, a_parent, p_delay_ms)
      AS t (org_id, queue_id, kind, payload, priority, run_at, deadline, max_attempts, key, tags, id, has_id, waits,
        parent, delay_ms)
      WHERE t.id = t.has_id),
  j AS (INSERT INTO ${schema}.job (org_id, id, queue_id, kind, priority, state, max_attempts, run_at, created_at,
      updated_at, deadline, key, tags, waits_for, delay_ms, has_children, payload)
    SELECT i.org_id, i.id, i.queue_id, i.kind, i.priority, CASE WHEN i.waiting THEN 7 ELSE 0 END,
      coalesce(i.max_attempts, 3), i.run_at, v_now, v_now, i.deadline, i.key, string_to_array(i.tags, E'\n'), i.waits,
      CASE WHEN i.waiting THEN i.delay_ms END, i.parent, i.payload FROM i),
  s AS (INSERT INTO ${schema}.scheduled (run_at, id, org_id, queue_id, priority, attempt)
    SELECT i.run_at, i.id, i.org_id, i.queue_id, i.priority, 0 FROM i WHERE i.run_at > v_now AND NOT i.waiting),
  r AS (INSERT INTO ${schema}.ready (queue_id, org_id, priority, pos, id, attempt)
    SELECT i.queue_id, i.org_id, i.priority, i.id, i.id, 0 FROM i WHERE i.run_at <= v_now AND NOT i.waiting)
  INSERT INTO ${schema}.wake (queue_id, org_id, priority, min_pos, added, later, waiting, untold)
    SELECT i.queue_id, i.org_id, i.priority, min(i.id) FILTER (WHERE i.run_at <= v_now AND NOT i.waiting),
        count(*) FILTER (WHERE i.run_at <= v_now AND NOT i.waiting),
        count(*) FILTER (WHERE i.run_at > v_now AND NOT i.waiting), count(*) FILTER (WHERE i.waiting),
        p_told IS NOT TRUE
      FROM i GROUP BY 1, 2, 3;

  IF a_id = a_new THEN
    RETURN QUERY SELECT t.ord::int, t.id, false, false,
        CASE WHEN t.waits > 0 THEN 7 WHEN t.run_at > v_now THEN 1 ELSE 2 END::smallint, NULL::jsonb, NULL::bigint[]
      FROM unnest(a_id, a_run_at, a_waits) WITH ORDINALITY AS t (id, run_at, waits, ord);
    RETURN;
  ELSIF 0 < ANY (p_repeat) THEN
    a_replaced := ARRAY(SELECT * FROM ${schema}.replace_core_v1(p_org, a_new, a_id, a_queue, p_kind, p_payload,
      p_priority, a_run_at, p_deadline, p_max_attempts, p_tags, p_repeat, p_quiet_ms, p_at_most_ms, p_told));
  END IF;
  RETURN QUERY SELECT t.ord::int, t.has_id, t.id <> t.has_id,
      coalesce(t.id <> t.has_id AND t.repeat > 0 AND t.has_id = ANY (a_replaced), false),
      CASE WHEN k.state <> 0 THEN k.state WHEN j.state <> 0 THEN j.state
        WHEN j.id IS NULL THEN 3  -- it has just ended, and took its key with it
        WHEN EXISTS (SELECT FROM ${schema}.run r WHERE r.id = ANY (ARRAY[t.has_id])) THEN 3
        WHEN j.run_at > v_now THEN 1 ELSE 2 END::smallint,
      k.result, NULL::bigint[]
    FROM unnest(p_org, p_key, a_new, a_id, p_repeat) WITH ORDINALITY AS t (org_id, key, id, has_id, repeat, ord)
      LEFT JOIN ${schema}.job_key k ON k.org_id = ANY (ARRAY[t.org_id]) AND k.key = ANY (ARRAY[t.key])
      LEFT JOIN ${schema}.job j ON j.org_id = ANY (ARRAY[t.org_id]) AND j.id = ANY (ARRAY[t.has_id])
    ORDER BY t.ord;
END $fn$;

-- What duplicates of enqueue_v1 do to the jobs that they are of: p_has_id is the job, p_new_id the id that the position
-- would have had. Returns the ids of those that waited and are replaced, each by the last of its duplicates. Nobody but
-- the dispatcher may execute it.
--
-- The transaction may be a host's and stay open, so no lane is locked, the line is not touched and what runs is left
-- alone, since its end would have to wait. The job's row is locked instead. A claim locks the rows of jobs with a key
-- as well, without waiting: it either has the job before this looks whether it runs, or puts it back into the line. Of
-- a scheduled job the entry is exchanged, which promote passes over meanwhile. One in the line stays there, and what it
-- says changes under it; if it belongs elsewhere now, move_v1 takes it there, or the claim that meets it first.
CREATE FUNCTION ${schema}.replace_core_v1(
  p_org uuid[], p_new_id bigint[], p_has_id bigint[], p_queue_id smallint[], p_kind text[], p_payload jsonb[],
  p_priority smallint[], p_run_at timestamptz[], p_deadline timestamptz[], p_max_attempts int[], p_tags text[],
  p_repeat smallint[], p_quiet_ms bigint[], p_at_most_ms bigint[], p_told boolean)
RETURNS SETOF bigint LANGUAGE plpgsql AS $fn$
DECLARE
  v_now timestamptz := clock_timestamp();
  v_kind text;
  a_ord bigint[];
  a_held bigint[];
BEGIN
  SELECT array_agg(x.ord) INTO a_ord FROM (
    SELECT DISTINCT ON (t.has_id) t.ord FROM unnest(p_new_id, p_has_id, p_repeat)
        WITH ORDINALITY AS t (new_id, has_id, repeat, ord)
      WHERE t.new_id <> t.has_id AND t.repeat > 0 ORDER BY t.has_id, t.ord DESC) x;
  LOOP
    BEGIN
      SELECT array_agg(x.id) INTO a_held FROM (
        SELECT j.id FROM unnest(a_ord) o (ord)
            JOIN ${schema}.job j ON j.org_id = ANY (ARRAY[p_org[o.ord]]) AND j.id = ANY (ARRAY[p_has_id[o.ord]])
          WHERE j.state = 0 AND NOT EXISTS (SELECT FROM ${schema}.run r WHERE r.id = ANY (ARRAY[j.id]) OFFSET 0)
          ORDER BY j.id FOR NO KEY UPDATE OF j) x;
      -- One that was waited for may have begun meanwhile. It is let go, with the others, and they are looked for again.
      IF EXISTS (SELECT FROM unnest(a_held) h (id) JOIN ${schema}.run r ON r.id = ANY (ARRAY[h.id])) THEN
        RAISE EXCEPTION USING ERRCODE = 'CR010', MESSAGE = 'a job has begun';
      END IF;
      EXIT;
    EXCEPTION WHEN SQLSTATE 'CR010' THEN
      -- once more
    END;
  END LOOP;
  -- Looked at again under the locks: one may have ended meanwhile.
  SELECT array_agg(o.ord), min(j.kind) FILTER (WHERE j.kind <> p_kind[o.ord] OR j.queue_id <> p_queue_id[o.ord])
    INTO a_ord, v_kind
    FROM unnest(a_ord) o (ord)
      JOIN ${schema}.job j ON j.org_id = ANY (ARRAY[p_org[o.ord]]) AND j.id = ANY (ARRAY[p_has_id[o.ord]])
    WHERE j.id = ANY (a_held) AND j.state = 0
      AND NOT EXISTS (SELECT FROM ${schema}.run r WHERE r.id = ANY (ARRAY[j.id]) OFFSET 0);
  IF v_kind IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = 'CR006',
      MESSAGE = format('a key is of a waiting job of kind %s and cannot be used to replace it by another kind', v_kind),
      HINT = 'Use one kind and queue with a key that replaces.';
  END IF;
  SELECT o.ord INTO v_kind FROM unnest(a_ord) o (ord)
    WHERE p_repeat[o.ord] = 1 AND p_run_at[o.ord] > v_now AND p_deadline[o.ord] < p_run_at[o.ord] LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION USING ERRCODE = 'CR006',
      MESSAGE = format('enqueue: the deadline of job %s of the call is before it may run', v_kind),
      HINT = 'Give a later deadline, or a shorter delay.';
  END IF;
  RETURN QUERY
  WITH i AS MATERIALIZED (
    SELECT j.org_id, j.id, j.queue_id, j.priority AS old_priority, j.run_at AS old_run_at,
        p_priority[o.ord] AS priority, p_payload[o.ord] AS payload, p_deadline[o.ord] AS deadline,
        coalesce(p_max_attempts[o.ord], 3) AS max_attempts, string_to_array(p_tags[o.ord], E'\n') AS tags,
        greatest(
          CASE p_repeat[o.ord] WHEN 1 THEN p_run_at[o.ord]
            ELSE least(v_now + p_quiet_ms[o.ord] * interval '1 ms',
              j.created_at + p_at_most_ms[o.ord] * interval '1 ms', p_deadline[o.ord]) END,
          CASE WHEN j.accepted_fence IS NOT NULL OR j.attempt > 0 THEN j.run_at END) AS run_at
      FROM unnest(a_ord) o (ord)
        JOIN ${schema}.job j ON j.org_id = ANY (ARRAY[p_org[o.ord]]) AND j.id = ANY (ARRAY[p_has_id[o.ord]])),
  gone AS (
    DELETE FROM ${schema}.scheduled s USING i WHERE s.run_at = ANY (ARRAY[i.old_run_at]) AND s.id = ANY (ARRAY[i.id])
      RETURNING s.id, s.attempt, i.org_id, i.queue_id, i.priority, i.run_at),
  u AS (
    UPDATE ${schema}.job j SET priority = i.priority, payload = i.payload, run_at = i.run_at, deadline = i.deadline,
        max_attempts = i.max_attempts, tags = i.tags, updated_at = v_now
      FROM i WHERE j.org_id = ANY (ARRAY[i.org_id]) AND j.id = ANY (ARRAY[i.id]) RETURNING j.id),
  s AS (
    INSERT INTO ${schema}.scheduled (run_at, id, org_id, queue_id, priority, attempt)
      SELECT g.run_at, g.id, g.org_id, g.queue_id, g.priority, g.attempt FROM gone g WHERE g.run_at > v_now),
  r AS (
    INSERT INTO ${schema}.ready (queue_id, org_id, priority, pos, id, attempt)
      SELECT g.queue_id, g.org_id, g.priority, nextval('${schema}.job_seq'), g.id, g.attempt FROM gone g
        WHERE g.run_at <= v_now
      RETURNING queue_id, org_id, priority, pos),
  w AS (
    INSERT INTO ${schema}.wake (queue_id, org_id, priority, min_pos, added, later, untold)
      SELECT r.queue_id, r.org_id, r.priority, min(r.pos), count(*), -count(*), p_told IS NOT TRUE
        FROM r GROUP BY 1, 2, 3),
  m AS (
    INSERT INTO ${schema}.move (queue_id, org_id, id) SELECT i.queue_id, i.org_id, i.id FROM i
      WHERE (i.run_at > v_now OR i.priority <> i.old_priority) AND i.id <> ALL (ARRAY(SELECT g.id FROM gone g)))
  SELECT u.id FROM u;
END $fn$;

-- Moves what is due into the line; returns how many. Locks no lane. Where more is due than p_limit, lanes take turns:
-- those of which something is due behind a random place, 200 at most, get an equal share each, the longest due first,
-- and what they leave goes to whatever is due longest. So nobody's job waits for another org's backlog of retries. No
-- more than 2,000 lanes are looked at for it: where nearly all wait for a later time, a lane's turn comes a few calls
-- later.
CREATE FUNCTION ${schema}.promote_v1(p_limit int DEFAULT 1000) RETURNS int
LANGUAGE plpgsql AS $fn$
DECLARE
  c_lanes CONSTANT int := 200;
  c_looks CONSTANT int := 2000;
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
    FOR i IN 1..c_looks LOOP  -- the first of each lane, whose time comes first
      SELECT uuid_hash(s.org_id) AS hash, s.org_id, s.queue_id, s.run_at INTO v_next FROM ${schema}.scheduled s
        WHERE (uuid_hash(s.org_id), s.org_id, s.queue_id) > (v_hash, v_org, v_queue)
        ORDER BY uuid_hash(s.org_id), s.org_id, s.queue_id, s.run_at LIMIT 1;
      IF FOUND THEN
        EXIT WHEN v_round AND v_next.hash >= v_start;
        v_hash := v_next.hash;
        v_org := v_next.org_id;
        v_queue := v_next.queue_id;
        IF v_next.run_at <= v_now THEN
          a_org := a_org || v_org;
          a_queue := a_queue || v_queue;
          EXIT WHEN cardinality(a_org) >= least(c_lanes, p_limit);
        END IF;
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

-- Makes the lanes that are not there yet, of orgs that are. Nobody but the dispatcher may execute it. Whether their
-- orgs are paused cannot change before the transaction ends. One that is not in service counts as paused: whoever
-- takes it into service tells its lanes, under the same lock. It waits for an erasure that is just removing an org's
-- row. OFFSET 0 keeps EXISTS a probe for each lane: as a join it may be planned to read all orgs, while they are few.
CREATE FUNCTION ${schema}.make_lanes_v1(p_queue smallint[], p_org uuid[]) RETURNS void
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

-- Tells lanes what came (head back to it, runnable) and what was freed; returns how many wake rows it settled, how many
-- it passed over since others hold them or their lanes (whoever waits for those must look again: nobody tells when they
-- are settled), and for each queue into which jobs came that nobody has told of yet how many. A wake row is deleted
-- only under the lock of its lane, so it counts once, and a claim that starts later sees the ready rows behind it.
--
-- It reads from after p_from on: what was settled leaves entries in wake_pkey that stay for as long as any
-- transaction is open that is older, and from 0 on all of them are passed. next_from is where the next call may
-- begin: nothing that could be seen is left up to there. walk_us is how long it took to read the first rows, in
-- microseconds. What was given its number before, by a transaction that commits later, is found only by a call that
-- begins before it.
CREATE FUNCTION ${schema}.drain_v1(p_limit int, p_from bigint DEFAULT 0, OUT drained int, OUT passed int,
  OUT queues text[], OUT came int[], OUT next_from bigint, OUT walk_us bigint)
LANGUAGE plpgsql AS $fn$
DECLARE
  v_now timestamptz := clock_timestamp();
  v_from bigint := p_from;
  v_last bigint;
  a_seen bigint[];
  a_all bigint[] := '{}';
  a_wake bigint[] := '{}';
  a_queue smallint[];
  a_org uuid[];
BEGIN
  drained := 0;
  passed := 0;
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION USING ERRCODE = 'CR007', MESSAGE = 'drain runs only in a READ COMMITTED transaction';
  END IF;
  SELECT s.last_value - 1 INTO v_last FROM ${schema}.wake_wake_id_seq s;  -- all that comes from here on is after it
  FOR i IN 1..100 LOOP  -- the first of them, and those behind where others hold what those are for
    SELECT array_agg(w.wake_id), max(w.wake_id) INTO a_seen, v_from
      FROM (SELECT k.wake_id FROM ${schema}.wake k WHERE k.wake_id > v_from ORDER BY k.wake_id LIMIT p_limit) w;
    IF i = 1 THEN
      walk_us := ceil(extract(epoch FROM clock_timestamp() - v_now) * 1000000);
    END IF;
    IF a_seen IS NULL OR cardinality(a_seen) < p_limit THEN
      v_from := greatest(p_from, v_from, v_last);  -- there are no more
    END IF;
    next_from := v_from;
    EXIT WHEN a_seen IS NULL;
    a_all := a_all || a_seen;
    -- Lanes that are not there yet are made while none is held: pause_gate comes before them. Behind rows of which
    -- some could be settled, their rows are passed over.
    IF a_wake = '{}' THEN
      SELECT array_agg(w.queue_id), array_agg(w.org_id) INTO a_queue, a_org
        FROM ${schema}.wake w WHERE w.wake_id = ANY (a_seen)
          AND NOT EXISTS (SELECT FROM ${schema}.lane l
            WHERE l.queue_id = ANY (ARRAY[w.queue_id]) AND l.org_id = ANY (ARRAY[w.org_id]) OFFSET 0);
      IF a_queue IS NOT NULL THEN
        PERFORM ${schema}.make_lanes_v1(a_queue, a_org);
      END IF;
    END IF;
    a_wake := a_wake || ARRAY(
      SELECT w.wake_id FROM ${schema}.wake w
          JOIN ${schema}.lane l ON l.queue_id = ANY (ARRAY[w.queue_id]) AND l.org_id = ANY (ARRAY[w.org_id])
        WHERE w.wake_id = ANY (a_seen) FOR NO KEY UPDATE OF l SKIP LOCKED);
    EXIT WHEN cardinality(a_seen) < p_limit OR cardinality(a_wake) > p_limit / 2;
  END LOOP;
  passed := cardinality(a_all) - cardinality(a_wake);
  IF passed > 0 THEN
    SELECT min(t.wake_id) - 1 INTO next_from
      FROM (SELECT unnest(a_all) AS wake_id EXCEPT SELECT unnest(a_wake)) t;
  END IF;
  IF a_wake = '{}' THEN
    RETURN;
  END IF;
  WITH w AS (
    DELETE FROM ${schema}.wake k WHERE k.wake_id = ANY (a_wake)
      RETURNING k.queue_id, k.org_id, k.priority, k.min_pos, k.added, k.freed, k.timed, k.took, k.charged, k.later,
        k.died, k.waiting, k.untold),
  g AS MATERIALIZED (
    SELECT w.queue_id, w.org_id, sum(w.added) AS added, sum(w.freed) AS freed, count(*) AS n,
        sum(w.timed) AS timed, sum(w.took) AS took, sum(w.charged) AS charged,
        sum(w.later) AS later, sum(w.died) AS died, sum(w.waiting) AS waiting,
        coalesce(sum(w.added) FILTER (WHERE w.untold), 0) AS untold,
        min(w.min_pos) FILTER (WHERE w.priority = 1) AS m1, min(w.min_pos) FILTER (WHERE w.priority = 2) AS m2,
        min(w.min_pos) FILTER (WHERE w.priority = 3) AS m3, min(w.min_pos) FILTER (WHERE w.priority = 4) AS m4
      FROM w GROUP BY 1, 2),
  u AS (
    UPDATE ${schema}.lane l SET queued = l.queued + g.added, running = l.running - g.freed,
        scheduled = l.scheduled + g.later, dead = l.dead + g.died, waiting = l.waiting + g.waiting,
        h1 = least(l.h1, g.m1 - 1), h2 = least(l.h2, g.m2 - 1),
        h3 = least(l.h3, g.m3 - 1), h4 = least(l.h4, g.m4 - 1),
        vtime = greatest(l.vtime - l.credit + g.took / l.weight - g.charged, c.floor),
        -- none for having waited: a lane that was not runnable comes back at the queue's virtual time
        credit = CASE WHEN l.st = 1
          THEN greatest(0, c.floor - (l.vtime - l.credit + g.took / l.weight - g.charged)) ELSE 0 END,
        pending = CASE WHEN l.running > g.freed THEN greatest(0, l.pending - g.charged) ELSE 0 END,
        cost = CASE WHEN g.timed = 0 THEN l.cost ELSE g.took / g.timed
          + (coalesce(l.cost, g.took / g.timed) - g.took / g.timed) * power(0.875, least(g.timed, 100)) END,
        throttled_until = CASE WHEN l.throttled_until > v_now THEN l.throttled_until END
      FROM g JOIN ${schema}.queue_clock c ON c.queue_id = g.queue_id
      WHERE l.queue_id = ANY (ARRAY[g.queue_id]) AND l.org_id = ANY (ARRAY[g.org_id]))
  SELECT coalesce(sum(x.n), 0), array_agg(q.name) FILTER (WHERE x.untold > 0),
      array_agg(x.untold) FILTER (WHERE x.untold > 0)
    INTO drained, queues, came
    FROM (SELECT g.queue_id, sum(g.n) AS n, sum(g.untold)::int AS untold FROM g GROUP BY 1) x
      JOIN ${schema}.queue q ON q.queue_id = x.queue_id;
END $fn$;

-- Makes lanes runnable again whose next token is there; returns how many, and for each queue where others wait how soon
-- the first of them is due, in microseconds. Served by lane_throttled.
CREATE FUNCTION ${schema}.thaw_v1(p_limit int, OUT thawed int, OUT queues text[], OUT waits bigint[])
LANGUAGE plpgsql AS $fn$
DECLARE
  v_now timestamptz := clock_timestamp();  -- as a variable: a condition on a volatile function cannot use the index
BEGIN
  thawed := 0;
  IF NOT EXISTS (SELECT FROM ${schema}.lane l WHERE l.st = 4) THEN
    RETURN;
  END IF;
  UPDATE ${schema}.lane l SET throttled_until = NULL, vtime = greatest(l.vtime, c.floor), credit = 0
    FROM ${schema}.queue_clock c
    WHERE c.queue_id = ANY (ARRAY[l.queue_id]) AND l.ctid = ANY (ARRAY(
      SELECT t.ctid FROM ${schema}.lane t WHERE t.st = 4 AND t.throttled_until <= v_now
        ORDER BY t.throttled_until LIMIT p_limit FOR NO KEY UPDATE SKIP LOCKED));
  GET DIAGNOSTICS thawed = ROW_COUNT;
  SELECT array_agg(q.name), array_agg(greatest(0, ceil(extract(epoch FROM n.at - clock_timestamp()) * 1000000)))
    INTO queues, waits
    FROM (SELECT t.queue_id, min(t.throttled_until) AS at
        FROM (SELECT l.queue_id, l.throttled_until FROM ${schema}.lane l WHERE l.st = 4
          ORDER BY l.throttled_until LIMIT 100) t GROUP BY 1) n
      JOIN ${schema}.queue q ON q.queue_id = n.queue_id;
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
CREATE FUNCTION ${schema}.free_slots_v1(p_queue_id smallint, p_limit int, p_unslotted boolean, p_want int)
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

-- Takes lanes that could be claimed and are below where claims begin to the floor, with what they were below it as
-- credit, so that none is served less for it; if nobody else is just at it. Nobody but the dispatcher may execute it.
--
-- To look for them is to pass all dead entries below there, which are as many as attempts since the oldest transaction
-- that is open began. So looks take at most a twentieth of the time, and come every quarter of a second at most.
CREATE FUNCTION ${schema}.lift_lanes_v1(p_queue_id smallint) RETURNS void LANGUAGE plpgsql AS $fn$
DECLARE
  v_began timestamptz := clock_timestamp();
  v_floor float8;
  v_from float8;
BEGIN
  SELECT c.floor, c.scan_from INTO v_floor, v_from
    FROM ${schema}.queue_clock c WHERE c.queue_id = p_queue_id AND c.look_at <= v_began FOR NO KEY UPDATE SKIP LOCKED;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  UPDATE ${schema}.lane l SET vtime = v_floor, credit = l.credit + v_floor - l.vtime
    WHERE l.ctid = ANY (ARRAY(
      SELECT b.ctid FROM ${schema}.lane b WHERE b.queue_id = p_queue_id AND b.st = 1 AND b.vtime < v_from
        ORDER BY b.vtime LIMIT 1000 FOR NO KEY UPDATE SKIP LOCKED));
  UPDATE ${schema}.queue_clock c
    SET look_at = clock_timestamp() + greatest(interval '250 ms', 20 * (clock_timestamp() - v_began))
    WHERE c.queue_id = p_queue_id;
END $fn$;

-- Takes jobs that were replaced while they stood in the line to where they belong; returns how many entries it settled.
-- It waits neither for lanes nor for jobs: what is held by somebody is left for the next call.
CREATE FUNCTION ${schema}.move_v1(p_limit int DEFAULT 1000) RETURNS int LANGUAGE plpgsql AS $fn$
DECLARE
  v_now timestamptz := clock_timestamp();
  v_from bigint := 0;
  a_seen bigint[];
  a_move bigint[] := '{}';
  a_job bigint[] := '{}';
  v_n int;
BEGIN
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION USING ERRCODE = 'CR007', MESSAGE = 'move runs only in a READ COMMITTED transaction';
  END IF;
  FOR i IN 1..100 LOOP  -- the first of them, and those behind where others hold what those are for
    SELECT array_agg(m.move_id), max(m.move_id) INTO a_seen, v_from
      FROM (SELECT k.move_id FROM ${schema}.move k WHERE k.move_id > v_from ORDER BY k.move_id LIMIT p_limit) m;
    EXIT WHEN a_seen IS NULL;
    v_n := cardinality(a_seen);
    a_seen := ARRAY(
      SELECT m.move_id FROM ${schema}.move m
          JOIN ${schema}.lane l ON l.queue_id = ANY (ARRAY[m.queue_id]) AND l.org_id = ANY (ARRAY[m.org_id])
        WHERE m.move_id = ANY (a_seen) FOR NO KEY UPDATE OF l SKIP LOCKED);
    a_move := a_move || a_seen;
    a_job := a_job || ARRAY(
      SELECT j.id FROM ${schema}.move m
          JOIN ${schema}.job j ON j.org_id = ANY (ARRAY[m.org_id]) AND j.id = ANY (ARRAY[m.id])
        WHERE m.move_id = ANY (a_seen) FOR NO KEY UPDATE OF j SKIP LOCKED);
    EXIT WHEN v_n < p_limit OR cardinality(a_job) > p_limit / 2;
  END LOOP;
  IF a_move = '{}' THEN
    RETURN 0;
  END IF;
  WITH m AS (
    DELETE FROM ${schema}.move m WHERE m.move_id = ANY (a_move) AND (m.id = ANY (a_job)
        OR NOT EXISTS (SELECT FROM ${schema}.job j WHERE j.org_id = ANY (ARRAY[m.org_id]) AND j.id = ANY (ARRAY[m.id])))
      RETURNING m.org_id, m.id),
  j AS MATERIALIZED (
    SELECT DISTINCT j.org_id, j.id, j.priority, j.run_at
      FROM m JOIN ${schema}.job j ON j.org_id = ANY (ARRAY[m.org_id]) AND j.id = ANY (ARRAY[m.id])),
  r AS (
    DELETE FROM ${schema}.ready r USING j
      WHERE r.id = ANY (ARRAY[j.id]) AND r.org_id = j.org_id AND (r.priority <> j.priority OR j.run_at > v_now)
      RETURNING r.queue_id, r.org_id, r.id, r.attempt, j.priority, j.run_at),
  s AS (
    INSERT INTO ${schema}.scheduled (run_at, id, org_id, queue_id, priority, attempt)
      SELECT r.run_at, r.id, r.org_id, r.queue_id, r.priority, r.attempt FROM r WHERE r.run_at > v_now),
  n AS (
    INSERT INTO ${schema}.ready (queue_id, org_id, priority, pos, id, attempt)
      SELECT r.queue_id, r.org_id, r.priority, nextval('${schema}.job_seq'), r.id, r.attempt FROM r
        WHERE r.run_at <= v_now
      RETURNING queue_id, org_id, priority, pos),
  w AS (
    INSERT INTO ${schema}.wake (queue_id, org_id, priority, min_pos, added)
      SELECT n.queue_id, n.org_id, n.priority, min(n.pos), count(*) FROM n GROUP BY 1, 2, 3),
  u AS (
    UPDATE ${schema}.lane l SET queued = l.queued - g.n, scheduled = l.scheduled + g.later
      FROM (SELECT r.queue_id, r.org_id, count(*) AS n, count(*) FILTER (WHERE r.run_at > v_now) AS later
          FROM r GROUP BY 1, 2) g
      WHERE l.queue_id = ANY (ARRAY[g.queue_id]) AND l.org_id = ANY (ARRAY[g.org_id]))
  SELECT count(*) INTO v_n FROM m;
  RETURN v_n;
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
CREATE FUNCTION ${schema}.claim_v1(p_queue_id smallint, p_want int, p_lanes int, p_worker text,
  p_lease_ms bigint, p_any boolean DEFAULT true)
RETURNS TABLE (id bigint, org_id uuid, kind text, payload jsonb, priority smallint, attempt int, max_attempts int,
  past_attempts int, fence bigint, run_at timestamptz, created_at timestamptz, key text, tags text[],
  deadline timestamptz, overdue boolean)
LANGUAGE plpgsql AS $fn$
#variable_conflict use_column
DECLARE
  c_empty CONSTANT bigint := 9223372036854775807;
  c_bytes CONSTANT bigint := 1048576;  -- JobStore.MAX_CLAIM_BYTES
  c_slack CONSTANT float8 := 1e-6;  -- of a token, for rounding
  v_queue record;
  v_now timestamptz;
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
  v_now := clock_timestamp();
  SELECT q.paused, q.max_running, q.unslotted, q.share_by = 2 AS by_number, c.floor, c.scan_from,
      c.turn_at <= v_now AND c.scan_from < c.floor AS turns,
      c.look_at <= v_now AND c.turn_at > v_now - interval '1 minute' AS looks
    INTO v_queue
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
  IF v_queue.looks THEN
    PERFORM ${schema}.lift_lanes_v1(p_queue_id);
  END IF;
  -- Of the least runnable vtime, locked or not: else a claimer that finds the low lanes locked would push the floor
  -- past them.
  SELECT l.vtime, l.vtime - l.pending,
      CASE WHEN v_queue.by_number THEN 1000 ELSE greatest(1, least(coalesce(l.cost, 100), 60000)) END
    INTO v_min, v_settled, v_step
    FROM ${schema}.lane l WHERE l.queue_id = p_queue_id AND l.st = 1 AND l.vtime >= v_queue.scan_from
    ORDER BY l.vtime LIMIT 1;
  IF v_queue.turns OR v_settled >= v_queue.floor + v_step THEN  -- by a job of weight 1 or more
    PERFORM FROM ${schema}.queue_clock c WHERE c.queue_id = p_queue_id FOR NO KEY UPDATE SKIP LOCKED;
    IF FOUND THEN
      -- The floor as it was before: the new one is not seen by others until this has committed.
      UPDATE ${schema}.queue_clock c SET floor = greatest(c.floor, v_settled),
          scan_from = CASE WHEN c.turn_at <= v_now THEN c.scan_next ELSE c.scan_from END,
          scan_next = CASE WHEN c.turn_at <= v_now THEN c.floor ELSE c.scan_next END,
          turn_at = CASE WHEN c.turn_at <= v_now THEN v_now + interval '250 ms' ELSE c.turn_at END
        WHERE c.queue_id = p_queue_id;
    END IF;
  END IF;
  IF v_min IS NULL THEN
    RETURN;
  END IF;
  v_sum := 0;
  v_room := 0;
  OPEN c_lanes(v_min);  -- and not a FOR loop, which would fetch, and so lock, more lanes than it looks at
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
  IF n = 0 THEN
    IF NOT p_any THEN
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
  -- What is read of a job is its place and its size, and what its row says comes last, once, by that place.
  RETURN QUERY
  WITH x AS MATERIALIZED (
    SELECT t.org_id, t.q, t.cost, t.tokens, t.at, t.h1, t.h2, t.h3, t.h4, t.lane::int AS lane
      FROM unnest(a_org, a_q, a_cost, a_tokens, a_at, a_1, a_2, a_3, a_4)
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
      SELECT b.*, row_number() OVER w AS n, coalesce(sum(b.size) OVER w, 0) AS total FROM (
        SELECT p.lane, p.turn, p.c, p.org_id, p.priority, p.pos, p.id, p.attempt + 1 AS attempt, j.ctid AS place,
            j.key IS NOT NULL AS keyed,
            -- as it is kept, without unpacking it: what is packed is mostly less than eight times as long
            pg_column_size(j.payload) * CASE WHEN pg_column_compression(j.payload) IS NULL THEN 1 ELSE 8 END AS size
          FROM pick p LEFT JOIN ${schema}.job j ON j.org_id = ANY (ARRAY[p.org_id]) AND j.id = ANY (ARRAY[p.id])
          OFFSET 0) b  -- so that what is sorted has no payloads
        -- the first of each lane, then the second of each: so no lane's large ones crowd out those of others
        WINDOW w AS (ORDER BY b.turn, b.lane ROWS UNBOUNDED PRECEDING)) z),
  d AS MATERIALIZED (
    DELETE FROM ${schema}.ready r USING found f WHERE r.ctid = f.c AND f.fits
      RETURNING f.lane, f.org_id, f.priority, f.pos, f.id, f.attempt, f.place, f.keyed),
  keyed AS MATERIALIZED (  -- as replace_core_v1 says; the row is read anew once it is locked
    SELECT d.lane, d.org_id, j.priority, d.pos, d.id, d.attempt, j.kind, j.payload, j.max_attempts, j.past_attempts,
        j.run_at, j.created_at, j.key, j.tags, j.deadline
      FROM d JOIN ${schema}.job j ON j.org_id = ANY (ARRAY[d.org_id]) AND j.id = ANY (ARRAY[d.id])
      WHERE d.keyed FOR NO KEY UPDATE OF j SKIP LOCKED),
  live AS MATERIALIZED (  -- an org that is being erased may have lost the job and not yet its place in the line
    SELECT d.lane, d.org_id, d.priority, d.pos, d.id, d.attempt, d.place FROM d
      WHERE NOT d.keyed AND d.place IS NOT NULL
    UNION ALL SELECT k.lane, k.org_id, k.priority, k.pos, k.id, k.attempt, NULL FROM keyed k
      WHERE k.run_at <= clock_timestamp()),
  later AS (
    INSERT INTO ${schema}.scheduled (run_at, id, org_id, queue_id, priority, attempt)
      SELECT k.run_at, k.id, k.org_id, p_queue_id, k.priority, k.attempt - 1 FROM keyed k
        WHERE k.id <> ALL (ARRAY(SELECT v.id FROM live v))
      RETURNING scheduled.org_id),
  back AS (
    INSERT INTO ${schema}.ready (queue_id, org_id, priority, pos, id, attempt)
      SELECT p_queue_id, d.org_id, d.priority, nextval('${schema}.job_seq'), d.id, d.attempt - 1 FROM d
        WHERE d.keyed AND d.id <> ALL (ARRAY(SELECT k.id FROM keyed k))
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
        CASE WHEN NOT v_queue.by_number THEN a_cost[v.lane] END,
        a_slot[(row_number() OVER ())::int] FROM live v),
  y AS MATERIALIZED (
    SELECT a_place[s.lane] AS place, sum(s.q) AS q, sum(s.taken) AS taken, sum(s.live) AS live,
        sum(s.left_there) AS left_there,
        max(s.cost) AS cost, max(s.tokens) AS tokens, max(s.at) AS at,
        max(s.pos) FILTER (WHERE s.priority = 1) AS m1, max(s.pos) FILTER (WHERE s.priority = 2) AS m2,
        max(s.pos) FILTER (WHERE s.priority = 3) AS m3, max(s.pos) FILTER (WHERE s.priority = 4) AS m4
      FROM (SELECT x.lane, x.q, x.cost, x.tokens, x.at, 0 AS taken, 0 AS live, 0 AS left_there,
          NULL::smallint AS priority, NULL::bigint AS pos FROM x
        UNION ALL SELECT d.lane, 0, NULL, NULL, NULL, 1, 0, 0, d.priority, d.pos FROM d
        UNION ALL SELECT v.lane, 0, NULL, NULL, NULL, 0, 1, 0, NULL, NULL FROM live v
        UNION ALL SELECT f.lane, 0, NULL, NULL, NULL, 0, 0, 1, NULL, NULL FROM found f
          WHERE NOT f.fits) s GROUP BY s.lane),
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
  SELECT o.id, o.org_id, o.kind, o.payload, o.priority, o.attempt, o.max_attempts, o.past_attempts, v_fence, o.run_at,
      o.created_at, o.key, o.tags, o.deadline, coalesce(o.deadline < clock_timestamp(), false)
    FROM (
      SELECT v.id, v.org_id, j.kind, j.payload, v.priority, v.attempt, j.max_attempts, j.past_attempts, j.run_at,
          j.created_at, j.key, j.tags, j.deadline, v.pos
        FROM live v JOIN ${schema}.job j ON j.ctid = v.place
      UNION ALL
      SELECT k.id, k.org_id, k.kind, k.payload, k.priority, k.attempt, k.max_attempts, k.past_attempts, k.run_at,
          k.created_at, k.key, k.tags, k.deadline, k.pos
        FROM keyed k WHERE k.id = ANY (ARRAY(SELECT v.id FROM live v WHERE v.place IS NULL))) o
    ORDER BY o.priority, o.pos;
  IF NOT FOUND AND NOT p_any THEN
    RETURN NEXT;
  END IF;
END $fn$;
