-- What administration did. Entries are only ever added, in the transaction of what they tell of: no role that
-- transactions run as may change one, and none may remove one but through purge_audit_v1, when it is old enough.

-- org_id is null where all organisations are concerned, and refers to no row, because entries outlive their org.
-- incarnation tells the lives of one id apart: an org sees the entries of its present life alone, which the statement
-- that lists them sees to, and no policy. id and at are the database's own; an id says nothing of how many others there
-- are.
CREATE TABLE ${schema}.audit_entry (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  at timestamptz NOT NULL DEFAULT now(),
  org_id uuid,
  incarnation uuid,
  actor_id text NOT NULL CHECK (length(actor_id) BETWEEN 1 AND 128),
  actor_role text NOT NULL CHECK (actor_role IN ('MEMBER', 'ADMIN', 'SERVICE', 'SUPER_ADMIN')),
  request_id text CHECK (length(request_id) BETWEEN 1 AND 128),
  action text NOT NULL CHECK (action ~ '^[A-Za-z0-9._]{1,64}$'),
  subject text NOT NULL CHECK (length(subject) <= 255),
  before jsonb NOT NULL CHECK (jsonb_typeof(before) = 'object' AND octet_length(before::text) <= 262144),
  after jsonb NOT NULL CHECK (jsonb_typeof(after) = 'object' AND octet_length(after::text) <= 262144),
  CHECK (org_id IS NOT NULL OR incarnation IS NULL)
);
CREATE INDEX audit_entry_org ON ${schema}.audit_entry (org_id, incarnation, at, id);
CREATE INDEX audit_entry_at ON ${schema}.audit_entry (at, id);

ALTER TABLE ${schema}.audit_entry ENABLE ROW LEVEL SECURITY;
ALTER TABLE ${schema}.audit_entry FORCE ROW LEVEL SECURITY;

CREATE POLICY audit_entry_app_add ON ${schema}.audit_entry FOR INSERT TO ${schema}_app
  WITH CHECK (org_id = (SELECT nullif(current_setting('croft.org_id', true), '')::uuid));
CREATE POLICY audit_entry_app_read ON ${schema}.audit_entry FOR SELECT TO ${schema}_app
  USING (org_id = (SELECT nullif(current_setting('croft.org_id', true), '')::uuid));
CREATE POLICY audit_entry_admin_add ON ${schema}.audit_entry FOR INSERT TO ${schema}_admin WITH CHECK (true);
CREATE POLICY audit_entry_admin_read ON ${schema}.audit_entry FOR SELECT TO ${schema}_admin USING (true);
-- Younger ones the function does not even see.
CREATE POLICY audit_entry_dispatch_read ON ${schema}.audit_entry FOR SELECT TO ${schema}_dispatch
  USING (at < now() - interval '720 hours');
CREATE POLICY audit_entry_dispatch_purge ON ${schema}.audit_entry FOR DELETE TO ${schema}_dispatch
  USING (at < now() - interval '720 hours');

GRANT SELECT, INSERT (org_id, incarnation, actor_id, actor_role, request_id, action, subject, before, after)
  ON ${schema}.audit_entry TO ${schema}_app, ${schema}_admin;
GRANT SELECT (id, at), DELETE ON ${schema}.audit_entry TO ${schema}_dispatch;

-- Removes entries older than that many days, the oldest first, at most p_limit; returns how many.
CREATE FUNCTION ${schema}.purge_audit_v1(p_days int, p_limit int DEFAULT 10000) RETURNS int LANGUAGE plpgsql AS $fn$
DECLARE
  v_n int;
BEGIN
  IF (p_days BETWEEN 30 AND 3650 AND p_limit BETWEEN 1 AND 100000) IS NOT TRUE THEN
    RAISE EXCEPTION USING ERRCODE = 'CR006', MESSAGE = format('audit entries of %s days, %s at once, are not valid',
      p_days, p_limit), HINT = 'Retention: 30 to 3650 days; at once: 1 to 100000.';
  END IF;
  DELETE FROM ${schema}.audit_entry e WHERE e.id = ANY (ARRAY(
    SELECT b.id FROM ${schema}.audit_entry b WHERE b.at < now() - p_days * interval '24 hours'
      ORDER BY b.at, b.id LIMIT p_limit));
  GET DIAGNOSTICS v_n = ROW_COUNT;
  RETURN v_n;
END $fn$;

GRANT EXECUTE ON FUNCTION ${schema}.purge_audit_v1 TO ${schema}_worker;

SELECT ${schema}.own_functions_v1(p_outer => '{purge_audit_v1}');
