-- Settings, grants and owner of the queue's functions.
--
-- They run as ${schema}_dispatch, which owns no table, is no superuser and does not bypass row-level security; only
-- maintain_history_v1 runs as the owner, because it makes and drops partitions, and list_jobs_v1 as its caller. Nothing
-- is PUBLIC's.
--
-- Pinned, because the caller's settings must change neither meaning nor plan:
--   search_path       every name is qualified; pg_temp is named last, since unnamed it would come first
--   row_security      a caller's "off" would make the functions fail
--   plan settings     every step is a few index probes; a plan that flips to a hash join after an ANALYZE turned 2 ms
--                     into 1.8 s, and replanning cost four times the work. rescue and erase scan small tables; the
--                     depths of all queues and the lanes of one are no step but a scan of all lanes, and planned as
--                     such; a list of jobs is to be read in the order of its indexes.
--   lock_timeout      of finish, release, cancel and discard: the row of an attempt, or of its job, may be held by a
--                     handler's open transaction, and a lane by a claim that does not end. Those that wait with it hold
--                     rows that heartbeats and upkeep then pass over, so it must end long before a lease does.
--                     Of pauses and limits of queues and orgs: while these wait for a claim that does not end, as where
--                     its process was stopped, no other claims, or no lane is made.
-- croft.org_id is not pinned: only a superuser may declare a setting of that kind on a function. Nothing that serves
-- all orgs reads it; erase_jobs_v1, which sets it, puts the caller's value back.

-- Gives functions their owner and those settings. p_outer: who may execute one does so as the dispatcher. p_inner:
-- those call it under their settings, and nobody else may. p_probe: the same, many times in a call of one that is
-- planned as a scan, and each time for a few index probes. Of p_outer, p_scan are planned as scans, p_small scan small
-- tables, and p_wait wait for 2 s at most. Grants come before: from here on only the dispatcher may change them. Nobody
-- but the owner may execute it.
CREATE FUNCTION ${schema}.own_functions_v1(p_outer text[], p_inner text[] DEFAULT '{}', p_probe text[] DEFAULT '{}',
  p_scan text[] DEFAULT '{}', p_small text[] DEFAULT '{}', p_wait text[] DEFAULT '{}')
RETURNS void LANGUAGE plpgsql AS $fn$
DECLARE
  a_name text[] := p_outer || p_inner || p_probe;
  f regprocedure;
  v_name text;
  v_n int := 0;
BEGIN
  GRANT CREATE ON SCHEMA ${schema} TO ${schema}_dispatch;  -- to own functions in it
  FOR f, v_name IN SELECT p.oid, p.proname FROM pg_proc p WHERE p.pronamespace = '${schema}'::regnamespace
      AND p.proname = ANY (a_name) LOOP
    EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', f);
    IF v_name = ANY (p_outer) THEN
      EXECUTE format('ALTER FUNCTION %s SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET row_security = on'
        ' SET jit = off', f);
      IF v_name <> ALL (p_scan) THEN
        EXECUTE format('ALTER FUNCTION %s SET enable_hashjoin = off SET enable_mergejoin = off', f);
      END IF;
    END IF;
    IF v_name <> ALL (p_inner || p_scan) THEN
      EXECUTE format('ALTER FUNCTION %s SET plan_cache_mode = force_generic_plan', f);
    END IF;
    IF v_name <> ALL (p_inner || p_scan || p_small) THEN
      EXECUTE format('ALTER FUNCTION %s SET enable_seqscan = off', f);
    END IF;
    IF v_name = ANY (p_wait) THEN
      EXECUTE format('ALTER FUNCTION %s SET lock_timeout = ''2s''', f);
    END IF;
    EXECUTE format('ALTER FUNCTION %s OWNER TO ${schema}_dispatch', f);
    v_n := v_n + 1;
  END LOOP;
  REVOKE CREATE ON SCHEMA ${schema} FROM ${schema}_dispatch;
  IF v_n <> cardinality(a_name) THEN
    RAISE EXCEPTION '% functions are named and % are there', cardinality(a_name), v_n;
  END IF;
END $fn$;

REVOKE ALL ON FUNCTION ${schema}.own_functions_v1, ${schema}.make_days_v1, ${schema}.drop_days_v1,
  ${schema}.maintain_history_v1, ${schema}.list_jobs_v1 FROM PUBLIC;
ALTER FUNCTION ${schema}.maintain_history_v1 SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  SET row_security = on SET lock_timeout = '2s';
ALTER FUNCTION ${schema}.list_jobs_v1 SET search_path = pg_catalog, pg_temp SET row_security = on SET jit = off
  SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off SET enable_mergejoin = off
  SET plan_cache_mode = force_generic_plan;

-- Adding jobs, and ending one's own attempt in one's own transaction.
GRANT EXECUTE ON FUNCTION ${schema}.register_queue_v1, ${schema}.enqueue_v1
  TO ${schema}_app, ${schema}_worker, ${schema}_admin;
GRANT EXECUTE ON FUNCTION ${schema}.finish_deferred_v1 TO ${schema}_app;
-- What a tenant does to its own jobs and lanes, with its org set.
GRANT EXECUTE ON FUNCTION ${schema}.redrive_v1, ${schema}.discard_v1, ${schema}.cancel_v1, ${schema}.running_v1,
  ${schema}.set_lane_v1, ${schema}.pause_lane_v1, ${schema}.pause_org_v1, ${schema}.lane_depth_v1,
  ${schema}.list_jobs_v1, ${schema}.id_bounds_v1, ${schema}.org_running_v1, ${schema}.org_counts_v1
  TO ${schema}_app, ${schema}_admin;
-- The work itself; it sees the payloads of every org.
GRANT EXECUTE ON FUNCTION ${schema}.promote_v1, ${schema}.drain_v1, ${schema}.move_v1, ${schema}.thaw_v1,
  ${schema}.claim_v1, ${schema}.finish_v1, ${schema}.heartbeat_v1, ${schema}.progress_v1, ${schema}.watch_v1,
  ${schema}.release_v1, ${schema}.rescue_v1, ${schema}.purge_keys_v1,
  ${schema}.mark_jobs_v1, ${schema}.expire_dead_v1, ${schema}.maintain_history_v1 TO ${schema}_worker;
GRANT EXECUTE ON FUNCTION ${schema}.pause_queue_v1, ${schema}.set_queue_v1, ${schema}.queue_depth_v1,
  ${schema}.queue_counts_v1, ${schema}.queue_lanes_v1, ${schema}.erase_jobs_v1 TO ${schema}_admin;

SELECT ${schema}.own_functions_v1(
  p_outer => '{register_queue_v1, enqueue_v1, promote_v1, drain_v1, move_v1, thaw_v1, claim_v1, finish_v1,
    finish_deferred_v1, heartbeat_v1, progress_v1, release_v1, rescue_v1, redrive_v1, discard_v1, cancel_v1, watch_v1,
    running_v1, set_lane_v1, pause_lane_v1, pause_org_v1, pause_queue_v1, set_queue_v1, lane_depth_v1, queue_depth_v1,
    org_running_v1, org_counts_v1, queue_counts_v1, queue_lanes_v1, id_bounds_v1, mark_jobs_v1, expire_dead_v1,
    purge_keys_v1, erase_jobs_v1}',
  p_inner => '{finish_core_v1, replace_core_v1, check_org_v1, check_here_v1, check_active_v1, make_lanes_v1,
    lane_queue_v1, set_org_pause_v1, lock_queue_v1, free_slots_v1, lift_lanes_v1}',
  p_probe => '{oldest_v1, first_place_v1}',
  p_scan => '{queue_depth_v1, queue_counts_v1, queue_lanes_v1}',
  p_small => '{rescue_v1, erase_jobs_v1, org_running_v1}',
  p_wait => '{finish_v1, release_v1, rescue_v1, cancel_v1, discard_v1, pause_org_v1, pause_queue_v1, set_queue_v1}');

SELECT ${schema}.maintain_history_v1();
