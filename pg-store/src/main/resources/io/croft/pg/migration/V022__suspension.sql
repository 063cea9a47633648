-- Organisations that are out of service and keep all that they have.
--
-- Whatever asks for an org that is ACTIVE does not find one that is SUSPENDED: nothing of it is written, enqueued,
-- fired or moved. Claims do not look at it: its lanes are paused for as long as it is suspended, as those of one that
-- moves are. Both are changed in one transaction, the org's row first.

ALTER TABLE ${schema}.org DROP CONSTRAINT org_state_check;
ALTER TABLE ${schema}.org ADD CONSTRAINT org_state_check
  CHECK (state IN ('ACTIVE', 'ERASING', 'LEAVING', 'MOVED', 'ARRIVING', 'SUSPENDED'));

-- Tells an org's lanes that it was suspended or resumed, in the transaction that did so.
CREATE FUNCTION ${schema}.tell_lanes_v1(p_org uuid) RETURNS void LANGUAGE plpgsql AS $fn$
BEGIN
  PERFORM ${schema}.check_org_v1(p_org);
  PERFORM ${schema}.set_org_pause_v1(p_org, NULL, NULL);
END $fn$;

GRANT EXECUTE ON FUNCTION ${schema}.tell_lanes_v1 TO ${schema}_admin;

SELECT ${schema}.own_functions_v1(p_outer => '{tell_lanes_v1}', p_wait => '{tell_lanes_v1}');
