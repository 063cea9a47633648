-- The change logs: which documents and listings an index has to read again.
--
-- xid is the number of the transaction that wrote the row. With it a reader tells exactly which rows became visible
-- between two snapshots: those that the later one sees whose transaction the earlier one saw as running or not yet
-- begun (pg_current_snapshot()). It is a bigint because the planner knows bigint's histograms, not xid8's.

-- One log for each org, numbered by change_counter: gapless, visible in order. Each change names the one before it, so
-- that a reader who stands on a change knows it again even when only what came after it is left. at is taken under the
-- counter's lock.
CREATE TABLE ${schema}.change (
  org_id uuid NOT NULL REFERENCES ${schema}.org (org_id),
  seq bigint NOT NULL CHECK (seq >= 1),
  change_id uuid NOT NULL,
  previous_id uuid,
  document_id text COLLATE "C" NOT NULL,
  xid bigint NOT NULL DEFAULT (pg_current_xact_id()::text::bigint),
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (org_id, seq),
  CHECK ((seq = 1) = (previous_id IS NULL))
);

-- Tells whose logs have grown, and which rows are the oldest. It grows at its end only.
CREATE INDEX change_xid ON ${schema}.change (xid);

-- One log for the marketplace, where all orgs write: no counter, no waiting. Its order is (xid, id). It has no foreign
-- key to org: the removal of an erased org's listings must outlive it. A row without an org only marks a beginning, so
-- that the log is never empty; the one with id 1 marks the true beginning. Transaction 1 has always ended.
CREATE TABLE ${schema}.market_change (
  id bigint GENERATED ALWAYS AS IDENTITY,
  xid bigint NOT NULL DEFAULT (pg_current_xact_id()::text::bigint),
  org_id uuid,
  listing_id text COLLATE "C",
  change_id uuid NOT NULL DEFAULT gen_random_uuid(),
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (xid, id),
  CHECK ((org_id IS NULL) = (listing_id IS NULL))
);
INSERT INTO ${schema}.market_change (xid) VALUES (1);

-- In which database cluster the transaction numbers of the logs were given. epoch is random and renewed whenever they
-- turn out to be another cluster's, as after a dump and restore.
CREATE TABLE ${schema}.installation (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  epoch uuid NOT NULL DEFAULT gen_random_uuid(),
  system_identifier bigint
);
INSERT INTO ${schema}.installation DEFAULT VALUES;

-- Called whenever a store is opened. If the logs come from another cluster, empties them and renews the epoch: their
-- transaction numbers mean nothing here. Every index of the marketplace is then rebuilt, and those private ones that
-- were not up to date. Returns whether it did.
CREATE FUNCTION ${schema}.check_installation_v1() RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET row_security = on AS $fn$
DECLARE
  v_known bigint;
  v_system bigint;
  v_foreign boolean;
BEGIN
  BEGIN
    SELECT c.system_identifier INTO v_system FROM pg_control_system() c;
  EXCEPTION WHEN insufficient_privilege THEN
    v_system := NULL;  -- a provider forbids it: the numbers themselves have to tell
  END;
  SELECT i.system_identifier INTO STRICT v_known FROM ${schema}.installation i FOR UPDATE;
  -- What a snapshot sees was written by a transaction before its xmax, if it was written in this cluster. Both must be
  -- the same snapshot's, that is, of one statement: others write meanwhile.
  v_foreign := v_known <> v_system;
  IF v_foreign IS NOT TRUE THEN
    SELECT EXISTS (SELECT FROM ${schema}.change c WHERE c.xid >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint)
        OR EXISTS (SELECT FROM ${schema}.market_change m
          WHERE m.xid >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint)
      INTO v_foreign;
  END IF;
  IF NOT v_foreign THEN
    IF v_known IS NULL AND v_system IS NOT NULL THEN
      UPDATE ${schema}.installation SET system_identifier = v_system;
    END IF;
    RETURN false;
  END IF;
  TRUNCATE ${schema}.change, ${schema}.market_change;
  INSERT INTO ${schema}.market_change (xid) VALUES (1);
  UPDATE ${schema}.installation SET epoch = gen_random_uuid(), system_identifier = v_system;
  RETURN true;
END $fn$;

ALTER TABLE ${schema}.change ENABLE ROW LEVEL SECURITY;
ALTER TABLE ${schema}.change FORCE ROW LEVEL SECURITY;
ALTER TABLE ${schema}.market_change ENABLE ROW LEVEL SECURITY;
ALTER TABLE ${schema}.market_change FORCE ROW LEVEL SECURITY;

CREATE POLICY change_app_read ON ${schema}.change FOR SELECT TO ${schema}_app
  USING (org_id = (SELECT nullif(current_setting('croft.org_id', true), '')::uuid));
CREATE POLICY change_app_add ON ${schema}.change FOR INSERT TO ${schema}_app
  WITH CHECK (org_id = (SELECT nullif(current_setting('croft.org_id', true), '')::uuid));
CREATE POLICY market_change_tenant_add ON ${schema}.market_change FOR INSERT TO ${schema}_app, ${schema}_admin
  WITH CHECK (org_id = (SELECT nullif(current_setting('croft.org_id', true), '')::uuid));

-- Followers see which orgs' logs grew, and all of the marketplace's.
CREATE POLICY change_index ON ${schema}.change FOR SELECT TO ${schema}_index USING (true);
CREATE POLICY market_change_index ON ${schema}.market_change FOR SELECT TO ${schema}_index USING (true);

-- Expiry and erasure. Both logs hold ids only.
CREATE POLICY change_admin_read ON ${schema}.change FOR SELECT TO ${schema}_admin USING (true);
CREATE POLICY change_admin_remove ON ${schema}.change FOR DELETE TO ${schema}_admin USING (true);
CREATE POLICY market_change_admin_read ON ${schema}.market_change FOR SELECT TO ${schema}_admin USING (true);
CREATE POLICY market_change_admin_remove ON ${schema}.market_change FOR DELETE TO ${schema}_admin USING (true);

-- check_installation_v1 runs as the owner.
CREATE POLICY change_owner_read ON ${schema}.change FOR SELECT TO ${schema}_owner USING (true);
CREATE POLICY market_change_owner_read ON ${schema}.market_change FOR SELECT TO ${schema}_owner USING (true);
CREATE POLICY market_change_owner_mark ON ${schema}.market_change FOR INSERT TO ${schema}_owner
  WITH CHECK (org_id IS NULL);

GRANT SELECT, INSERT (org_id, seq, change_id, previous_id, document_id)
  ON ${schema}.change TO ${schema}_app;
GRANT INSERT (org_id, listing_id) ON ${schema}.market_change TO ${schema}_app, ${schema}_admin;
GRANT SELECT (org_id, xid) ON ${schema}.change TO ${schema}_index;
GRANT SELECT ON ${schema}.market_change TO ${schema}_index;
GRANT SELECT, DELETE ON ${schema}.change, ${schema}.market_change TO ${schema}_admin;
GRANT SELECT ON ${schema}.installation TO ${schema}_index, ${schema}_admin;

REVOKE ALL ON FUNCTION ${schema}.check_installation_v1() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ${schema}.check_installation_v1() TO ${schema}_admin;
