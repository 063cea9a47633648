-- The queue's tables.
--
-- What belongs to a tenant (job, job_key, job_history, job_result) is under FORCE row-level security. What schedules
-- (queue, queue_clock, queue_slot, paused_org, lane, ready, scheduled, run, wake, move, job_mark) holds names, ids and
-- org ids only; the functions of ${schema}_dispatch, which are the boundary, are the one way to it.
--
-- States as users see them (smallint, also in the functions' answers):
--   1 scheduled   2 ready   3 running   4 dead   7 waiting for others (V019)   these are in job
--   5 completed   6 cancelled                                                  these are in job_history
-- Stored is only what nothing else says: job.state is 0 (live), 4 (dead) or 7 (waiting). A live job is running when run
-- has it, scheduled while its run_at is ahead, and ready otherwise; so a claim or a promotion never rewrites the job's
-- row.
--
-- Locks, in the order they may be taken: rows of job_settle, run rows by id, job rows by id, rows of job_wait, key
-- rows, pause_gate, lane rows by (queue_id, org_id). claim, drain, thaw, move and an end never wait for a lane (SKIP
-- LOCKED); enqueue, promote, settle and a deferred finish never touch one. A claim holds queue_gate, shared, and never waits for
-- it: whoever changes a queue takes it alone and first, so that no claim goes on with what the queue was before.
-- A new key is the enqueue's own until it commits, so an enqueue that replaces takes its job rows after its keys:
-- nobody waits for a key of its but another enqueue. claim locks the rows of jobs that have a key while it holds lanes,
-- and move all that it moves, but neither waits for one (SKIP LOCKED). Nor does settle, nor does anybody wait for the
-- rows of job_settle: settle and an erasure of the org, which comes to them last, take those that are free.
--
-- Rows that are looked up for each of several others are looked up by arrays of one, "j.id = ANY (ARRAY[d.id])". By
-- "j.id = d.id" a plan may go the other way, through the whole index and for each of its rows through the others, which
-- costs nothing while a table is small: and such a plan is kept until the table is analysed again, however large it is
-- by then. It would also take the locks in its own order. What only asks whether there is one says OFFSET 0 as well:
-- else it is a join too, and, where an index has all that it asks for, reads that from one end to the other.

-- Ids of jobs and places in the line (ready.pos). One sequence, so that a first enqueue needs one number. In one of
-- several databases its numbers are apart from those of the others (V021).
CREATE SEQUENCE ${schema}.job_seq;
CREATE SEQUENCE ${schema}.fence_seq;

CREATE TABLE ${schema}.queue (
  -- a cycle, so that numbers which rolled-back registrations took are not lost for ever
  queue_id smallint GENERATED ALWAYS AS IDENTITY (CYCLE) PRIMARY KEY,
  name text NOT NULL UNIQUE CHECK (name ~ '^[a-zA-Z][a-zA-Z0-9._-]{0,63}$'),
  paused boolean NOT NULL DEFAULT false,
  -- The most attempts at once over all orgs; none: no such limit.
  max_running int CHECK (max_running BETWEEN 1 AND 10000),
  -- Attempts that began while there was no such limit may still run: they have no slot and are counted apart.
  unslotted boolean NOT NULL DEFAULT false,
  -- Lanes share by 1 execution time, 2 the number of attempts.
  share_by smallint NOT NULL DEFAULT 1 CHECK (share_by IN (1, 2))
);

-- The slots of a queue that has a limit over all orgs. A row never changes: a slot is taken while a row of run has its
-- number, and so it cannot leak, whatever dies when. Its lock keeps two claims from choosing the same one.
CREATE TABLE ${schema}.queue_slot (
  queue_id smallint NOT NULL REFERENCES ${schema}.queue (queue_id),
  slot int NOT NULL CHECK (slot BETWEEN 1 AND 10000),
  PRIMARY KEY (queue_id, slot)
);

-- Two tables without rows, to be locked: ROW SHARE is taken by those who may go on side by side, EXCLUSIVE by whoever
-- has to be alone. Not advisory locks, which whoever may send any statement at all can take and keep, and so stop every
-- claim without a word: these are for roles with a right to them alone. Not rows, whose locks would be written to disk
-- by each claim; ROW SHARE of a table is taken in the backend's own memory. One gate for all queues: a change of a
-- queue is rare, and holds up the claims of the others for as long as one that is under way takes.
CREATE TABLE ${schema}.queue_gate ();
CREATE TABLE ${schema}.pause_gate ();

-- Orgs whose lanes are all paused, also those to come. Lanes have a copy; whoever makes a lane or changes this table
-- takes pause_gate for it.
CREATE TABLE ${schema}.paused_org (
  org_id uuid PRIMARY KEY REFERENCES ${schema}.org (org_id),
  by_host boolean NOT NULL,
  by_move boolean NOT NULL  -- while it moves between databases (V021)
);

-- Virtual time of each queue: where the runnable lane whose turn it was has been seen, without what it was charged for
-- attempts that still ran, since much of that may be given back. It never goes back. A table of its
-- own, because every enqueue reads queue. A row rather than a sequence, because a sequence for each queue would be
-- DDL while the application runs; a claimer that finds the row locked leaves it be, so it is nobody's bottleneck.
--
-- No lane is taken below the floor, so what was served leaves its dead entries in lane_runnable there, and claims
-- begin behind them. Yet a transaction may take a lane to the floor as it was, and commit when that has risen. So
-- claims begin at scan_from, what the floor was a quarter of a second ago or more: a lane of one that took no longer
-- is found like any other. At turn_at scan_from takes the place of scan_next, and that the floor's. A lane of one
-- that took longer is looked for, from the beginning, by the claim that comes at look_at; not where the floor has not
-- risen for a minute, since no transaction that takes lanes there goes on for so long.
CREATE TABLE ${schema}.queue_clock (
  queue_id smallint PRIMARY KEY REFERENCES ${schema}.queue (queue_id),
  floor float8 NOT NULL DEFAULT 0,
  scan_from float8 NOT NULL DEFAULT 0,
  scan_next float8 NOT NULL DEFAULT 0,
  turn_at timestamptz NOT NULL DEFAULT '-infinity',
  look_at timestamptz NOT NULL DEFAULT '-infinity'
) WITH (fillfactor = 10, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000,
  autovacuum_vacuum_cost_delay = 0);

-------------------------------------------------------------------------------------------------- tenant data

-- Live jobs and dead letters. A finished job leaves for job_history, so the table stays as small as the work at hand.
-- No column that a retry changes is indexed: those updates are HOT. What stops an enqueue that is still open from
-- outliving the erasure of its org is the foreign key of wake, into which each enqueue writes a row for many jobs: one
-- here would be checked for each job, at the price of its insert. queue_id has none: enqueue looks it up, queues are not
-- removed.
-- Its only CHECK is that of the state: Postgres parses each anew for every statement that inserts, which took a
-- twentieth of a millisecond a piece, more than ten rows. Only functions write here, and they keep the other bounds.
CREATE TABLE ${schema}.job (
  org_id uuid NOT NULL,
  id bigint NOT NULL,
  queue_id smallint NOT NULL,
  kind text NOT NULL,
  priority smallint NOT NULL,
  -- What waits for others has not run yet, and nothing dies without having run.
  state smallint NOT NULL DEFAULT 0
    CHECK (state IN (0, 4, 7) AND (state = 7) = (coalesce(waits_for, 0) > 0)
      AND (state <> 7 OR first_run_at IS NULL) AND (state <> 4 OR first_run_at IS NOT NULL)),
  attempt int NOT NULL DEFAULT 0,                                   -- consumed so far; a running one is in run
  max_attempts int NOT NULL,
  past_attempts int NOT NULL DEFAULT 0,                             -- consumed before the last redrive
  run_at timestamptz NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  deadline timestamptz,                                             -- no attempt begins after it
  first_run_at timestamptz,                                         -- when the first attempt that ended began
  accepted_fence bigint,                                            -- of the last attempt that ended by itself
  key text,
  tags text[],
  error_class text,                                                 -- of the last attempt that failed
  error_message text,
  error_stack text,
  note text,                                                        -- why it was last put off, or not tried again
  waits_for int,                                                    -- jobs; none: it was not enqueued after others
  delay_ms bigint,                                                  -- while it waits: what begins when they have ended
  has_children boolean,                                             -- others wait for it, or did
  payload jsonb NOT NULL,                                           -- the API's limit is 256 KiB of text
  PRIMARY KEY (org_id, id)
) WITH (fillfactor = 90, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 5000,
  autovacuum_vacuum_cost_delay = 0);

CREATE INDEX job_dead ON ${schema}.job (org_id, id) WHERE state = 4;
CREATE INDEX job_dead_lane ON ${schema}.job (org_id, queue_id) WHERE state = 4;  -- to count them
CREATE INDEX job_waiting ON ${schema}.job (org_id, id) WHERE state = 7;

-- Idempotency: a key outlives its job and the job's history. state and result are filled when the job ends. A key that
-- expires at -infinity is known only while its job is live: it goes when the job ends.
CREATE TABLE ${schema}.job_key (
  org_id uuid NOT NULL,
  key text NOT NULL CHECK (octet_length(key) BETWEEN 1 AND 255),
  job_id bigint NOT NULL,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  state smallint NOT NULL DEFAULT 0 CHECK (state IN (0, 5, 6)),  -- 0: the job is live or dead
  result jsonb,
  PRIMARY KEY (org_id, key)
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 5000,
  autovacuum_vacuum_cost_delay = 0);

-- Of ended jobs alone, though the end of a job then is no HOT update of its key: those whose jobs live on for longer
-- than they, as dead letters may, would be passed by every purge.
CREATE INDEX job_key_expiry ON ${schema}.job_key (expires_at) WHERE state <> 0;

-- Finished jobs: a partition for each outcome, since each has a retention of its own, and in it one for each UTC day;
-- maintain_history_v1 creates them ahead and drops the old ones. The default partitions take what no other does, so
-- that a finish never fails for want of a partition.
CREATE TABLE ${schema}.job_history (
  finished_at timestamptz NOT NULL,
  org_id uuid NOT NULL,
  id bigint NOT NULL,
  queue_id smallint NOT NULL,
  kind text NOT NULL,
  priority smallint NOT NULL,
  -- Only an attempt that ran and was accepted completes a job.
  outcome smallint NOT NULL CHECK (outcome IN (5, 6)
    AND (outcome = 6 OR first_run_at IS NOT NULL AND accepted_fence IS NOT NULL)),
  attempts int NOT NULL,                                            -- consumed since the last redrive
  max_attempts int NOT NULL,
  past_attempts int NOT NULL,                                       -- consumed before it
  run_at timestamptz NOT NULL,
  created_at timestamptz NOT NULL,
  deadline timestamptz,
  first_run_at timestamptz,                                         -- none: it never ran
  accepted_fence bigint,                                            -- none: no attempt ended it by itself
  key text,
  tags text[],
  error_class text,
  error_message text,
  error_stack text,
  note text,                                                        -- why it was cancelled
  payload jsonb NOT NULL,
  PRIMARY KEY (org_id, id, finished_at, outcome)
) PARTITION BY LIST (outcome);

CREATE TABLE ${schema}.job_completed PARTITION OF ${schema}.job_history FOR VALUES IN (5)
  PARTITION BY RANGE (finished_at);
CREATE TABLE ${schema}.job_completed_default PARTITION OF ${schema}.job_completed DEFAULT;
CREATE TABLE ${schema}.job_cancelled PARTITION OF ${schema}.job_history FOR VALUES IN (6)
  PARTITION BY RANGE (finished_at);
CREATE TABLE ${schema}.job_cancelled_default PARTITION OF ${schema}.job_cancelled DEFAULT;

-- To list the jobs of a key that was used again; nothing for jobs without one.
CREATE INDEX job_history_key ON ${schema}.job_history (org_id, key, id) WHERE key IS NOT NULL;

-- Results, kept by the same days and for a time of their own: apart, so that one can go before its job's record does
-- without anything being rewritten. A key has its own copy, for as long as the key is known.
CREATE TABLE ${schema}.job_result (
  finished_at timestamptz NOT NULL,
  org_id uuid NOT NULL,
  id bigint NOT NULL,
  result jsonb NOT NULL,
  PRIMARY KEY (org_id, id, finished_at)
) PARTITION BY RANGE (finished_at);

CREATE TABLE ${schema}.job_result_default PARTITION OF ${schema}.job_result DEFAULT;

-- A partition does not inherit policies: it gets none, and so denies everything under its own name.
ALTER TABLE ${schema}.job ENABLE ROW LEVEL SECURITY;
ALTER TABLE ${schema}.job FORCE ROW LEVEL SECURITY;
ALTER TABLE ${schema}.job_key ENABLE ROW LEVEL SECURITY;
ALTER TABLE ${schema}.job_key FORCE ROW LEVEL SECURITY;
ALTER TABLE ${schema}.job_history ENABLE ROW LEVEL SECURITY;
ALTER TABLE ${schema}.job_history FORCE ROW LEVEL SECURITY;
ALTER TABLE ${schema}.job_completed ENABLE ROW LEVEL SECURITY;
ALTER TABLE ${schema}.job_completed FORCE ROW LEVEL SECURITY;
ALTER TABLE ${schema}.job_completed_default ENABLE ROW LEVEL SECURITY;
ALTER TABLE ${schema}.job_completed_default FORCE ROW LEVEL SECURITY;
ALTER TABLE ${schema}.job_cancelled ENABLE ROW LEVEL SECURITY;
ALTER TABLE ${schema}.job_cancelled FORCE ROW LEVEL SECURITY;
ALTER TABLE ${schema}.job_cancelled_default ENABLE ROW LEVEL SECURITY;
ALTER TABLE ${schema}.job_cancelled_default FORCE ROW LEVEL SECURITY;
ALTER TABLE ${schema}.job_result ENABLE ROW LEVEL SECURITY;
ALTER TABLE ${schema}.job_result FORCE ROW LEVEL SECURITY;
ALTER TABLE ${schema}.job_result_default ENABLE ROW LEVEL SECURITY;
ALTER TABLE ${schema}.job_result_default FORCE ROW LEVEL SECURITY;

CREATE POLICY job_app_read ON ${schema}.job FOR SELECT TO ${schema}_app, ${schema}_admin
  USING (org_id = (SELECT nullif(current_setting('croft.org_id', true), '')::uuid));
CREATE POLICY job_key_app_read ON ${schema}.job_key FOR SELECT TO ${schema}_app, ${schema}_admin
  USING (org_id = (SELECT nullif(current_setting('croft.org_id', true), '')::uuid));
CREATE POLICY job_history_app_read ON ${schema}.job_history FOR SELECT TO ${schema}_app, ${schema}_admin
  USING (org_id = (SELECT nullif(current_setting('croft.org_id', true), '')::uuid));
CREATE POLICY job_result_app_read ON ${schema}.job_result FOR SELECT TO ${schema}_app, ${schema}_admin
  USING (org_id = (SELECT nullif(current_setting('croft.org_id', true), '')::uuid));

-- The dispatcher serves all orgs in one statement, so its rows cannot be bounded by one org id; its columns are
-- bounded by the grants below. A job enters as new; history is written, matched by fence and, for an org that the
-- function names, erased, but its results and errors are never read.
CREATE POLICY job_dispatch_read ON ${schema}.job FOR SELECT TO ${schema}_dispatch USING (true);
CREATE POLICY job_dispatch_add ON ${schema}.job FOR INSERT TO ${schema}_dispatch
  WITH CHECK (state IN (0, 7) AND attempt = 0 AND past_attempts = 0);
CREATE POLICY job_dispatch_change ON ${schema}.job FOR UPDATE TO ${schema}_dispatch USING (true) WITH CHECK (true);
CREATE POLICY job_dispatch_remove ON ${schema}.job FOR DELETE TO ${schema}_dispatch USING (true);
CREATE POLICY job_key_dispatch ON ${schema}.job_key TO ${schema}_dispatch USING (true) WITH CHECK (true);
CREATE POLICY job_history_dispatch_read ON ${schema}.job_history FOR SELECT TO ${schema}_dispatch USING (true);
CREATE POLICY job_history_dispatch_add ON ${schema}.job_history FOR INSERT TO ${schema}_dispatch WITH CHECK (true);
CREATE POLICY job_history_dispatch_erase ON ${schema}.job_history FOR DELETE TO ${schema}_dispatch
  USING (org_id = (SELECT nullif(current_setting('croft.org_id', true), '')::uuid));
CREATE POLICY job_result_dispatch_read ON ${schema}.job_result FOR SELECT TO ${schema}_dispatch
  USING (org_id = (SELECT nullif(current_setting('croft.org_id', true), '')::uuid));
CREATE POLICY job_result_dispatch_add ON ${schema}.job_result FOR INSERT TO ${schema}_dispatch WITH CHECK (true);
CREATE POLICY job_result_dispatch_erase ON ${schema}.job_result FOR DELETE TO ${schema}_dispatch
  USING (org_id = (SELECT nullif(current_setting('croft.org_id', true), '')::uuid));

GRANT SELECT ON ${schema}.job, ${schema}.job_key, ${schema}.job_history, ${schema}.job_result
  TO ${schema}_app, ${schema}_admin;
GRANT SELECT, INSERT, DELETE,
  UPDATE (priority, state, attempt, max_attempts, past_attempts, run_at, updated_at, deadline, first_run_at,
    accepted_fence, tags, error_class, error_message, error_stack, note, payload, waits_for, has_children)
  ON ${schema}.job TO ${schema}_dispatch;
GRANT SELECT, INSERT, DELETE, UPDATE (state, result) ON ${schema}.job_key TO ${schema}_dispatch;
GRANT SELECT (org_id, id, outcome, attempts, accepted_fence), INSERT, DELETE ON ${schema}.job_history
  TO ${schema}_dispatch;
GRANT SELECT (org_id, id), INSERT, DELETE ON ${schema}.job_result TO ${schema}_dispatch;

-------------------------------------------------------------------------------------------------- scheduling

-- The jobs of one org in one queue: the unit of fairness and of limits. Only make_lanes_v1 creates it.
--
-- Fairness is start-time fair queueing (Goyal, Vin, Cheng: IEEE/ACM Transactions on Networking 5(5), 1997) with the
-- cost known late, as in 2DFQ (Mace et al., SIGCOMM 2016). vtime is the service a lane has had, divided by its weight:
-- 1 is a millisecond of execution, or a thousandth of an attempt where the queue shares by number. A claim charges each
-- attempt with the lane's usual cost; when it ends, the charge is replaced by what it took. The lane whose vtime is
-- least has the next turn. What would take it back below the queue's floor is kept as credit instead and used up by the
-- next charges: a scan that begins at the floor still finds every lane, and nothing that was overcharged is lost.
--
-- It belongs to an org that is there: one that a drain makes while its org is erased would outlive it, and, paused since
-- its org was out of service, be found by the next org of that id. The org's row is taken, shared, once for each lane
-- that is made; nothing that changes in a lane is checked.
CREATE TABLE ${schema}.lane (
  queue_id smallint NOT NULL,
  org_id uuid NOT NULL REFERENCES ${schema}.org (org_id),
  weight real NOT NULL DEFAULT 1 CHECK (weight BETWEEN 0.01::real AND 100),
  max_running int NOT NULL DEFAULT 5 CHECK (max_running BETWEEN 0 AND 10000),
  running int NOT NULL DEFAULT 0 CHECK (running >= 0),
  queued bigint NOT NULL DEFAULT 0,  -- queued + added in wake = ready rows; so below zero if claimed before drained
  paused boolean NOT NULL DEFAULT false,
  org_paused boolean NOT NULL DEFAULT false,  -- as paused_org says
  vtime float8 NOT NULL DEFAULT 0,
  -- Without CHECKs from here on: Postgres parses each of them anew for every statement that updates the table, which
  -- took a twentieth of a millisecond a piece, more than the update. Only functions write here, and they see to it.
  scheduled bigint NOT NULL DEFAULT 0,  -- with wake's later: the rows of scheduled
  dead bigint NOT NULL DEFAULT 0,       -- with wake's died: the dead letters; so below zero if redriven before drained
  waiting bigint NOT NULL DEFAULT 0,    -- with wake's waiting: the jobs that wait for others; as dead
  credit float8 NOT NULL DEFAULT 0,   -- not below 0
  pending float8 NOT NULL DEFAULT 0,  -- of vtime: charges of attempts that have not ended; not below 0
  cost real,  -- milliseconds that an attempt took of late; null: none has ended yet
  -- A token bucket, counted at refilled_at; an attempt takes a token. None: no rate limit.
  rate float8,  -- tokens a second
  burst int,    -- the most of them
  tokens float8,
  refilled_at timestamptz,
  throttled_until timestamptz,  -- when the next whole token is there; set while there is none
  -- 0 idle, 1 runnable, 2 at its limit, 3 paused, 4 throttled: derived, so that no function can forget it
  st smallint NOT NULL GENERATED ALWAYS AS (CASE WHEN paused OR org_paused THEN 3 WHEN running >= max_running THEN 2
    WHEN queued <= 0 THEN 0 WHEN throttled_until IS NOT NULL THEN 4 ELSE 1 END) STORED,
  -- for each priority: nothing ready stands at or before this place; the maximum says "empty", and costs no scan
  h1 bigint NOT NULL DEFAULT 9223372036854775807,
  h2 bigint NOT NULL DEFAULT 9223372036854775807,
  h3 bigint NOT NULL DEFAULT 9223372036854775807,
  h4 bigint NOT NULL DEFAULT 9223372036854775807,
  PRIMARY KEY (queue_id, org_id)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000,
  autovacuum_vacuum_cost_delay = 0);

CREATE INDEX lane_runnable ON ${schema}.lane (queue_id, vtime, org_id) WHERE st = 1;
CREATE INDEX lane_throttled ON ${schema}.lane (throttled_until) WHERE st = 4;
-- The lanes with the most dead letters. A lane's update is HOT unless their number changes, which is rare.
CREATE INDEX lane_dead ON ${schema}.lane (queue_id, dead, org_id) WHERE dead > 0;

-- What can be claimed. pos, not id, orders the line: a retried job goes to its end; by id it would pull the head back
-- over the dead index entries of everything served since. Only the holder of a lane's lock deletes its rows.
CREATE TABLE ${schema}.ready (
  queue_id smallint NOT NULL,
  org_id uuid NOT NULL,
  priority smallint NOT NULL,
  pos bigint NOT NULL,
  id bigint NOT NULL,
  attempt int NOT NULL,
  PRIMARY KEY (queue_id, org_id, priority, pos)
) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_cost_delay = 0);

CREATE INDEX ready_id ON ${schema}.ready (id);  -- for discard

-- Later and retrying jobs; run_at is that of the job's row.
CREATE TABLE ${schema}.scheduled (
  run_at timestamptz NOT NULL,
  id bigint NOT NULL,
  org_id uuid NOT NULL,
  queue_id smallint NOT NULL,
  priority smallint NOT NULL,
  attempt int NOT NULL,
  PRIMARY KEY (run_at, id)
) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_cost_delay = 0);

-- To find what is due of each lane, beginning anywhere: orgs made one after the other, whose ids may be neighbours,
-- are far apart by their hashes, so that a random place is as likely before one as before another.
CREATE INDEX scheduled_lane ON ${schema}.scheduled (uuid_hash(org_id), org_id, queue_id, run_at);

-- What is leased. Nothing that changes has an index, so that a heartbeat, a cancellation and a word of progress are HOT
-- updates; rescue scans the table, which is as small as what runs at once.
CREATE TABLE ${schema}.run (
  id bigint PRIMARY KEY,
  org_id uuid NOT NULL,
  queue_id smallint NOT NULL,
  priority smallint NOT NULL,
  attempt int NOT NULL,
  fence bigint NOT NULL,
  started_at timestamptz NOT NULL,
  lease_until timestamptz NOT NULL,
  worker text NOT NULL,
  charge float8,  -- what the lane's vtime was moved on for it; null: for good
  slot int,       -- of the queue's limit over all orgs, if it has one
  cancel_requested text,  -- why a person cancelled it; null: nobody did
  progress float8,        -- what the handler said last; null: nothing yet
  progress_message text,
  progress_at timestamptz
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 5000,
  autovacuum_vacuum_cost_delay = 0);

CREATE UNIQUE INDEX run_slot ON ${schema}.run (queue_id, slot) WHERE slot IS NOT NULL;

-- What lanes have to be told: how many came, where the first of them stands, how many more are scheduled, dead or wait
-- for others now, how many slots were freed and, of the attempts that are charged by time among those, how many there
-- were, what they took and what they were charged. Written by whoever inserts into ready or scheduled or changes jobs
-- that wait for others, and by a deferred finish, instead of locking the lane. Its foreign key takes the org's row,
-- shared, after all other locks. Nothing but the removal of that row conflicts; where the two meet in opposite orders,
-- Postgres ends one of both, and that one is done again.
CREATE TABLE ${schema}.wake (
  wake_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  queue_id smallint NOT NULL,
  org_id uuid NOT NULL REFERENCES ${schema}.org (org_id),
  priority smallint NOT NULL DEFAULT 1,
  min_pos bigint,
  added int NOT NULL DEFAULT 0,
  freed int NOT NULL DEFAULT 0,
  timed int NOT NULL DEFAULT 0,
  took float8 NOT NULL DEFAULT 0,
  charged float8 NOT NULL DEFAULT 0,
  later int NOT NULL DEFAULT 0,
  died int NOT NULL DEFAULT 0,
  waiting int NOT NULL DEFAULT 0,
  untold boolean NOT NULL DEFAULT false  -- of what came nobody knows who may want it: whoever settles this tells
) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_cost_delay = 0);

-- Jobs that were replaced while they stood in the line, and now belong elsewhere: with another priority, or later. An
-- enqueue must not touch the line, so it says so here, and move_v1 does it.
CREATE TABLE ${schema}.move (
  move_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  queue_id smallint NOT NULL,
  org_id uuid NOT NULL,
  id bigint NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_cost_delay = 0);

-- How far ids had got at a time, a row for each few minutes: a list of the jobs of some time begins there.
CREATE TABLE ${schema}.job_mark (
  at timestamptz PRIMARY KEY,
  id bigint NOT NULL
);

GRANT SELECT, INSERT, DELETE ON ${schema}.job_mark TO ${schema}_dispatch;
GRANT SELECT ON ${schema}.queue TO ${schema}_app, ${schema}_worker, ${schema}_admin;
GRANT SELECT, INSERT (name), UPDATE (paused, max_running, unslotted, share_by) ON ${schema}.queue
  TO ${schema}_dispatch;
GRANT SELECT, INSERT, UPDATE (slot) ON ${schema}.queue_slot TO ${schema}_dispatch;  -- to lock a row takes UPDATE
GRANT UPDATE ON ${schema}.queue_gate, ${schema}.pause_gate TO ${schema}_dispatch;  -- to lock a table takes it too
GRANT SELECT, INSERT, UPDATE (by_host, by_move), DELETE ON ${schema}.paused_org TO ${schema}_dispatch;
GRANT SELECT, INSERT, UPDATE (floor, scan_from, scan_next, turn_at, look_at) ON ${schema}.queue_clock
  TO ${schema}_dispatch;
GRANT SELECT, INSERT, UPDATE, DELETE
  ON ${schema}.lane, ${schema}.ready, ${schema}.scheduled, ${schema}.run, ${schema}.wake TO ${schema}_dispatch;
GRANT SELECT, INSERT, DELETE ON ${schema}.move TO ${schema}_dispatch;
GRANT USAGE, SELECT, UPDATE ON SEQUENCE ${schema}.job_seq, ${schema}.fence_seq TO ${schema}_dispatch;
GRANT SELECT ON SEQUENCE ${schema}.wake_wake_id_seq TO ${schema}_dispatch;  -- to know where new rows begin

-- enqueue refuses an org that is unknown or not active.
GRANT SELECT (org_id, state, moved_to, came_at) ON ${schema}.org TO ${schema}_dispatch;
CREATE POLICY org_dispatch_read ON ${schema}.org FOR SELECT TO ${schema}_dispatch USING (true);
