-- Organisations that are out of service and keep all that they have.
--
-- Whatever asks for an org that is ACTIVE does not find one that is SUSPENDED: nothing of it is written, enqueued,
-- fired or moved. Claims do not look at it: its lanes are paused for as long as it is suspended, as those of one that
-- moves are. Both are changed in one transaction, the org's row first.

ALTER TABLE ${schema}.org DROP CONSTRAINT org_state_check;
ALTER TABLE ${schema}.org ADD CONSTRAINT org_state_check
  CHECK (state IN ('ACTIVE', 'ERASING', 'LEAVING', 'MOVED', 'ARRIVING', 'SUSPENDED'));

-- Only its owner can replace a function.
GRANT CREATE ON SCHEMA ${schema} TO ${schema}_dispatch;
SET LOCAL ROLE ${schema}_dispatch;

-- Sets what of an org's two pauses is given, its host's and that of a move, and tells its lanes; they go on when none
-- is left and it is not suspended. Nobody but the dispatcher may execute it.
CREATE OR REPLACE FUNCTION ${schema}.set_org_pause_v1(p_org uuid, p_host boolean, p_move boolean) RETURNS void
LANGUAGE plpgsql AS $fn$
DECLARE
  v_paused boolean;
BEGIN
  LOCK TABLE ONLY ${schema}.pause_gate IN EXCLUSIVE MODE;
  INSERT INTO ${schema}.paused_org AS p (org_id, by_host, by_move)
    VALUES (p_org, coalesce(p_host, false), coalesce(p_move, false))
    ON CONFLICT (org_id) DO UPDATE SET by_host = coalesce(p_host, p.by_host), by_move = coalesce(p_move, p.by_move);
  DELETE FROM ${schema}.paused_org p WHERE p.org_id = p_org AND NOT p.by_host AND NOT p.by_move;
  v_paused := NOT FOUND OR EXISTS (SELECT FROM ${schema}.org o WHERE o.org_id = p_org AND o.state = 'SUSPENDED');
  PERFORM FROM ${schema}.queue_clock c JOIN ${schema}.lane l ON l.queue_id = c.queue_id AND l.org_id = p_org
    ORDER BY l.queue_id FOR NO KEY UPDATE OF l;
  UPDATE ${schema}.lane l SET org_paused = v_paused,
      vtime = CASE WHEN l.st = 1 THEN l.vtime ELSE greatest(l.vtime, c.floor) END,
      credit = CASE WHEN l.st = 1 THEN l.credit ELSE 0 END
    FROM ${schema}.queue_clock c WHERE l.queue_id = c.queue_id AND l.org_id = p_org AND l.org_paused <> v_paused;
END $fn$;

SET LOCAL ROLE ${schema}_owner;
REVOKE CREATE ON SCHEMA ${schema} FROM ${schema}_dispatch;

-- Tells an org's lanes that it was suspended or resumed, in the transaction that did so.
CREATE FUNCTION ${schema}.tell_lanes_v1(p_org uuid) RETURNS void LANGUAGE plpgsql AS $fn$
BEGIN
  PERFORM ${schema}.check_org_v1(p_org);
  PERFORM ${schema}.set_org_pause_v1(p_org, NULL, NULL);
END $fn$;

GRANT EXECUTE ON FUNCTION ${schema}.tell_lanes_v1 TO ${schema}_admin;

SELECT ${schema}.own_functions_v1(p_outer => '{tell_lanes_v1}', p_wait => '{tell_lanes_v1}');
