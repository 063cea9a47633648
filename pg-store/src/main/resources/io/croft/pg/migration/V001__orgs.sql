-- Organisations, and the counter of each one's changes.

GRANT USAGE ON SCHEMA ${schema}
  TO ${schema}_app, ${schema}_dispatch, ${schema}_index, ${schema}_admin, ${schema}_worker;

CREATE TABLE ${schema}.org (
  org_id uuid PRIMARY KEY,
  incarnation uuid NOT NULL DEFAULT gen_random_uuid(),
  -- The last three are of an org that moves between databases (V021): it leaves this one, has moved out, or arrives.
  state text NOT NULL DEFAULT 'ACTIVE' CHECK (state IN ('ACTIVE', 'ERASING', 'LEAVING', 'MOVED', 'ARRIVING')),
  created_at timestamptz NOT NULL DEFAULT now(),
  mover uuid,            -- the random id of who moves it: whoever takes a move over gives it another one
  moved_to text,         -- the database that it leaves, or has left, for
  moved_at timestamptz,  -- when it had left
  came_at timestamptz,   -- when it came here from another database
  CHECK ((state IN ('LEAVING', 'MOVED')) = (moved_to IS NOT NULL) AND (state = 'MOVED') = (moved_at IS NOT NULL))
);

-- One row for each org numbers its changes: whoever enters changes raises last_seq in the same transaction, and so
-- holds the row's lock until the COMMIT. Numbers are gapless and become visible in their order. Nothing that changes is
-- indexed and pages are mostly empty, so that the updates are HOT.
CREATE TABLE ${schema}.change_counter (
  org_id uuid PRIMARY KEY REFERENCES ${schema}.org (org_id),
  incarnation uuid NOT NULL,
  last_seq bigint NOT NULL DEFAULT 0 CHECK (last_seq >= 0),
  last_change uuid,                    -- the random id of the change last_seq; null before the first
  previous_change uuid,                -- that of the one before it
  CHECK ((last_seq = 0) = (last_change IS NULL) AND (last_seq < 2) = (previous_change IS NULL))
) WITH (fillfactor = 20, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000,
  autovacuum_vacuum_cost_delay = 0);

ALTER TABLE ${schema}.org ENABLE ROW LEVEL SECURITY;
ALTER TABLE ${schema}.org FORCE ROW LEVEL SECURITY;
ALTER TABLE ${schema}.change_counter ENABLE ROW LEVEL SECURITY;
ALTER TABLE ${schema}.change_counter FORCE ROW LEVEL SECURITY;

CREATE POLICY org_app ON ${schema}.org FOR SELECT TO ${schema}_app
  USING (org_id = (SELECT nullif(current_setting('croft.org_id', true), '')::uuid));
CREATE POLICY org_admin ON ${schema}.org TO ${schema}_admin USING (true) WITH CHECK (true);

CREATE POLICY change_counter_app_read ON ${schema}.change_counter FOR SELECT TO ${schema}_app
  USING (org_id = (SELECT nullif(current_setting('croft.org_id', true), '')::uuid));
CREATE POLICY change_counter_app_raise ON ${schema}.change_counter FOR UPDATE TO ${schema}_app
  USING (org_id = (SELECT nullif(current_setting('croft.org_id', true), '')::uuid));
CREATE POLICY change_counter_index ON ${schema}.change_counter FOR SELECT TO ${schema}_index USING (true);
CREATE POLICY change_counter_admin ON ${schema}.change_counter TO ${schema}_admin
  USING (org_id = (SELECT nullif(current_setting('croft.org_id', true), '')::uuid));

GRANT SELECT ON ${schema}.org TO ${schema}_app;
GRANT SELECT, INSERT, UPDATE (incarnation, state, created_at, mover, moved_to, moved_at, came_at), DELETE
  ON ${schema}.org TO ${schema}_admin;
GRANT SELECT, UPDATE (last_seq, last_change, previous_change) ON ${schema}.change_counter TO ${schema}_app;
GRANT SELECT (org_id, incarnation, last_seq) ON ${schema}.change_counter TO ${schema}_index;
GRANT SELECT, INSERT, DELETE ON ${schema}.change_counter TO ${schema}_admin;
