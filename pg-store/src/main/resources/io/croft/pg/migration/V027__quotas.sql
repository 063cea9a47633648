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
