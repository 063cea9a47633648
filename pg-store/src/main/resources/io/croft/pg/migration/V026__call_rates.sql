-- Token buckets of calls that all processes share, each kept as the time at which it will be full again: the Generic
-- Cell Rate Algorithm, ITU-T Recommendation I.371. One that is full needs no row.

-- key is a hash of whose calls of which tier are counted, and tells neither; org_id is null for those of no org. Rows go
-- with their org. full_at is in nanoseconds since 1970, is not indexed, and changes with each batch of calls.
CREATE TABLE ${schema}.call_rate (
  key uuid PRIMARY KEY,
  org_id uuid REFERENCES ${schema}.org (org_id) ON DELETE CASCADE,
  full_at bigint NOT NULL
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000,
  autovacuum_vacuum_cost_delay = 0);
CREATE INDEX call_rate_org ON ${schema}.call_rate (org_id);

GRANT SELECT, INSERT (key, org_id, full_at), UPDATE (full_at), DELETE ON ${schema}.call_rate TO ${schema}_dispatch;

-- Takes tokens. The first four arrays are buckets, each once: its key and org, how many nanoseconds it needs for one
-- token, and how many it holds. The others are requests, decided one after the other: the places of one or two buckets
-- (0: no second), how many tokens it wants at least, and at most; what exceeds the least, up to an eighth of what the
-- poorest bucket holds. Gives for each how many it got from each of its buckets; if none, in how many nanoseconds it may
-- get them, and which bucket (0 or 1) that is due to. Buckets of an org that does not exist are full.
CREATE FUNCTION ${schema}.take_calls_v1(p_key uuid[], p_org uuid[], p_nanos bigint[], p_burst int[], p_first int[],
  p_second int[], p_least int[], p_most int[])
RETURNS TABLE (granted int, wait_nanos bigint, poorest int) LANGUAGE plpgsql AS $fn$
#variable_conflict use_column
DECLARE
  v_buckets int := cardinality(p_key);
  v_requests int := cardinality(p_first);
  a_full bigint[];
  a_debt bigint[];
  v_now bigint;
  v_bucket int;
  v_held bigint;
  v_wait bigint;
  r record;
BEGIN
  IF (v_buckets BETWEEN 1 AND 2000 AND cardinality(p_org) = v_buckets AND cardinality(p_nanos) = v_buckets
      AND cardinality(p_burst) = v_buckets AND v_requests BETWEEN 1 AND 1000 AND cardinality(p_second) = v_requests
      AND cardinality(p_least) = v_requests AND cardinality(p_most) = v_requests
      AND 0 < ALL (p_nanos) AND 0 < ALL (p_burst) AND 0 < ALL (p_least) AND 0 < ALL (p_first) AND 0 <= ALL (p_second)
      AND v_buckets >= ALL (p_first) AND v_buckets >= ALL (p_second)) IS NOT TRUE THEN
    RAISE EXCEPTION USING ERRCODE = 'CR006', MESSAGE = format('%s requests of %s buckets are not valid', v_requests,
      v_buckets), HINT = 'Give 1 to 1000 requests, and all of each.';
  END IF;

  -- Rows are made before any is locked, and both in one order, so that two calls do not wait for each other. What was
  -- removed in between, as full for long or with its org, is looked for again.
  FOR attempt IN 1 .. 10 LOOP
    BEGIN
      INSERT INTO ${schema}.call_rate (key, org_id, full_at)
        SELECT a.key, a.org_id, 0 FROM unnest(p_key, p_org) AS a (key, org_id)
        WHERE NOT EXISTS (SELECT FROM ${schema}.call_rate c WHERE c.key = a.key)
          AND (a.org_id IS NULL OR EXISTS (SELECT FROM ${schema}.org o WHERE o.org_id = a.org_id))
        ORDER BY a.key ON CONFLICT DO NOTHING;
    EXCEPTION WHEN foreign_key_violation THEN
      CONTINUE;
    END;
    a_full := array_fill(NULL::bigint, ARRAY[v_buckets]);
    FOR r IN SELECT a.place, c.full_at FROM unnest(p_key) WITH ORDINALITY AS a (key, place)
        JOIN ${schema}.call_rate c ON c.key = a.key ORDER BY c.key FOR NO KEY UPDATE OF c LOOP
      a_full[r.place] := r.full_at;
    END LOOP;
    EXIT WHEN NOT EXISTS (SELECT FROM unnest(a_full, p_org) AS a (full_at, org_id)
      WHERE a.full_at IS NULL
        AND (a.org_id IS NULL OR EXISTS (SELECT FROM ${schema}.org o WHERE o.org_id = a.org_id)));
  END LOOP;

  v_now := (extract(epoch FROM clock_timestamp()) * 1000000000)::bigint;
  FOR i IN 1 .. v_buckets LOOP
    -- Never more than an empty bucket's: the clock may have been set back, or the burst be smaller now.
    a_debt[i] := CASE WHEN a_full[i] IS NOT NULL
      THEN least(greatest(a_full[i] - v_now, 0), p_burst[i] * p_nanos[i]) END;
  END LOOP;
  FOR i IN 1 .. v_requests LOOP
    granted := p_most[i];
    wait_nanos := 0;
    poorest := 0;
    FOR j IN 0 .. 1 LOOP
      v_bucket := CASE j WHEN 0 THEN p_first[i] ELSE p_second[i] END;
      CONTINUE WHEN v_bucket = 0;
      v_held := (p_burst[v_bucket] * p_nanos[v_bucket] - coalesce(a_debt[v_bucket], 0)) / p_nanos[v_bucket];
      IF v_held >= p_least[i] THEN
        granted := least(granted, greatest(p_least[i], v_held / 8));
      ELSE
        v_wait := p_least[i] * p_nanos[v_bucket] - (p_burst[v_bucket] * p_nanos[v_bucket]
          - coalesce(a_debt[v_bucket], 0));
        IF v_wait > wait_nanos THEN
          wait_nanos := v_wait;
          poorest := j;
        END IF;
      END IF;
    END LOOP;
    IF wait_nanos > 0 THEN
      granted := 0;
    ELSE
      a_debt[p_first[i]] := a_debt[p_first[i]] + granted * p_nanos[p_first[i]];
      IF p_second[i] > 0 THEN
        a_debt[p_second[i]] := a_debt[p_second[i]] + granted * p_nanos[p_second[i]];
      END IF;
    END IF;
    RETURN NEXT;
  END LOOP;

  -- Also of those from which nothing was taken and whose time lay too far ahead: they fill from now on.
  UPDATE ${schema}.call_rate c SET full_at = v_now + a.debt FROM unnest(p_key, a_debt, a_full) AS a (key, debt, full_at)
    WHERE c.key = a.key AND v_now + a.debt <> greatest(a.full_at, v_now);
END $fn$;

-- Removes the rows of buckets that have been full for a minute, at most p_limit; returns how many.
CREATE FUNCTION ${schema}.purge_calls_v1(p_limit int DEFAULT 10000) RETURNS int LANGUAGE plpgsql AS $fn$
DECLARE
  v_n int;
BEGIN
  DELETE FROM ${schema}.call_rate c WHERE c.key = ANY (ARRAY(
    SELECT b.key FROM ${schema}.call_rate b
      WHERE b.full_at < (extract(epoch FROM clock_timestamp() - interval '1 minute') * 1000000000)::bigint
      LIMIT p_limit FOR UPDATE SKIP LOCKED));
  GET DIAGNOSTICS v_n = ROW_COUNT;
  RETURN v_n;
END $fn$;

GRANT EXECUTE ON FUNCTION ${schema}.take_calls_v1, ${schema}.purge_calls_v1 TO ${schema}_worker;

SELECT ${schema}.own_functions_v1(p_outer => '{take_calls_v1, purge_calls_v1}', p_small => '{purge_calls_v1}');
