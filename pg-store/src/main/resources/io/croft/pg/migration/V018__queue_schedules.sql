-- Schedules: jobs that are enqueued at certain times.
--
-- When a time comes is told by the library, which knows calendars; the database only compares it with its clock. A
-- process reads what is due, and then names the revision that it read with what is to be done: the first to do so
-- moves the schedule on in the transaction that enqueues its jobs. Nothing is locked while a process thinks.
--
-- Locks: a schedule's row, and a round's, come before all that V010 lists, and whoever fires or goes on with a round
-- waits for neither (SKIP LOCKED). Several schedules are locked by their numbers.

-- Of one org, or of all (org_id null). Tenant data, since it has payloads.
CREATE TABLE ${schema}.schedule (
  org_id uuid REFERENCES ${schema}.org (org_id),
  name text COLLATE "C" NOT NULL CHECK (octet_length(name) BETWEEN 1 AND 255),
  schedule_id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  revision bigint NOT NULL DEFAULT 1,               -- rises with every change, also when it fires
  -- what
  queue_id smallint NOT NULL,
  kind text NOT NULL CHECK (kind ~ '^[a-zA-Z][a-zA-Z0-9._-]{0,63}$'),
  priority smallint NOT NULL CHECK (priority BETWEEN 1 AND 4),
  max_attempts int NOT NULL CHECK (max_attempts BETWEEN 1 AND 100),
  tags text CHECK (cardinality(string_to_array(tags, E'\n')) BETWEEN 1 AND 16),  -- one a line
  payload jsonb NOT NULL CHECK (jsonb_typeof(payload) = 'object' AND pg_column_size(payload) <= 4194304),
  -- of the payload, gets the time; not blank, and on one line
  time_field text CHECK (length(time_field) BETWEEN 1 AND 64 AND time_field ~ '\S'
    AND time_field !~ '[\u0001-\u001f\u007f-\u009f\u2028\u2029]'),
  -- when
  cron text CHECK (length(cron) BETWEEN 1 AND 255),
  zone text CHECK (length(zone) BETWEEN 1 AND 64),
  every_ms bigint CHECK (every_ms BETWEEN 1000 AND 31622400000),
  jitter_ms bigint NOT NULL CHECK (jitter_ms BETWEEN 0 AND 3600000),
  missed smallint NOT NULL CHECK (missed BETWEEN 0 AND 100),    -- how many missed times are made up for; 0 not even one
  missed_each boolean NOT NULL,                     -- each of them, and not the last for all
  overlap smallint NOT NULL CHECK (overlap IN (1, 2)),          -- 1 allow; 2 skip
  -- how far
  paused boolean NOT NULL DEFAULT false,
  problem text CHECK (length(problem) <= 1024),
  planned_at timestamptz NOT NULL,                  -- its next time
  next_at timestamptz NOT NULL,                     -- the same, put off by its jitter
  last_time timestamptz,
  last_fired_at timestamptz,
  last_job_id bigint,
  live_jobs bigint[] NOT NULL DEFAULT '{}',         -- before that one, and live when it came; the last hundred
  fired bigint NOT NULL DEFAULT 0,
  missed_times bigint NOT NULL DEFAULT 0,
  overlapped bigint NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  UNIQUE NULLS NOT DISTINCT (org_id, name),
  CHECK ((cron IS NULL) = (zone IS NULL) AND (cron IS NULL) <> (every_ms IS NULL)),
  CHECK (NOT missed_each OR missed > 0 AND overlap = 1)  -- all at once, and none that overlaps: there is no such rule
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000,
  autovacuum_vacuum_cost_delay = 0);

CREATE INDEX schedule_number ON ${schema}.schedule (schedule_id);  -- not unique: a unique key would begin with the org
CREATE INDEX schedule_due ON ${schema}.schedule (next_at) WHERE NOT paused AND problem IS NULL;

-- Rounds under way: a schedule of all orgs fired, and the orgs up to this one have their jobs.
CREATE TABLE ${schema}.schedule_round (
  round_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  schedule_id bigint NOT NULL,
  at timestamptz NOT NULL,
  done_to uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000'  -- no org has that id
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000,
  autovacuum_vacuum_cost_delay = 0);

CREATE INDEX schedule_round_of ON ${schema}.schedule_round (schedule_id);

-- The last job that each org has of a schedule of all orgs, where one that is live lets the next be passed over.
CREATE TABLE ${schema}.schedule_last (
  schedule_id bigint NOT NULL,
  org_id uuid NOT NULL REFERENCES ${schema}.org (org_id),
  job_id bigint NOT NULL,
  PRIMARY KEY (schedule_id, org_id)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 5000,
  autovacuum_vacuum_cost_delay = 0);

CREATE INDEX schedule_last_org ON ${schema}.schedule_last (org_id);  -- for erasure, and the foreign key

ALTER TABLE ${schema}.schedule ENABLE ROW LEVEL SECURITY;
ALTER TABLE ${schema}.schedule FORCE ROW LEVEL SECURITY;

CREATE POLICY schedule_app_read ON ${schema}.schedule FOR SELECT TO ${schema}_app, ${schema}_admin
  USING (org_id = (SELECT nullif(current_setting('croft.org_id', true), '')::uuid));
CREATE POLICY schedule_global_read ON ${schema}.schedule FOR SELECT TO ${schema}_admin USING (org_id IS NULL);
CREATE POLICY schedule_dispatch ON ${schema}.schedule TO ${schema}_dispatch USING (true) WITH CHECK (true);

GRANT SELECT ON ${schema}.schedule TO ${schema}_app, ${schema}_admin;
GRANT SELECT, INSERT, DELETE,
  UPDATE (revision, queue_id, kind, priority, max_attempts, tags, payload, time_field, cron, zone, every_ms, jitter_ms,
    missed, missed_each, overlap, paused, problem, planned_at, next_at, last_time, last_fired_at, last_job_id,
    live_jobs, fired, missed_times, overlapped, updated_at)
  ON ${schema}.schedule TO ${schema}_dispatch;
GRANT SELECT, INSERT, DELETE, UPDATE (done_to) ON ${schema}.schedule_round TO ${schema}_dispatch;
GRANT SELECT, INSERT, DELETE, UPDATE (job_id) ON ${schema}.schedule_last TO ${schema}_dispatch;

-- Refuses what is not the transaction's: an org that is not its own or not active, and the schedules of all orgs unless
-- it is administration's. Nobody but the dispatcher may execute it.
CREATE FUNCTION ${schema}.check_schedule_v1(p_org uuid) RETURNS void LANGUAGE plpgsql STABLE AS $fn$
BEGIN
  IF p_org IS NOT NULL THEN
    PERFORM ${schema}.check_active_v1(p_org);
  ELSIF current_setting('role') <> '${schema}_admin' THEN
    RAISE EXCEPTION USING ERRCODE = 'CR005', MESSAGE = 'schedules of all orgs are not this transaction''s',
      HINT = 'Only administration may change them.';
  END IF;
END $fn$;

-- The number of a schedule, for update; null if there is none. Nobody but the dispatcher may execute it.
CREATE FUNCTION ${schema}.lock_schedule_v1(p_org uuid, p_name text) RETURNS bigint LANGUAGE plpgsql AS $fn$
DECLARE
  v_id bigint;
BEGIN
  IF p_org IS NULL THEN
    SELECT s.schedule_id INTO v_id FROM ${schema}.schedule s WHERE s.org_id IS NULL AND s.name = p_name FOR UPDATE;
  ELSE
    SELECT s.schedule_id INTO v_id FROM ${schema}.schedule s WHERE s.org_id = p_org AND s.name = p_name FOR UPDATE;
  END IF;
  RETURN v_id;
END $fn$;

-- Makes a schedule known or changes it; returns whether anything was new. The next time is p_planned, and fires at
-- p_next, unless the schedule has the same times and jitter already: then it keeps its next time. An org has 1,000
-- schedules at most, and so have all together: puts of one org wait for each other. What enqueue_v1 would refuse of its
-- jobs is refused here.
CREATE FUNCTION ${schema}.put_schedule_v1(p_org uuid, p_name text, p_queue text, p_kind text, p_payload jsonb,
  p_priority smallint, p_max_attempts int, p_tags text, p_time_field text, p_cron text, p_zone text, p_every_ms bigint,
  p_jitter_ms bigint, p_missed smallint, p_missed_each boolean, p_overlap smallint, p_planned timestamptz,
  p_next timestamptz)
RETURNS boolean LANGUAGE plpgsql AS $fn$
DECLARE
  v_queue_id smallint;
  v_id bigint;
  v_n int;
BEGIN
  PERFORM ${schema}.check_schedule_v1(p_org);
  SELECT q.queue_id INTO v_queue_id FROM ${schema}.queue q WHERE q.name = p_queue;
  IF NOT FOUND THEN
    RAISE EXCEPTION USING ERRCODE = 'CR003', MESSAGE = format('queue %L is unknown', left(p_queue, 200)),
      HINT = 'Register the queue first.';
  ELSIF (octet_length(p_name) BETWEEN 1 AND 255 AND p_next >= p_planned AND p_next < 'infinity'
      AND p_planned > '-infinity' AND jsonb_typeof(p_payload) = 'object' AND (NOT p_missed_each OR p_overlap = 1)
      AND pg_column_size(${schema}.schedule_payload_v1(p_payload, p_time_field, p_planned)) <= 4194304) IS NOT TRUE
      OR cardinality(string_to_array(p_tags, E'\n')) NOT BETWEEN 1 AND 16 THEN
    RAISE EXCEPTION USING ERRCODE = 'CR006', MESSAGE = format('schedule %L is not valid', left(p_name, 200)),
      HINT = 'Name: 1 to 255 bytes; next time: given; payload: an object, with its time up to 4 MiB as it is kept;'
        ' tags: 1 to 16, if any; each of missed times: only where jobs may overlap.';
  END IF;
  PERFORM pg_advisory_xact_lock(hashtextextended('${schema}.schedule ' || coalesce(p_org::text, ''), 0));
  v_id := ${schema}.lock_schedule_v1(p_org, p_name);
  IF v_id IS NULL THEN
    IF p_org IS NULL THEN
      SELECT count(*) INTO v_n FROM ${schema}.schedule s WHERE s.org_id IS NULL;
    ELSE
      SELECT count(*) INTO v_n FROM ${schema}.schedule s WHERE s.org_id = p_org;
    END IF;
    IF v_n >= 1000 THEN
      RAISE EXCEPTION USING ERRCODE = 'CR006', MESSAGE = format('schedule %L would be one too many', left(p_name, 200)),
        HINT = 'There are 1000 already: remove some, or let one job do the work of several.';
    END IF;
    INSERT INTO ${schema}.schedule (org_id, name, queue_id, kind, priority, max_attempts, tags, payload, time_field,
        cron, zone, every_ms, jitter_ms, missed, missed_each, overlap, planned_at, next_at)
      VALUES (p_org, p_name, v_queue_id, p_kind, p_priority, p_max_attempts, p_tags, p_payload, p_time_field,
        p_cron, p_zone, p_every_ms, p_jitter_ms, p_missed, p_missed_each, p_overlap, p_planned, p_next);
    RETURN true;
  END IF;
  UPDATE ${schema}.schedule s SET revision = s.revision + 1, updated_at = clock_timestamp(), queue_id = v_queue_id,
      kind = p_kind, priority = p_priority, max_attempts = p_max_attempts, tags = p_tags, payload = p_payload,
      time_field = p_time_field, cron = p_cron, zone = p_zone, every_ms = p_every_ms, jitter_ms = p_jitter_ms,
      missed = p_missed, missed_each = p_missed_each, overlap = p_overlap, problem = NULL,
      planned_at = CASE WHEN s.problem IS NOT NULL OR (s.cron, s.zone, s.every_ms, s.jitter_ms)
        IS DISTINCT FROM (p_cron, p_zone, p_every_ms, p_jitter_ms) THEN p_planned ELSE s.planned_at END,
      next_at = CASE WHEN s.problem IS NOT NULL OR (s.cron, s.zone, s.every_ms, s.jitter_ms)
        IS DISTINCT FROM (p_cron, p_zone, p_every_ms, p_jitter_ms) THEN p_next ELSE s.next_at END
    WHERE s.schedule_id = v_id AND (s.problem IS NOT NULL
      OR (s.queue_id, s.kind, s.priority, s.max_attempts, s.tags, s.payload, s.time_field, s.cron, s.zone, s.every_ms,
        s.jitter_ms, s.missed, s.missed_each, s.overlap)
      IS DISTINCT FROM (v_queue_id, p_kind, p_priority, p_max_attempts, p_tags, p_payload, p_time_field, p_cron, p_zone,
        p_every_ms, p_jitter_ms, p_missed, p_missed_each, p_overlap));
  RETURN FOUND;
END $fn$;

-- Lets a schedule rest; returns whether there is one.
CREATE FUNCTION ${schema}.pause_schedule_v1(p_org uuid, p_name text) RETURNS boolean LANGUAGE plpgsql AS $fn$
DECLARE
  v_id bigint;
BEGIN
  PERFORM ${schema}.check_schedule_v1(p_org);
  v_id := ${schema}.lock_schedule_v1(p_org, p_name);
  UPDATE ${schema}.schedule s SET paused = true, revision = s.revision + 1, updated_at = clock_timestamp()
    WHERE s.schedule_id = v_id AND NOT s.paused;
  RETURN v_id IS NOT NULL;
END $fn$;

-- Lets a schedule of this revision go on, with this as its next time; returns whether it did.
CREATE FUNCTION ${schema}.resume_schedule_v1(p_org uuid, p_name text, p_revision bigint, p_planned timestamptz,
  p_next timestamptz)
RETURNS boolean LANGUAGE plpgsql AS $fn$
DECLARE
  v_id bigint;
BEGIN
  PERFORM ${schema}.check_schedule_v1(p_org);
  v_id := ${schema}.lock_schedule_v1(p_org, p_name);
  UPDATE ${schema}.schedule s SET paused = false, revision = s.revision + 1, planned_at = p_planned, next_at = p_next,
      updated_at = clock_timestamp()
    WHERE s.schedule_id = v_id AND s.paused AND s.revision = p_revision;
  RETURN FOUND;
END $fn$;

-- Forgets a schedule and its rounds; returns whether there was one.
CREATE FUNCTION ${schema}.remove_schedule_v1(p_org uuid, p_name text) RETURNS boolean LANGUAGE plpgsql AS $fn$
DECLARE
  v_id bigint;
BEGIN
  PERFORM ${schema}.check_schedule_v1(p_org);
  v_id := ${schema}.lock_schedule_v1(p_org, p_name);
  DELETE FROM ${schema}.schedule_round r WHERE r.schedule_id = v_id;
  DELETE FROM ${schema}.schedule_last l WHERE l.schedule_id = v_id;
  DELETE FROM ${schema}.schedule s WHERE s.schedule_id = v_id;
  RETURN v_id IS NOT NULL;
END $fn$;

-- The payload of a job for this time. Nobody but the dispatcher may execute it.
CREATE FUNCTION ${schema}.schedule_payload_v1(p_payload jsonb, p_field text, p_at timestamptz) RETURNS jsonb
LANGUAGE sql STABLE AS $fn$
  SELECT CASE WHEN p_field IS NULL THEN p_payload ELSE p_payload
    || jsonb_build_object(p_field, to_char(p_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')) END
$fn$;

-- Enqueues a schedule's job now, or begins a round of one of all orgs. Returns the job, 0 for a round, null if there is
-- no such schedule.
CREATE FUNCTION ${schema}.trigger_schedule_v1(p_org uuid, p_name text) RETURNS bigint LANGUAGE plpgsql AS $fn$
DECLARE
  v_now timestamptz := clock_timestamp();
  v_id bigint;
  v_job bigint;
BEGIN
  PERFORM ${schema}.check_schedule_v1(p_org);
  v_id := ${schema}.lock_schedule_v1(p_org, p_name);
  IF v_id IS NULL THEN
    RETURN NULL;
  ELSIF p_org IS NULL THEN
    INSERT INTO ${schema}.schedule_round (schedule_id, at) VALUES (v_id, v_now);
    RETURN 0;
  END IF;
  SELECT e.job_id INTO v_job
    FROM ${schema}.schedule s JOIN ${schema}.queue q ON q.queue_id = s.queue_id
      CROSS JOIN LATERAL ${schema}.enqueue_v1(p_org => ARRAY[s.org_id], p_queue => ARRAY[q.name],
        p_kind => ARRAY[s.kind],
        p_payload => ARRAY[${schema}.schedule_payload_v1(s.payload, s.time_field, v_now)],
        p_priority => ARRAY[s.priority], p_max_attempts => ARRAY[s.max_attempts], p_tags => ARRAY[s.tags]) e
    WHERE s.schedule_id = v_id;
  UPDATE ${schema}.schedule s SET last_job_id = v_job, updated_at = v_now, live_jobs = ARRAY(
      SELECT j.id FROM ${schema}.job j WHERE j.org_id = s.org_id AND j.id = ANY (s.live_jobs || s.last_job_id)
        AND j.state = 0 ORDER BY j.id DESC LIMIT 100)
    WHERE s.schedule_id = v_id;
  RETURN v_job;
END $fn$;

-- What is due, and how soon the first of what is not is, in microseconds: at least one row, whose schedule_id is null
-- if nothing is due. Orgs take turns, those due longest first: of the 20 times p_limit that are due longest, none has
-- a second one before each of the others has had its first, however many it has. Those of orgs that are not in
-- service are none of them. Served by schedule_due.
CREATE FUNCTION ${schema}.due_schedules_v1(p_limit int)
RETURNS TABLE (now timestamptz, wait_us bigint, schedule_id bigint, revision bigint, org_id uuid, name text, queue text,
  cron text, zone text, every_ms bigint, jitter_ms bigint, missed smallint, missed_each boolean, overlap smallint,
  time_field text, planned_at timestamptz)
LANGUAGE plpgsql STABLE AS $fn$
#variable_conflict use_column
DECLARE
  v_now timestamptz := clock_timestamp();
  v_next timestamptz;
BEGIN
  SELECT min(s.next_at) INTO v_next FROM ${schema}.schedule s
    WHERE s.next_at > v_now AND NOT s.paused AND s.problem IS NULL;
  RETURN QUERY
  SELECT v_now, ceil(extract(epoch FROM v_next - v_now) * 1000000)::bigint, d.*
    FROM (SELECT 1) one LEFT JOIN LATERAL (
      SELECT s.schedule_id, s.revision, s.org_id, s.name::text AS name, q.name AS queue, s.cron, s.zone, s.every_ms,
          s.jitter_ms, s.missed, s.missed_each, s.overlap, s.time_field, s.planned_at
        FROM (
          SELECT r.schedule_id, r.turn, r.next_at FROM (
            SELECT t.schedule_id, t.next_at,
                row_number() OVER (PARTITION BY t.org_id ORDER BY t.next_at, t.schedule_id) AS turn
              FROM (
                SELECT w.schedule_id, w.org_id, w.next_at FROM ${schema}.schedule w
                  WHERE w.next_at <= v_now AND NOT w.paused AND w.problem IS NULL AND (w.org_id IS NULL OR EXISTS (
                    SELECT FROM ${schema}.org o WHERE o.org_id = ANY (ARRAY[w.org_id]) AND o.state = 'ACTIVE'))
                  ORDER BY w.next_at LIMIT 20 * p_limit) t) r
            WHERE r.turn <= p_limit
            ORDER BY r.turn, r.next_at LIMIT p_limit) x
          JOIN ${schema}.schedule s ON s.schedule_id = ANY (ARRAY[x.schedule_id])
          JOIN ${schema}.queue q ON q.queue_id = s.queue_id
        ORDER BY x.turn, x.next_at) d ON true;
END $fn$;

-- Does what is to be done with up to 100 schedules that are due, if they still have the revision that was read: a job
-- for each of p_at, whose p_of is the position of its schedule, or a round for it, unless jobs must not overlap and the
-- last one is live or a round under way; and the next time. A time whose jobs, with those before it in the call, would
-- be more than their org may have, by its limit of V027, is passed over as if they overlapped. Returns what became of
-- each: 1 done, 2 done without jobs since they would overlap or be too many, 0 nothing. It waits for nobody.
CREATE FUNCTION ${schema}.fire_schedules_v1(p_id bigint[], p_revision bigint[], p_missed bigint[],
  p_planned timestamptz[], p_next timestamptz[], p_of int[], p_at timestamptz[])
RETURNS TABLE (ord int, fired smallint) LANGUAGE plpgsql AS $fn$
#variable_conflict use_column
DECLARE
  n int := coalesce(cardinality(p_id), 0);
  v_now timestamptz := clock_timestamp();
  a_ord int[];      -- those that are fired here
  a_over int[];     -- of them, those whose jobs would overlap or be too many
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
  FOR v_fired IN SELECT o.ord, s.org_id, q.most, t.n
      FROM unnest(a_ord) o (ord) JOIN ${schema}.schedule s ON s.schedule_id = p_id[o.ord]
        JOIN ${schema}.quota q ON q.org_id = ANY (ARRAY[s.org_id]) AND q.resource = 1
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

-- Notes why a schedule of this revision cannot be fired: it is due no more until it is put again. Returns whether it
-- did: not where the schedule has changed, or somebody holds it, for whom it does not wait.
CREATE FUNCTION ${schema}.fail_schedule_v1(p_id bigint, p_revision bigint, p_problem text) RETURNS boolean
LANGUAGE plpgsql AS $fn$
BEGIN
  UPDATE ${schema}.schedule s SET problem = left(p_problem, 1024), revision = s.revision + 1,
      updated_at = clock_timestamp()
    WHERE s.ctid = ANY (ARRAY(
      SELECT f.ctid FROM ${schema}.schedule f WHERE f.schedule_id = p_id AND f.revision = p_revision
        FOR NO KEY UPDATE SKIP LOCKED));
  RETURN FOUND;
END $fn$;

-- Goes on with a round that nobody else is at: a job for each of the next p_orgs active orgs, unless jobs must not
-- overlap and the org's last one is live. Returns how many jobs, and their queue: null if there is no round. An org
-- that begins to be erased meanwhile makes it look again. A round whose jobs are refused ends, its schedule rests, and
-- the problem says which and why: else it would hold up all others.
CREATE FUNCTION ${schema}.advance_round_v1(p_orgs int, OUT jobs int, OUT queue text, OUT problem text)
LANGUAGE plpgsql AS $fn$
DECLARE
  v_round record;
  v_try int := 0;
  a_all uuid[];
  a_org uuid[];
  a_job bigint[];
BEGIN
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION USING ERRCODE = 'CR007', MESSAGE = 'a round goes on only in a READ COMMITTED transaction';
  ELSIF (p_orgs BETWEEN 1 AND 1000) IS NOT TRUE THEN
    RAISE EXCEPTION USING ERRCODE = 'CR006', MESSAGE = format('a round by %s orgs is not valid', p_orgs),
      HINT = 'Orgs: 1 to 1000.';
  END IF;
  jobs := 0;
  SELECT r.round_id, r.at, r.done_to, s.schedule_id, s.revision, s.name, q.name AS queue, s.kind, s.payload,
      s.time_field, s.priority, s.max_attempts, s.tags, s.overlap
    INTO v_round
    FROM ${schema}.schedule_round r JOIN ${schema}.schedule s ON s.schedule_id = r.schedule_id
      JOIN ${schema}.queue q ON q.queue_id = s.queue_id
    WHERE NOT s.paused ORDER BY r.round_id LIMIT 1 FOR NO KEY UPDATE OF r SKIP LOCKED;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  queue := v_round.queue;
  LOOP
    SELECT array_agg(x.org_id ORDER BY x.org_id) INTO a_all FROM (
      SELECT o.org_id FROM ${schema}.org o WHERE o.org_id > v_round.done_to AND o.state = 'ACTIVE'
        ORDER BY o.org_id LIMIT p_orgs) x;
    a_org := ARRAY(SELECT u.org_id FROM unnest(a_all) u (org_id)
      WHERE v_round.overlap = 1 OR NOT EXISTS (SELECT FROM ${schema}.schedule_last l
        JOIN ${schema}.job j ON j.org_id = ANY (ARRAY[l.org_id]) AND j.id = ANY (ARRAY[l.job_id])
        WHERE l.schedule_id = v_round.schedule_id AND l.org_id = ANY (ARRAY[u.org_id]) AND j.state = 0)
      ORDER BY u.org_id);
    EXIT WHEN cardinality(a_org) = 0;
    BEGIN
      SELECT array_agg(e.job_id ORDER BY e.ord) INTO a_job FROM ${schema}.enqueue_v1(p_org => a_org,
        p_queue => array_fill(v_round.queue, ARRAY[cardinality(a_org)]),
        p_kind => array_fill(v_round.kind, ARRAY[cardinality(a_org)]),
        p_payload => array_fill(${schema}.schedule_payload_v1(v_round.payload, v_round.time_field, v_round.at),
          ARRAY[cardinality(a_org)]),
        p_priority => array_fill(v_round.priority, ARRAY[cardinality(a_org)]),
        p_max_attempts => array_fill(v_round.max_attempts, ARRAY[cardinality(a_org)]),
        p_tags => array_fill(v_round.tags, ARRAY[cardinality(a_org)]), p_told => true) e;
      IF v_round.overlap = 2 THEN
        INSERT INTO ${schema}.schedule_last AS l (schedule_id, org_id, job_id)
          SELECT v_round.schedule_id, u.org_id, u.job_id FROM unnest(a_org, a_job) u (org_id, job_id)
          ON CONFLICT (schedule_id, org_id) DO UPDATE SET job_id = EXCLUDED.job_id;
      END IF;
      jobs := cardinality(a_org);
      EXIT;
    EXCEPTION WHEN SQLSTATE 'CR001' OR SQLSTATE 'CR002' OR SQLSTATE 'CR008' OR foreign_key_violation THEN
      v_try := v_try + 1;
      IF v_try >= 20 THEN
        RAISE;
      END IF;
    WHEN SQLSTATE 'CR006' THEN
      problem := format('schedule "%s" of all organisations: %s', v_round.name, SQLERRM);
      PERFORM ${schema}.fail_schedule_v1(v_round.schedule_id, v_round.revision, SQLERRM);
      DELETE FROM ${schema}.schedule_round r WHERE r.round_id = v_round.round_id;
      RETURN;
    END;
  END LOOP;
  IF coalesce(cardinality(a_all), 0) < p_orgs THEN
    DELETE FROM ${schema}.schedule_round r WHERE r.round_id = v_round.round_id;
  ELSE
    UPDATE ${schema}.schedule_round r SET done_to = a_all[p_orgs] WHERE r.round_id = v_round.round_id;
  END IF;
END $fn$;

-- Removes what is there of schedules of an org that is being erased, or moved away; returns how many rows.
CREATE FUNCTION ${schema}.erase_schedules_v1(p_org uuid) RETURNS bigint LANGUAGE plpgsql AS $fn$
DECLARE
  v_n bigint;
  v_last bigint;
BEGIN
  IF p_org IS NULL
      OR EXISTS (SELECT FROM ${schema}.org o
        WHERE o.org_id = p_org AND o.state IN ('ACTIVE', 'LEAVING', 'SUSPENDED')) THEN
    RAISE EXCEPTION USING ERRCODE = 'CR002', MESSAGE = format('org %s is not being erased', p_org),
      HINT = 'Set its state to ERASING first.';
  END IF;
  DELETE FROM ${schema}.schedule s WHERE s.org_id = p_org;
  GET DIAGNOSTICS v_n = ROW_COUNT;
  DELETE FROM ${schema}.schedule_last l WHERE l.org_id = p_org;
  GET DIAGNOSTICS v_last = ROW_COUNT;
  RETURN v_n + v_last;
END $fn$;

-- What a tenant does to its own schedules, with its org set; administration also to those of all orgs.
GRANT EXECUTE ON FUNCTION ${schema}.put_schedule_v1, ${schema}.pause_schedule_v1, ${schema}.resume_schedule_v1,
  ${schema}.remove_schedule_v1, ${schema}.trigger_schedule_v1 TO ${schema}_app, ${schema}_admin;
GRANT EXECUTE ON FUNCTION ${schema}.due_schedules_v1, ${schema}.fire_schedules_v1, ${schema}.fail_schedule_v1,
  ${schema}.advance_round_v1 TO ${schema}_worker;
GRANT EXECUTE ON FUNCTION ${schema}.erase_schedules_v1 TO ${schema}_admin;

SELECT ${schema}.own_functions_v1(
  p_outer => '{put_schedule_v1, pause_schedule_v1, resume_schedule_v1, remove_schedule_v1, trigger_schedule_v1,
    due_schedules_v1, fire_schedules_v1, fail_schedule_v1, advance_round_v1, erase_schedules_v1}',
  p_inner => '{check_schedule_v1, lock_schedule_v1, schedule_payload_v1}');
