-- Several databases that share orgs: each org's jobs are in one of them, and which one says a map. The map is in one of
-- them too: it is small, seldom asked, and needs nothing more to run.
--
-- No two databases serve an org at once, whatever a process believes of the map: only where org.state is ACTIVE can
-- anything be enqueued or changed. Claims do not look at it: they find nothing, because the org's lanes are paused from
-- before its state changes until after nothing of it is left. A move takes these steps, each a transaction of its own,
-- and goes on from wherever it was left:
--   1 map    moving_to is set                      4 there  org ARRIVING, emptied, and filled from one snapshot of here
--   2 here   the org is held: nothing is claimed;  5 here   org MOVED: from now on the move can only go forward
--            what runs ends                        6 map    the org is there; left_from is set
--   3 here   org LEAVING: nothing is written, and  7 there  org ACTIVE, and not held any more
--            transactions that began before end    8 here   what is left is removed, and the map's left_from with it
-- org.mover, and the map's, is of whoever works at the move; each step names it, so that one who was taken over can do
-- nothing more. What is there ARRIVING may be the only whole copy, if its mover has got to step 5. So nobody takes it
-- over, to fill or to remove it, but who has seen it as it is and afterwards found the org here in step 3 or before, or
-- taken it back to there: then its mover cannot get to step 5 any more. A copy that another has begun meanwhile has
-- another mover, and stays.
--
-- Locks: the org's row comes before all that V010 lists.

-- This database's name and number among them; no row if it is alone.
CREATE TABLE ${schema}.this_database (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  name text NOT NULL CHECK (name ~ '^[a-zA-Z][a-zA-Z0-9._-]{0,63}$'),
  number int NOT NULL CHECK (number BETWEEN 1 AND 1023)
);

-- The map: empty but in the one database that has it.
CREATE TABLE ${schema}.shard_database (
  name text PRIMARY KEY CHECK (name ~ '^[a-zA-Z][a-zA-Z0-9._-]{0,63}$'),
  number int NOT NULL UNIQUE CHECK (number BETWEEN 1 AND 1023)
);

-- It has no foreign key to org, whose row is in another database, and none to shard_database, of which nothing goes.
CREATE TABLE ${schema}.shard_org (
  org_id uuid PRIMARY KEY,
  database text NOT NULL,
  version bigint NOT NULL DEFAULT 1,  -- rises when its database changes
  moving_to text,
  mover uuid,                         -- who began, or took over, the move to there
  left_from text,                     -- not yet cleared of it
  CHECK (moving_to IS NULL OR left_from IS NULL),
  CHECK ((moving_to IS NULL) = (mover IS NULL))
) WITH (fillfactor = 90);

CREATE INDEX shard_org_moving ON ${schema}.shard_org (org_id) WHERE moving_to IS NOT NULL OR left_from IS NOT NULL;

ALTER TABLE ${schema}.shard_org ENABLE ROW LEVEL SECURITY;
ALTER TABLE ${schema}.shard_org FORCE ROW LEVEL SECURITY;

CREATE POLICY shard_org_admin ON ${schema}.shard_org TO ${schema}_admin USING (true) WITH CHECK (true);

GRANT SELECT, INSERT ON ${schema}.shard_database TO ${schema}_admin;
GRANT SELECT, INSERT, DELETE, UPDATE (database, version, moving_to, mover, left_from) ON ${schema}.shard_org
  TO ${schema}_admin;
GRANT SELECT ON ${schema}.this_database TO ${schema}_admin, ${schema}_dispatch;
GRANT UPDATE (one) ON ${schema}.this_database TO ${schema}_dispatch;  -- to lock the row takes UPDATE; it is always true

-- A job arrives as what it was. What may enter as new (job_dispatch_add) is no concern of this: one of both is enough,
-- and Postgres asks this one first, for each job of an enqueue.
CREATE POLICY job_dispatch_arrive ON ${schema}.job FOR INSERT TO ${schema}_dispatch
  WITH CHECK (NOT (state IN (0, 7) AND attempt = 0 AND past_attempts = 0) AND EXISTS (
    SELECT FROM ${schema}.org o WHERE o.org_id = job.org_id AND o.state = 'ARRIVING'));

-------------------------------------------------------------------------------------------------- among several

-- Gives this database its name and its number, once. From then on the ids that it gives are its number modulo 1024, and
-- greater than p_after and all that it gave before: an id is one job's in all databases, and stays it when that moves.
-- Runs as the sequence's owner, who alone can change its steps.
CREATE FUNCTION ${schema}.join_shards_v1(p_name text, p_number int, p_after bigint) RETURNS void
LANGUAGE plpgsql AS $fn$
DECLARE
  v_known ${schema}.this_database;
BEGIN
  LOCK TABLE ONLY ${schema}.this_database IN EXCLUSIVE MODE;
  SELECT * INTO v_known FROM ${schema}.this_database;
  IF FOUND THEN
    IF v_known.name <> p_name OR v_known.number <> p_number THEN
      RAISE EXCEPTION USING ERRCODE = 'CR009', MESSAGE = format('database %L, number %s, is %L, number %s, already',
        p_name, p_number, v_known.name, v_known.number),
        HINT = 'Give each database the name that it had, and the map''s database as before.';
    END IF;
    RETURN;
  END IF;
  INSERT INTO ${schema}.this_database (name, number) VALUES (p_name, p_number);
  ALTER SEQUENCE ${schema}.job_seq INCREMENT BY 1024;  -- from here on nobody takes a number until this commits
  PERFORM setval('${schema}.job_seq', (greatest(s.last_value, p_after) / 1024 + 1) * 1024 + p_number, false)
    FROM ${schema}.job_seq s;
END $fn$;

-- What this database is among several, if it is, and whether it was ever used: null, null, false, 0 for a new one.
CREATE FUNCTION ${schema}.this_database_v1(OUT name text, OUT number int, OUT used boolean, OUT last_id bigint)
LANGUAGE plpgsql AS $fn$
BEGIN
  SELECT d.name, d.number INTO name, number FROM ${schema}.this_database d;
  SELECT s.is_called, CASE WHEN s.is_called OR number IS NOT NULL THEN s.last_value ELSE 0 END INTO used, last_id
    FROM ${schema}.job_seq s;
  used := used OR EXISTS (SELECT FROM ${schema}.org);
END $fn$;

-- Refuses (CR009) if this is not the database of that name.
CREATE FUNCTION ${schema}.check_database_v1(p_name text) RETURNS void LANGUAGE plpgsql STABLE AS $fn$
DECLARE
  v_name text := (SELECT d.name FROM ${schema}.this_database d);
BEGIN
  IF v_name IS DISTINCT FROM p_name THEN
    RAISE EXCEPTION USING ERRCODE = 'CR009',
      MESSAGE = format('this connection is to %s, and the organisation is in database %L',
        coalesce('database ' || quote_literal(v_name), 'a database that is none of the shards'), p_name),
      HINT = 'Use a connection to that database.';
  END IF;
END $fn$;

-------------------------------------------------------------------------------------------------- here

-- Holds an org that is to move, or lets it go: nothing of it is claimed meanwhile, whatever its host says.
CREATE FUNCTION ${schema}.hold_org_v1(p_org uuid, p_held boolean) RETURNS void LANGUAGE plpgsql AS $fn$
BEGIN
  PERFORM ${schema}.check_org_v1(p_org);
  PERFORM ${schema}.set_org_pause_v1(p_org, NULL, p_held);
END $fn$;

-- What there is of an org besides its rows: whether its host has paused it, the greatest id and fence so far, and
-- whether something of it runs.
CREATE FUNCTION ${schema}.leaving_org_v1(p_org uuid, OUT paused boolean, OUT last_id bigint, OUT last_fence bigint,
  OUT running bigint)
LANGUAGE plpgsql STABLE AS $fn$
BEGIN
  PERFORM ${schema}.check_org_v1(p_org);
  paused := coalesce((SELECT p.by_host FROM ${schema}.paused_org p WHERE p.org_id = p_org), false);
  last_id := (SELECT s.last_value FROM ${schema}.job_seq s);
  last_fence := (SELECT s.last_value FROM ${schema}.fence_seq s);
  running := (SELECT count(*) FROM ${schema}.run r WHERE r.org_id = p_org);
END $fn$;

-- Its lanes as they were set, with what is known of their jobs' cost and of their tokens.
CREATE FUNCTION ${schema}.leaving_lanes_v1(p_org uuid)
RETURNS TABLE (queue text, weight real, max_running int, paused boolean, cost real, rate float8, burst int,
  tokens float8, refilled_at timestamptz)
LANGUAGE plpgsql STABLE AS $fn$
#variable_conflict use_column
BEGIN
  PERFORM ${schema}.check_org_v1(p_org);
  RETURN QUERY SELECT q.name, l.weight, l.max_running, l.paused, l.cost, l.rate, l.burst, l.tokens, l.refilled_at
    FROM ${schema}.queue q JOIN ${schema}.lane l ON l.queue_id = ANY (ARRAY[q.queue_id]) AND l.org_id = p_org
    ORDER BY q.queue_id;
END $fn$;

-- Its live jobs and dead letters after p_after, by id, as text, with their places in the line.
CREATE FUNCTION ${schema}.leaving_jobs_v1(p_org uuid, p_after bigint, p_limit int)
RETURNS TABLE (id bigint, queue text, job text, pos bigint) LANGUAGE plpgsql STABLE AS $fn$
#variable_conflict use_column
BEGIN
  PERFORM ${schema}.check_org_v1(p_org);
  RETURN QUERY SELECT j.id, q.name, j::text,
      (SELECT r.pos FROM ${schema}.ready r WHERE r.id = j.id AND r.org_id = p_org LIMIT 1)
    FROM ${schema}.job j JOIN ${schema}.queue q ON q.queue_id = j.queue_id
    WHERE j.org_id = p_org AND j.id > p_after ORDER BY j.id LIMIT p_limit;
END $fn$;

-- Its keys after p_after, in their order, as text.
CREATE FUNCTION ${schema}.leaving_keys_v1(p_org uuid, p_after text, p_limit int)
RETURNS TABLE (key text, job_key text) LANGUAGE plpgsql STABLE AS $fn$
#variable_conflict use_column
BEGIN
  PERFORM ${schema}.check_org_v1(p_org);
  RETURN QUERY SELECT k.key, k::text FROM ${schema}.job_key k WHERE k.org_id = p_org AND k.key > p_after
    ORDER BY k.key LIMIT p_limit;
END $fn$;

-- Ends of its jobs that others have not been told of yet, after the one of that number.
CREATE FUNCTION ${schema}.leaving_ends_v1(p_org uuid, p_after bigint, p_limit int)
RETURNS TABLE (settle_id bigint, parent_id bigint, outcome smallint) LANGUAGE plpgsql STABLE AS $fn$
#variable_conflict use_column
BEGIN
  PERFORM ${schema}.check_org_v1(p_org);
  RETURN QUERY SELECT s.settle_id, s.parent_id, s.outcome FROM ${schema}.job_settle s
    WHERE s.org_id = p_org AND s.settle_id > p_after ORDER BY s.settle_id LIMIT p_limit;
END $fn$;

-- Its last jobs of schedules of all orgs, by the names of these.
CREATE FUNCTION ${schema}.leaving_last_v1(p_org uuid)
RETURNS TABLE (name text, job_id bigint) LANGUAGE plpgsql STABLE AS $fn$
#variable_conflict use_column
BEGIN
  PERFORM ${schema}.check_org_v1(p_org);
  RETURN QUERY SELECT s.name::text, l.job_id FROM ${schema}.schedule_last l
      JOIN ${schema}.schedule s ON s.schedule_id = l.schedule_id
    WHERE l.org_id = p_org AND s.org_id IS NULL;
END $fn$;

-------------------------------------------------------------------------------------------------- there

-- Refuses (CR008) an org that does not arrive, and is not the transaction's (CR005). Nobody but the dispatcher may
-- execute it.
CREATE FUNCTION ${schema}.check_arriving_v1(p_org uuid) RETURNS void LANGUAGE plpgsql STABLE AS $fn$
BEGIN
  PERFORM ${schema}.check_org_v1(p_org);
  IF NOT EXISTS (SELECT FROM ${schema}.org o WHERE o.org_id = p_org AND o.state = 'ARRIVING') THEN
    RAISE EXCEPTION USING ERRCODE = 'CR008', MESSAGE = format('org %s does not arrive here', p_org),
      HINT = 'Begin its move anew.';
  END IF;
END $fn$;

-- Sees to it that ids and fences given here are greater than those of the database that an org comes from: so its
-- list stays in the order in which its jobs were enqueued, and no late attempt can be taken for a new one.
--
-- A sequence can be set while others take numbers of it. It is set so far ahead that none of them gets there between
-- the look at it and that: a million calls of it.
CREATE FUNCTION ${schema}.raise_ids_v1(p_org uuid, p_last_id bigint, p_last_fence bigint) RETURNS void
LANGUAGE plpgsql AS $fn$
DECLARE
  v_number int := (SELECT d.number FROM ${schema}.this_database d);
BEGIN
  PERFORM ${schema}.check_arriving_v1(p_org);
  PERFORM FROM ${schema}.this_database FOR NO KEY UPDATE;  -- one at a time
  PERFORM setval('${schema}.job_seq', (p_last_id / 1024 + 1048576) * 1024 + v_number, false)
    FROM ${schema}.job_seq s WHERE s.last_value <= p_last_id;
  PERFORM setval('${schema}.fence_seq', p_last_fence + 1048576, false)
    FROM ${schema}.fence_seq s WHERE s.last_value <= p_last_fence;
END $fn$;

-- Goes on with ids and fences that are greater than those that this database has given, though it was restored to an
-- earlier time, if those since were less than a million of each; and with ids greater than p_last_id.
CREATE FUNCTION ${schema}.restored_v1(p_last_id bigint) RETURNS void LANGUAGE plpgsql AS $fn$
DECLARE
  v_number int := (SELECT d.number FROM ${schema}.this_database d);
BEGIN
  PERFORM FROM ${schema}.this_database FOR NO KEY UPDATE;  -- one at a time
  PERFORM setval('${schema}.job_seq', (greatest(s.last_value, p_last_id) / 1024 + 1048576) * 1024 + v_number, false)
    FROM ${schema}.job_seq s;
  PERFORM setval('${schema}.fence_seq', s.last_value + 1048576, false) FROM ${schema}.fence_seq s;
END $fn$;

-- Takes over an arriving org's lanes; their queues are known.
CREATE FUNCTION ${schema}.arrive_lanes_v1(p_org uuid, p_queue text[], p_weight real[], p_max_running int[],
  p_paused boolean[], p_cost real[], p_rate float8[], p_burst int[], p_tokens float8[], p_refilled_at timestamptz[])
RETURNS void LANGUAGE plpgsql AS $fn$
DECLARE
  a_queue smallint[];
BEGIN
  PERFORM ${schema}.check_arriving_v1(p_org);
  a_queue := ${schema}.queue_ids_v1(p_queue);
  PERFORM ${schema}.make_lanes_v1(a_queue, array_fill(p_org, ARRAY[cardinality(a_queue)]));
  PERFORM FROM ${schema}.lane l WHERE l.queue_id = ANY (a_queue) AND l.org_id = p_org
    ORDER BY l.queue_id FOR NO KEY UPDATE;
  UPDATE ${schema}.lane l SET weight = t.weight, max_running = t.max_running, paused = t.paused, cost = t.cost,
      rate = t.rate, burst = t.burst, tokens = t.tokens, refilled_at = t.refilled_at,
      throttled_until = CASE WHEN t.tokens < 1 - 1e-6
        THEN t.refilled_at + interval '1 microsecond' + (1 - t.tokens) / t.rate * interval '1 s' END
    FROM unnest(a_queue, p_weight, p_max_running, p_paused, p_cost, p_rate, p_burst, p_tokens, p_refilled_at)
      AS t (queue_id, weight, max_running, paused, cost, rate, burst, tokens, refilled_at)
    WHERE l.queue_id = ANY (ARRAY[t.queue_id]) AND l.org_id = p_org;
END $fn$;

-- The ids of known queues. Nobody but the dispatcher may execute it.
CREATE FUNCTION ${schema}.queue_ids_v1(p_queue text[]) RETURNS smallint[] LANGUAGE plpgsql STABLE AS $fn$
DECLARE
  a_queue smallint[];
  v_name text;
BEGIN
  SELECT array_agg(q.queue_id ORDER BY t.ord), min(t.name) FILTER (WHERE q.queue_id IS NULL) INTO a_queue, v_name
    FROM unnest(p_queue) WITH ORDINALITY AS t (name, ord) LEFT JOIN ${schema}.queue q ON q.name = t.name;
  IF v_name IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = 'CR003', MESSAGE = format('queue %L is unknown', left(v_name, 200)),
      HINT = 'Register the queue first.';
  END IF;
  RETURN coalesce(a_queue, '{}');
END $fn$;

-- Takes over up to 1,000 jobs of an arriving org, as leaving_jobs_v1 gives them: into the schedule what is for later,
-- into their lines, in the order that they had there, what could run. Jobs have no CHECKs (V010): enqueue's bounds are
-- kept here too, since one beyond them would stand in its line for ever; and their ids are those that raise_ids_v1 has
-- passed, which nobody here is given any more.
CREATE FUNCTION ${schema}.arrive_jobs_v1(p_org uuid, p_queue text[], p_job text[], p_pos bigint[]) RETURNS void
LANGUAGE plpgsql AS $fn$
DECLARE
  v_now timestamptz := clock_timestamp();
  v_last bigint := (SELECT s.last_value FROM ${schema}.job_seq s);
  v_bad text;
  a_queue smallint[];
BEGIN
  PERFORM ${schema}.check_arriving_v1(p_org);
  IF NOT coalesce(cardinality(p_job) BETWEEN 1 AND 1000 AND cardinality(p_queue) = cardinality(p_job)
      AND cardinality(p_pos) = cardinality(p_job), false) THEN
    RAISE EXCEPTION USING ERRCODE = 'CR006', MESSAGE = format('%s arriving jobs are not valid', cardinality(p_job)),
      HINT = '1 to 1000; arrays of one length.';
  END IF;
  SELECT coalesce((c.j).id::text, 'null') INTO v_bad
    FROM unnest(p_job, p_pos) AS t (job, pos) CROSS JOIN LATERAL (SELECT t.job::${schema}.job AS j) c
    WHERE ((c.j).id BETWEEN 1 AND v_last AND (c.j).kind ~ '^[a-zA-Z][a-zA-Z0-9._-]{0,63}$'
        AND (c.j).priority BETWEEN 1 AND 4 AND (c.j).max_attempts BETWEEN 1 AND 100 AND (c.j).attempt >= 0
        AND (c.j).past_attempts >= 0 AND pg_column_size((c.j).payload) <= 4194304) IS NOT TRUE
      OR octet_length((c.j).key) NOT BETWEEN 1 AND 255 OR cardinality((c.j).tags) NOT BETWEEN 1 AND 16
      OR (c.j).delay_ms NOT BETWEEN 0 AND 3153600000000 OR (c.j).waits_for < 0 OR t.pos < 1
    LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION USING ERRCODE = 'CR006', MESSAGE = format('arriving job %s is not valid', v_bad),
      HINT = 'Bounds are those of enqueue_v1; ids and places from 1, and ids passed by raise_ids_v1.';
  END IF;
  a_queue := ${schema}.queue_ids_v1(p_queue);
  WITH c AS MATERIALIZED (
    SELECT t.job::${schema}.job AS j, t.queue_id, t.pos FROM unnest(p_job, a_queue, p_pos) AS t (job, queue_id, pos)),
  i AS MATERIALIZED (SELECT (c.j).*, c.queue_id AS here, c.pos FROM c),
  j AS (
    INSERT INTO ${schema}.job (org_id, id, queue_id, kind, priority, state, attempt, max_attempts, past_attempts,
        run_at, created_at, updated_at, deadline, first_run_at, accepted_fence, key, tags, error_class, error_message,
        error_stack, note, waits_for, delay_ms, has_children, payload)
      SELECT p_org, i.id, i.here, i.kind, i.priority, i.state, i.attempt, i.max_attempts, i.past_attempts, i.run_at,
        i.created_at, i.updated_at, i.deadline, i.first_run_at, i.accepted_fence, i.key, i.tags, i.error_class,
        i.error_message, i.error_stack, i.note, i.waits_for, i.delay_ms, i.has_children, i.payload FROM i),
  s AS (
    INSERT INTO ${schema}.scheduled (run_at, id, org_id, queue_id, priority, attempt)
      SELECT i.run_at, i.id, p_org, i.here, i.priority, i.attempt FROM i WHERE i.state = 0 AND i.run_at > v_now),
  r AS (
    INSERT INTO ${schema}.ready (queue_id, org_id, priority, pos, id, attempt)
      SELECT i.here, p_org, i.priority, coalesce(i.pos, nextval('${schema}.job_seq')), i.id, i.attempt FROM i
        WHERE i.state = 0 AND i.run_at <= v_now
      RETURNING queue_id, priority, pos)
  INSERT INTO ${schema}.wake (queue_id, org_id, priority, min_pos, added, later, died, waiting)
    SELECT r.queue_id, p_org, r.priority, min(r.pos), count(*), 0, 0, 0 FROM r GROUP BY 1, 3
    UNION ALL
    SELECT i.here, p_org, 1, NULL, 0, count(*) FILTER (WHERE i.state = 0), count(*) FILTER (WHERE i.state = 4),
        count(*) FILTER (WHERE i.state = 7)
      FROM i WHERE i.state <> 0 OR i.run_at > v_now GROUP BY 1;
END $fn$;

-- Takes over rows of one of an arriving org's other tables, as text, with the names of their queues where they have
-- one. A row is text because the two databases number queues, and schedules, each for itself, and everything else is to
-- be as it was. The other tables have CHECKs; the history, which each finish writes to, has not.
CREATE FUNCTION ${schema}.arrive_rows_v1(p_org uuid, p_table text, p_queue text[], p_row text[]) RETURNS void
LANGUAGE plpgsql AS $fn$
DECLARE
  v_bad text;
  a_queue smallint[];
BEGIN
  PERFORM ${schema}.check_arriving_v1(p_org);
  IF p_table IN ('job_history', 'job_hour', 'schedule') THEN
    a_queue := ${schema}.queue_ids_v1(p_queue);
  END IF;
  IF p_table = 'job_history' THEN
    SELECT coalesce((c.h).id::text, 'null') INTO v_bad
      FROM unnest(p_row) AS t (r) CROSS JOIN LATERAL (SELECT t.r::${schema}.job_history AS h) c
      WHERE ((c.h).id >= 1 AND (c.h).kind ~ '^[a-zA-Z][a-zA-Z0-9._-]{0,63}$' AND (c.h).priority BETWEEN 1 AND 4
          AND (c.h).max_attempts BETWEEN 1 AND 100 AND (c.h).attempts >= 0 AND (c.h).past_attempts >= 0) IS NOT TRUE
        OR octet_length((c.h).key) NOT BETWEEN 1 AND 255 OR cardinality((c.h).tags) NOT BETWEEN 1 AND 16
      LIMIT 1;
    IF FOUND THEN
      RAISE EXCEPTION USING ERRCODE = 'CR006', MESSAGE = format('arriving record of job %s is not valid', v_bad),
        HINT = 'Bounds are those of enqueue_v1; ids from 1.';
    END IF;
  END IF;
  CASE p_table
  WHEN 'job_key' THEN
    WITH c AS MATERIALIZED (SELECT t.r::${schema}.job_key AS k FROM unnest(p_row) AS t (r)),
    i AS MATERIALIZED (SELECT (c.k).* FROM c)
    INSERT INTO ${schema}.job_key (org_id, key, job_id, created_at, expires_at, state, result)
      SELECT p_org, i.key, i.job_id, i.created_at, i.expires_at, i.state, i.result FROM i;
  WHEN 'job_history' THEN
    WITH c AS MATERIALIZED (
      SELECT t.r::${schema}.job_history AS h, t.queue_id FROM unnest(p_row, a_queue) AS t (r, queue_id)),
    i AS MATERIALIZED (SELECT (c.h).*, c.queue_id AS here FROM c)
    INSERT INTO ${schema}.job_history (finished_at, org_id, id, queue_id, kind, priority, outcome, attempts,
        max_attempts, past_attempts, run_at, created_at, deadline, first_run_at, accepted_fence, key, tags, error_class,
        error_message, error_stack, note, payload)
      SELECT i.finished_at, p_org, i.id, i.here, i.kind, i.priority, i.outcome, i.attempts, i.max_attempts,
        i.past_attempts, i.run_at, i.created_at, i.deadline, i.first_run_at, i.accepted_fence, i.key, i.tags,
        i.error_class, i.error_message, i.error_stack, i.note, i.payload FROM i;
  WHEN 'job_result' THEN
    WITH c AS MATERIALIZED (SELECT t.r::${schema}.job_result AS e FROM unnest(p_row) AS t (r)),
    i AS MATERIALIZED (SELECT (c.e).* FROM c)
    INSERT INTO ${schema}.job_result (finished_at, org_id, id, result)
      SELECT i.finished_at, p_org, i.id, i.result FROM i;
  WHEN 'job_wait' THEN
    WITH c AS MATERIALIZED (SELECT t.r::${schema}.job_wait AS w FROM unnest(p_row) AS t (r)),
    i AS MATERIALIZED (SELECT (c.w).* FROM c)
    INSERT INTO ${schema}.job_wait (org_id, child_id, parent_id, need, state, name)
      SELECT p_org, i.child_id, i.parent_id, i.need, i.state, i.name FROM i;
  WHEN 'job_hour' THEN
    WITH c AS MATERIALIZED (
      SELECT t.r::${schema}.job_hour AS h, t.queue_id FROM unnest(p_row, a_queue) AS t (r, queue_id)),
    i AS MATERIALIZED (SELECT (c.h).*, c.queue_id AS here FROM c)
    INSERT INTO ${schema}.job_hour (org_id, hour, queue_id, kind, completed, failed, cancelled, times)
      SELECT p_org, i.hour, i.here, i.kind, i.completed, i.failed, i.cancelled, i.times FROM i;
  WHEN 'schedule' THEN
    WITH c AS MATERIALIZED (
      SELECT t.r::${schema}.schedule AS s, t.queue_id FROM unnest(p_row, a_queue) AS t (r, queue_id)),
    i AS MATERIALIZED (SELECT (c.s).*, c.queue_id AS here FROM c)
    INSERT INTO ${schema}.schedule (org_id, name, revision, queue_id, kind, priority, max_attempts, tags, payload,
        time_field, cron, zone, every_ms, jitter_ms, missed, missed_each, overlap, paused, problem, planned_at, next_at,
        last_time, last_fired_at, last_job_id, live_jobs, fired, missed_times, overlapped, created_at, updated_at)
      SELECT p_org, i.name, i.revision, i.here, i.kind, i.priority, i.max_attempts, i.tags, i.payload, i.time_field,
        i.cron, i.zone, i.every_ms, i.jitter_ms, i.missed, i.missed_each, i.overlap, i.paused, i.problem, i.planned_at,
        i.next_at, i.last_time, i.last_fired_at, i.last_job_id, i.live_jobs, i.fired, i.missed_times, i.overlapped,
        i.created_at, i.updated_at FROM i;
  ELSE
    RAISE EXCEPTION USING ERRCODE = 'CR006', MESSAGE = format('no rows arrive in %L', left(p_table, 200));
  END CASE;
END $fn$;

-- Takes over what leaving_ends_v1 and leaving_last_v1 give. A schedule of all orgs that is not known here is left out.
CREATE FUNCTION ${schema}.arrive_ends_v1(p_org uuid, p_parent bigint[], p_outcome smallint[], p_name text[],
  p_job bigint[])
RETURNS void LANGUAGE plpgsql AS $fn$
BEGIN
  PERFORM ${schema}.check_arriving_v1(p_org);
  INSERT INTO ${schema}.job_settle (org_id, parent_id, outcome)
    SELECT p_org, t.parent_id, t.outcome FROM unnest(p_parent, p_outcome) AS t (parent_id, outcome);
  INSERT INTO ${schema}.schedule_last (schedule_id, org_id, job_id)
    SELECT s.schedule_id, p_org, t.job_id FROM unnest(p_name, p_job) AS t (name, job_id)
      JOIN ${schema}.schedule s ON s.org_id IS NULL AND s.name = t.name;
END $fn$;

-- The owner's, since it changes a sequence.
REVOKE ALL ON FUNCTION ${schema}.join_shards_v1 FROM PUBLIC;
ALTER FUNCTION ${schema}.join_shards_v1 SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET row_security = on
  SET lock_timeout = '2s';

GRANT EXECUTE ON FUNCTION ${schema}.check_database_v1 TO ${schema}_app, ${schema}_worker;
GRANT EXECUTE ON FUNCTION ${schema}.join_shards_v1, ${schema}.this_database_v1, ${schema}.check_database_v1,
  ${schema}.hold_org_v1, ${schema}.leaving_org_v1, ${schema}.leaving_lanes_v1, ${schema}.leaving_jobs_v1,
  ${schema}.leaving_keys_v1, ${schema}.leaving_ends_v1, ${schema}.leaving_last_v1, ${schema}.raise_ids_v1,
  ${schema}.restored_v1, ${schema}.arrive_lanes_v1, ${schema}.arrive_jobs_v1, ${schema}.arrive_rows_v1,
  ${schema}.arrive_ends_v1 TO ${schema}_admin;

SELECT ${schema}.own_functions_v1(
  p_outer => '{this_database_v1, check_database_v1, hold_org_v1, leaving_org_v1, leaving_lanes_v1, leaving_jobs_v1,
    leaving_keys_v1, leaving_ends_v1, leaving_last_v1, raise_ids_v1, restored_v1, arrive_lanes_v1, arrive_jobs_v1,
    arrive_rows_v1, arrive_ends_v1}',
  p_inner => '{check_arriving_v1, queue_ids_v1}',
  p_small => '{leaving_org_v1, leaving_ends_v1}',
  p_wait => '{hold_org_v1}');
