-- How much an organisation may have at most. For one that has no limit nothing changes: it has no rows here.
--
-- A limit is exact however many write at once, and yet they do not wait for one another while there is room. Half of
-- what is free is dealt out to 16 shares. Whoever adds something takes it from one share that has enough and is held by
-- nobody else, and holds it until the transaction ends. Only when there is none, the row of the limit is locked until
-- the transaction ends: then what there is is counted, the shares are taken as used up, and the rest is what may still
-- be added. If that is too little, those who hold shares are waited for, since they may take less than they could; so
-- what is refused is truly beyond the limit. At any moment what is there, what is on its way and what the shares hold
-- together is within the limit.
--
-- What goes away is not put back into shares: the next count finds it. What comes without being asked for, as a job
-- that is tried again, redriven, or of a schedule of all organisations, is not refused: the next count finds it too.
-- What schedules of one organisation fire waits for nobody and takes nothing from shares: a time whose jobs would be
-- more than there may be is passed over, by what is counted then. So it goes beyond the limit by no more than is fired
-- at the same moment or still lies in shares, which the next count finds.
--
-- Locks: a limit's row and its shares come after all that V010 lists but wake's foreign key; of several limits, queued
-- jobs are first, then the others by their numbers; org_usage comes last. Who waits for a limit's row may hold a share,
-- and who has that row waits for shares only if there is not enough otherwise: two transactions that each enqueue
-- several times for one organisation, at its limit, can meet so. Then Postgres ends one of them.

CREATE TABLE ${schema}.quota (
  org_id uuid NOT NULL REFERENCES ${schema}.org (org_id),
  resource smallint NOT NULL CHECK (resource BETWEEN 1 AND 5),  -- 1 queued jobs 2 documents 3 listings 4 chunks 5 bytes
  most bigint NOT NULL CHECK (most >= 0),
  PRIMARY KEY (org_id, resource)
);

-- Nothing that changes is indexed, so that the updates are HOT.
CREATE TABLE ${schema}.quota_share (
  org_id uuid NOT NULL REFERENCES ${schema}.org (org_id),
  resource smallint NOT NULL,
  stripe smallint NOT NULL CHECK (stripe BETWEEN 1 AND 16),
  free bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (org_id, resource, stripe)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000,
  autovacuum_vacuum_cost_delay = 0);

ALTER TABLE ${schema}.quota ENABLE ROW LEVEL SECURITY;
ALTER TABLE ${schema}.quota FORCE ROW LEVEL SECURITY;
ALTER TABLE ${schema}.quota_share ENABLE ROW LEVEL SECURITY;
ALTER TABLE ${schema}.quota_share FORCE ROW LEVEL SECURITY;

CREATE POLICY quota_app ON ${schema}.quota FOR SELECT TO ${schema}_app
  USING (org_id = (SELECT nullif(current_setting('croft.org_id', true), '')::uuid));
CREATE POLICY quota_admin ON ${schema}.quota TO ${schema}_admin
  USING (org_id = (SELECT nullif(current_setting('croft.org_id', true), '')::uuid));
CREATE POLICY quota_share_admin ON ${schema}.quota_share TO ${schema}_admin
  USING (org_id = (SELECT nullif(current_setting('croft.org_id', true), '')::uuid));
-- A host's transaction adds jobs of any org.
CREATE POLICY quota_dispatch ON ${schema}.quota TO ${schema}_dispatch USING (true);
CREATE POLICY quota_share_dispatch ON ${schema}.quota_share TO ${schema}_dispatch USING (true);
CREATE POLICY org_usage_dispatch ON ${schema}.org_usage FOR SELECT TO ${schema}_dispatch
  USING (org_id = (SELECT nullif(current_setting('croft.org_id', true), '')::uuid));

GRANT SELECT ON ${schema}.quota TO ${schema}_app;
GRANT SELECT, INSERT, UPDATE (most), DELETE ON ${schema}.quota TO ${schema}_admin;
GRANT SELECT, INSERT, UPDATE (free), DELETE ON ${schema}.quota_share TO ${schema}_admin;
GRANT SELECT, UPDATE (most) ON ${schema}.quota TO ${schema}_dispatch;  -- to lock the row takes UPDATE
GRANT SELECT, UPDATE (free) ON ${schema}.quota_share TO ${schema}_dispatch;
GRANT SELECT (org_id, documents, listings, chunks, bytes) ON ${schema}.org_usage TO ${schema}_dispatch;

-- How much of a resource there is of an org, by counters. Nobody but the dispatcher may execute it.
CREATE FUNCTION ${schema}.quota_used_v1(p_org uuid, p_resource smallint) RETURNS bigint LANGUAGE plpgsql STABLE AS $fn$
BEGIN
  IF p_resource = 1 THEN
    RETURN (SELECT coalesce(sum(l.queued + l.scheduled + l.waiting), 0)
        FROM ${schema}.queue q JOIN ${schema}.lane l ON l.queue_id = q.queue_id AND l.org_id = p_org)
      + (SELECT coalesce(sum(w.added + w.later + w.waiting), 0) FROM ${schema}.wake w WHERE w.org_id = p_org);
  END IF;
  RETURN (SELECT coalesce(sum(CASE p_resource WHEN 2 THEN u.documents WHEN 3 THEN u.listings WHEN 4 THEN u.chunks
      ELSE u.bytes END), 0)
    FROM ${schema}.org_usage u WHERE u.org_id = p_org);
END $fn$;

-- Takes p_n of a resource for what this transaction adds of it, or refuses (CR011) what would be too much; 0 only deals
-- shares out. In a transaction that has an org, for that org alone (CR005). Beyond READ COMMITTED it may fail with
-- 40001, near a limit.
CREATE FUNCTION ${schema}.use_quota_v1(p_org uuid, p_resource smallint, p_n bigint) RETURNS boolean
LANGUAGE plpgsql AS $fn$
DECLARE
  v_set uuid := nullif(current_setting('croft.org_id', true), '')::uuid;
  v_most bigint;
  v_used bigint;
  v_shares bigint;  -- what others can still take from shares, or have just taken
  v_free bigint;
  v_step int := 1;
  a_mine smallint[] := '{}';
BEGIN
  IF v_set IS NULL AND current_setting('role') = '${schema}_app' OR v_set <> p_org THEN
    RAISE EXCEPTION USING ERRCODE = 'CR005', MESSAGE = format('org %s is not the org of this transaction', p_org),
      HINT = 'Set croft.org_id for it.';
  ELSIF (p_n >= 0) IS NOT TRUE THEN
    RAISE EXCEPTION USING ERRCODE = 'CR006', MESSAGE = format('%s of a quota cannot be used', p_n);
  END IF;
  UPDATE ${schema}.quota_share s SET free = s.free - p_n
    WHERE p_n > 0 AND s.org_id = p_org AND s.resource = p_resource AND s.stripe = (
      SELECT f.stripe FROM ${schema}.quota_share f
        WHERE f.org_id = p_org AND f.resource = p_resource AND f.free >= p_n
        ORDER BY (f.stripe + pg_backend_pid()) % 16 LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED);
  IF FOUND THEN
    RETURN true;
  END IF;
  SELECT q.most INTO v_most FROM ${schema}.quota q WHERE q.org_id = p_org AND q.resource = p_resource
    FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RETURN true;  -- there is no such limit any more
  END IF;
  LOOP
    -- Both as of one moment: what is taken from a share meanwhile is in neither or in both.
    SELECT ${schema}.quota_used_v1(p_org, p_resource), coalesce(sum(s.free) FILTER (WHERE s.stripe <> ALL (a_mine)), 0)
      INTO v_used, v_shares
      FROM ${schema}.quota_share s WHERE s.org_id = p_org AND s.resource = p_resource;
    v_free := v_most - v_used - v_shares;
    EXIT WHEN v_step = 3 OR v_free + v_shares < p_n OR v_free >= p_n AND (v_step > 1 OR v_shares >= v_free / 4);
    IF v_step = 1 THEN
      a_mine := ARRAY(SELECT s.stripe FROM ${schema}.quota_share s WHERE s.org_id = p_org AND s.resource = p_resource
        ORDER BY s.stripe FOR NO KEY UPDATE SKIP LOCKED);
    ELSE
      a_mine := ARRAY(SELECT s.stripe FROM ${schema}.quota_share s WHERE s.org_id = p_org AND s.resource = p_resource
        ORDER BY s.stripe FOR NO KEY UPDATE);
    END IF;
    v_step := v_step + 1;
  END LOOP;
  IF v_free < p_n THEN
    IF p_n = 0 THEN
      RETURN false;
    END IF;
    RAISE EXCEPTION USING ERRCODE = 'CR011', MESSAGE = format('org %s may have %s of resource %s, has %s, and wants %s'
      ' more', p_org, v_most, p_resource, v_used, p_n);
  END IF;
  -- So that whoever reads by an older snapshot, and would count without this, gets 40001 from the row's lock.
  UPDATE ${schema}.quota q SET most = q.most WHERE q.org_id = p_org AND q.resource = p_resource AND p_n > 0;
  UPDATE ${schema}.quota_share s SET free = (v_free - p_n) / 32
    WHERE s.org_id = p_org AND s.resource = p_resource AND s.stripe = ANY (a_mine) AND s.free <> (v_free - p_n) / 32;
  RETURN true;
END $fn$;

GRANT EXECUTE ON FUNCTION ${schema}.use_quota_v1 TO ${schema}_app, ${schema}_admin;

SELECT ${schema}.own_functions_v1(p_outer => '{use_quota_v1}', p_inner => '{quota_used_v1}');

-- Only its owner can replace a function; its rights stay as they are.
GRANT CREATE ON SCHEMA ${schema} TO ${schema}_dispatch;
SET LOCAL ROLE ${schema}_dispatch;

-- As in V011, where it is described; and jobs that would be more than their org may have are refused (CR011). Not
-- those that come as ${schema}_worker, of schedules, since the limit of one org must not stop the schedules of others:
-- fire_schedules_v1 leaves out what would be too much for an org, and those of all orgs have a job in each of them.
CREATE OR REPLACE FUNCTION ${schema}.enqueue_v1(
  p_org uuid[], p_queue text[], p_kind text[], p_payload jsonb[], p_priority smallint[],
  p_run_at timestamptz[] DEFAULT NULL, p_delay_ms bigint[] DEFAULT NULL, p_deadline timestamptz[] DEFAULT NULL,
  p_max_attempts int[] DEFAULT NULL, p_tags text[] DEFAULT NULL, p_key text[] DEFAULT NULL,
  p_key_until timestamptz[] DEFAULT NULL, p_key_ttl_ms bigint[] DEFAULT NULL, p_repeat smallint[] DEFAULT NULL,
  p_quiet_ms bigint[] DEFAULT NULL, p_at_most_ms bigint[] DEFAULT NULL, p_wait_child int[] DEFAULT NULL,
  p_wait_parent int[] DEFAULT NULL, p_wait_id bigint[] DEFAULT NULL, p_wait_need smallint[] DEFAULT NULL,
  p_wait_name text[] DEFAULT NULL, p_told boolean DEFAULT false)
RETURNS TABLE (ord int, job_id bigint, duplicate boolean, replaced boolean, state smallint, result jsonb)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET row_security = on SET jit = off
  SET enable_hashjoin = off SET enable_mergejoin = off SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
AS $fn$
#variable_conflict use_column
DECLARE
  n int := coalesce(cardinality(p_org), 0);
  v_now timestamptz := clock_timestamp();
  v_set uuid := nullif(current_setting('croft.org_id', true), '')::uuid;
  v_org uuid;
  v_text text;
  v_bad int;
  v_queue smallint;
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
  ELSIF NOT coalesce(cardinality(p_queue) = n AND cardinality(p_kind) = n AND cardinality(p_payload) = n
      AND cardinality(p_priority) = n, false) OR cardinality(p_run_at) <> n OR cardinality(p_delay_ms) <> n
      OR cardinality(p_deadline) <> n OR cardinality(p_max_attempts) <> n OR cardinality(p_tags) <> n
      OR cardinality(p_key) <> n OR cardinality(p_key_until) <> n OR cardinality(p_key_ttl_ms) <> n
      OR cardinality(p_repeat) <> n OR cardinality(p_quiet_ms) <> n OR cardinality(p_at_most_ms) <> n THEN
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
    a_queue := array_fill(v_queue, ARRAY[n]);
    a_run_at := array_fill(v_now, ARRAY[n]);
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
        CASE WHEN t.waits > 0 THEN 7 WHEN t.run_at > v_now THEN 1 ELSE 2 END::smallint, NULL::jsonb
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
        WHEN EXISTS (SELECT FROM ${schema}.run r WHERE r.id = t.has_id) THEN 3
        WHEN j.run_at > v_now THEN 1 ELSE 2 END::smallint,
      k.result
    FROM unnest(p_org, p_key, a_new, a_id, p_repeat) WITH ORDINALITY AS t (org_id, key, id, has_id, repeat, ord)
      LEFT JOIN ${schema}.job_key k ON k.org_id = ANY (ARRAY[t.org_id]) AND k.key = ANY (ARRAY[t.key])
      LEFT JOIN ${schema}.job j ON j.org_id = ANY (ARRAY[t.org_id]) AND j.id = ANY (ARRAY[t.has_id])
    ORDER BY t.ord;
END $fn$;

-- As in V018, where it is described; and a time whose jobs, with those before it in the call, would be more than their
-- org may have is passed over as if they overlapped (2).
CREATE OR REPLACE FUNCTION ${schema}.fire_schedules_v1(p_id bigint[], p_revision bigint[], p_missed bigint[],
  p_planned timestamptz[], p_next timestamptz[], p_of int[], p_at timestamptz[])
RETURNS TABLE (ord int, fired smallint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET row_security = on SET jit = off
  SET enable_hashjoin = off SET enable_mergejoin = off SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
AS $fn$
#variable_conflict use_column
DECLARE
  n int := coalesce(cardinality(p_id), 0);
  v_now timestamptz := clock_timestamp();
  a_ord int[];      -- those that are fired here
  a_over int[];     -- of them, those whose jobs would overlap
  a_of int[];
  a_job bigint[];
  a_org uuid[];
  a_queue text[];
  a_kind text[];
  a_payload jsonb[];
  a_priority smallint[];
  a_attempts int[];
  a_tags text[];
  v_org uuid;
  v_used bigint;
  v_fired record;
BEGIN
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION USING ERRCODE = 'CR007', MESSAGE = 'fire runs only in a READ COMMITTED transaction';
  ELSIF n > 100 OR cardinality(p_revision) <> n OR cardinality(p_missed) <> n OR cardinality(p_planned) <> n
      OR cardinality(p_next) <> n OR cardinality(p_of) <> cardinality(p_at) OR cardinality(p_of) > n * 100
      OR array_position(p_planned, NULL) IS NOT NULL OR array_position(p_next, NULL) IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = 'CR006', MESSAGE = format('firing %s schedules is not valid', n),
      HINT = 'At most 100, and 100 jobs each; arrays of one length.';
  END IF;
  SELECT array_agg(x.ord) INTO a_ord FROM (
    SELECT i.ord::int FROM unnest(p_id, p_revision) WITH ORDINALITY AS i (id, revision, ord)
        JOIN ${schema}.schedule s ON s.schedule_id = i.id AND s.revision = i.revision
      WHERE s.next_at <= v_now AND NOT s.paused AND s.problem IS NULL
      ORDER BY s.schedule_id FOR NO KEY UPDATE OF s SKIP LOCKED) x;
  SELECT array_agg(o.ord) INTO a_over
    FROM unnest(a_ord) o (ord) JOIN ${schema}.schedule s ON s.schedule_id = p_id[o.ord]
    WHERE s.overlap = 2 AND CASE WHEN s.org_id IS NULL
      THEN EXISTS (SELECT FROM ${schema}.schedule_round r WHERE r.schedule_id = s.schedule_id)
      ELSE EXISTS (SELECT FROM ${schema}.job j WHERE j.org_id = s.org_id
        AND j.id = ANY (s.live_jobs || s.last_job_id) AND j.state = 0) END;
  a_over := coalesce(a_over, '{}');
  -- And those whose jobs would be too many.
  FOR v_fired IN SELECT o.ord, s.org_id, q.most, t.n
      FROM unnest(a_ord) o (ord) JOIN ${schema}.schedule s ON s.schedule_id = p_id[o.ord]
        JOIN ${schema}.quota q ON q.org_id = s.org_id AND q.resource = 1
        CROSS JOIN LATERAL (SELECT count(*) AS n FROM unnest(p_of) u (ord) WHERE u.ord = o.ord) t
      WHERE o.ord <> ALL (a_over) AND t.n > 0 ORDER BY s.org_id, o.ord LOOP
    IF v_fired.org_id IS DISTINCT FROM v_org THEN
      v_org := v_fired.org_id;
      v_used := ${schema}.quota_used_v1(v_org, 1::smallint);
    END IF;
    IF v_used + v_fired.n > v_fired.most THEN
      a_over := a_over || v_fired.ord;
    ELSE
      v_used := v_used + v_fired.n;
    END IF;
  END LOOP;

  INSERT INTO ${schema}.schedule_round (schedule_id, at)
    SELECT s.schedule_id, t.at FROM unnest(p_of, p_at) WITH ORDINALITY AS t (ord, at, place)
        JOIN ${schema}.schedule s ON s.schedule_id = p_id[t.ord]
      WHERE s.org_id IS NULL AND t.ord = ANY (a_ord) AND t.ord <> ALL (a_over) ORDER BY t.place;
  SELECT array_agg(x.ord ORDER BY x.place), array_agg(x.org_id ORDER BY x.place),
      array_agg(x.queue ORDER BY x.place),
      array_agg(x.kind ORDER BY x.place), array_agg(x.payload ORDER BY x.place),
      array_agg(x.priority ORDER BY x.place), array_agg(x.max_attempts ORDER BY x.place),
      array_agg(x.tags ORDER BY x.place)
    INTO a_of, a_org, a_queue, a_kind, a_payload, a_priority, a_attempts, a_tags
    FROM (SELECT t.place, t.ord, s.org_id, q.name AS queue, s.kind,
          ${schema}.schedule_payload_v1(s.payload, s.time_field, t.at) AS payload, s.priority, s.max_attempts, s.tags
        FROM unnest(p_of, p_at) WITH ORDINALITY AS t (ord, at, place)
          JOIN ${schema}.schedule s ON s.schedule_id = p_id[t.ord]
          JOIN ${schema}.queue q ON q.queue_id = s.queue_id
        WHERE s.org_id IS NOT NULL AND t.ord = ANY (a_ord) AND t.ord <> ALL (a_over)) x;
  IF a_of IS NOT NULL THEN
    SELECT array_agg(e.job_id ORDER BY e.ord) INTO a_job FROM ${schema}.enqueue_v1(p_org => a_org, p_queue => a_queue,
      p_kind => a_kind, p_payload => a_payload, p_priority => a_priority, p_max_attempts => a_attempts,
      p_tags => a_tags, p_told => true) e;
  END IF;
  UPDATE ${schema}.schedule s SET revision = s.revision + 1, planned_at = p_planned[o.ord], next_at = p_next[o.ord],
      last_time = coalesce(t.at, s.last_time),
      last_fired_at = CASE WHEN t.at IS NULL THEN s.last_fired_at ELSE v_now END,
      last_job_id = coalesce(j.id, s.last_job_id),
      live_jobs = CASE WHEN j.id IS NULL THEN s.live_jobs ELSE ARRAY(
        SELECT b.id FROM ${schema}.job b WHERE b.org_id = s.org_id AND b.state = 0 AND b.id <> j.id
            AND b.id = ANY (s.live_jobs || s.last_job_id || j.ids) ORDER BY b.id DESC LIMIT 100) END,
      fired = s.fired + CASE WHEN o.ord = ANY (a_over) THEN 0 ELSE coalesce(t.n, 0) END,
      overlapped = s.overlapped + CASE WHEN o.ord = ANY (a_over) THEN coalesce(t.n, 0) ELSE 0 END,
      missed_times = s.missed_times + p_missed[o.ord]
    FROM unnest(a_ord) o (ord)
      LEFT JOIN LATERAL (SELECT max(u.at) AS at, count(*) AS n FROM unnest(p_of, p_at) u (ord, at)
        WHERE u.ord = o.ord) t ON true
      LEFT JOIN LATERAL (SELECT max(u.id) AS id, array_agg(u.id) AS ids FROM unnest(a_of, a_job) u (ord, id)
        WHERE u.ord = o.ord) j ON true
    WHERE s.schedule_id = p_id[o.ord];
  RETURN QUERY SELECT i.ord, (CASE WHEN i.ord = ANY (a_over) THEN 2 WHEN i.ord = ANY (a_ord) THEN 1
      ELSE 0 END)::smallint
    FROM generate_series(1, n) i (ord) ORDER BY 1;
END $fn$;

SET LOCAL ROLE ${schema}_owner;
REVOKE CREATE ON SCHEMA ${schema} FROM ${schema}_dispatch;
