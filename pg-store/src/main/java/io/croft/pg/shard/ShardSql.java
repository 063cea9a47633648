package io.croft.pg.shard;

/**
 * The statements of {@link ShardMap}, {@link OrgMove} and {@link OrgCopy}. Those on tables are served by the primary
 * keys, which begin with the org.
 */
final class ShardSql {

    static final String THIS_DATABASE =
            "SELECT d.name, d.number, d.used, d.last_id FROM ${schema}.this_database_v1() d";

    static final String JOIN = "SELECT ${schema}.join_shards_v1(?, ?, ?)";

    /** Two that add one at once want the same number: the second is told of a conflict, and does it again. */
    static final String ADD_DATABASE = """
            INSERT INTO ${schema}.shard_database (name, number)
              SELECT ?, coalesce(max(d.number), 0) + 1 FROM ${schema}.shard_database d
              HAVING NOT coalesce(bool_or(d.name = ?), false)
              ON CONFLICT DO NOTHING
            """;

    static final String DATABASES = "SELECT d.name, d.number FROM ${schema}.shard_database d ORDER BY d.number";

    /** Those that are in service in this database, or were until they began to leave or to be erased. */
    static final String ORGS = """
            SELECT o.org_id FROM ${schema}.org o WHERE o.org_id > ? AND o.state NOT IN ('MOVED', 'ARRIVING')
            ORDER BY o.org_id LIMIT ?
            """;

    static final String STATES = """
            SELECT o.org_id, o.state, o.mover FROM ${schema}.org o WHERE o.org_id = ANY (?)
            """;

    static final String PLACES = """
            SELECT s.org_id, s.database, s.version, s.moving_to, s.left_from FROM ${schema}.shard_org s
            WHERE s.org_id = ANY (?)
            """;

    static final String SET_PLACE = """
            UPDATE ${schema}.shard_org SET database = ?, version = version + 1, moving_to = NULL, mover = NULL,
              left_from = NULL
            WHERE database <> ? AND org_id = ANY (?)
            """;

    static final String PUT_OUT = """
            UPDATE ${schema}.org SET state = 'MOVED', moved_to = ?, moved_at = clock_timestamp(), mover = ?::uuid
            WHERE org_id = ? AND state NOT IN ('MOVED', 'ARRIVING')
            """;

    static final String RESTORED = "SELECT ${schema}.restored_v1(?)";

    static final String ADOPT = """
            INSERT INTO ${schema}.shard_org (org_id, database) SELECT u.org_id, ? FROM unnest(?::uuid[]) AS u (org_id)
              ON CONFLICT DO NOTHING
            """;

    static final String FIND = """
            SELECT s.org_id, s.database, s.version, s.moving_to, s.left_from FROM ${schema}.shard_org s
            WHERE s.org_id = ?
            """;

    static final String FORGET = """
            DELETE FROM ${schema}.shard_org
            WHERE org_id = ? AND database = ? AND version = ? AND moving_to IS NULL AND left_from IS NULL
            """;

    /** Served by shard_org_moving. */
    static final String MOVING = """
            SELECT s.org_id, s.database, s.version, s.moving_to, s.left_from FROM ${schema}.shard_org s
            WHERE (s.moving_to IS NOT NULL OR s.left_from IS NOT NULL) AND s.org_id > ? ORDER BY s.org_id LIMIT ?
            """;

    static final String BEGIN_MOVE = """
            UPDATE ${schema}.shard_org SET moving_to = ?, mover = ?
            WHERE org_id = ? AND database = ? AND left_from IS NULL AND coalesce(moving_to, ?) = ?
            """;

    static final String TAKE_MOVE = """
            UPDATE ${schema}.shard_org SET mover = ? WHERE org_id = ? AND database = ? AND moving_to = ?
            """;

    static final String END_UNMOVED = """
            UPDATE ${schema}.shard_org SET moving_to = NULL, mover = NULL
            WHERE org_id = ? AND database = ? AND moving_to = ? AND mover = ?
            """;

    static final String SWITCH = """
            UPDATE ${schema}.shard_org SET database = moving_to, version = version + 1, left_from = database,
              moving_to = NULL, mover = NULL
            WHERE org_id = ? AND database = ? AND moving_to = ? AND mover = ?
            """;

    static final String END_MOVED = """
            UPDATE ${schema}.shard_org SET left_from = NULL WHERE org_id = ? AND database = ? AND left_from = ?
            """;

    static final String ORG = """
            SELECT o.state, o.mover, o.moved_to,
              coalesce(extract(epoch FROM clock_timestamp() - o.moved_at), 0)::float8 AS moved_seconds
            FROM ${schema}.org o WHERE o.org_id = ?
            """;

    /**
     * Whether it has what only its own database can have: documents and listings, which searches are over, and what
     * these are made of.
     */
    static final String HAS_CONTENT = """
            SELECT EXISTS (SELECT FROM ${schema}.document d WHERE d.org_id = o.org_id)
              OR EXISTS (SELECT FROM ${schema}.listing l WHERE l.org_id = o.org_id)
              OR EXISTS (SELECT FROM ${schema}.blob b WHERE b.org_id = o.org_id)
              OR EXISTS (SELECT FROM ${schema}.crawl c WHERE c.org_id = o.org_id)
              OR EXISTS (SELECT FROM ${schema}.embed_spend s WHERE s.org_id = o.org_id)
            FROM (SELECT ?::uuid AS org_id) o
            """;

    static final String HOLD = "SELECT ${schema}.hold_org_v1(?, ?)";

    static final String LEAVING_ORG = """
            SELECT l.paused, l.last_id, l.last_fence, l.running FROM ${schema}.leaving_org_v1(?) l
            """;

    static final String LEAVE = """
            UPDATE ${schema}.org SET state = 'LEAVING', mover = ?, moved_to = ?
            WHERE org_id = ? AND (state = 'ACTIVE' OR state = 'LEAVING' AND moved_to = ?)
            RETURNING incarnation, created_at
            """;

    static final String STAY = """
            UPDATE ${schema}.org SET state = 'ACTIVE', mover = NULL, moved_to = NULL
            WHERE org_id = ? AND state = 'LEAVING' AND mover = ?
            """;

    /** The same, whoever moves it. */
    static final String STAY_ANYHOW = """
            UPDATE ${schema}.org SET state = 'ACTIVE', mover = NULL, moved_to = NULL
            WHERE org_id = ? AND state = 'LEAVING'
            """;

    /** Keeps it as it is until the transaction ends. */
    static final String HOLD_STATE = """
            SELECT o.state, o.moved_to FROM ${schema}.org o WHERE o.org_id = ? FOR SHARE
            """;

    static final String LEFT = """
            UPDATE ${schema}.org SET state = 'MOVED', moved_at = clock_timestamp()
            WHERE org_id = ? AND state = 'LEAVING' AND mover = ?
            """;

    /**
     * The transactions that are open in this database. Each holds a lock of its own for as long as it lasts, and one
     * that is prepared can only be seen by itself.
     */
    static final String OPEN_TRANSACTIONS = """
            SELECT l.virtualtransaction FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
            WHERE l.locktype = 'virtualxid' AND l.granted AND l.mode = 'ExclusiveLock'
              AND a.datname = current_database() AND a.usesysid IS NOT NULL AND a.pid <> pg_backend_pid()
            UNION ALL
            SELECT 'prepared ' || p.gid FROM pg_prepared_xacts p WHERE p.database = current_database()
            """;

    /** If it is there as it was, by these two, when it was looked at; or not at all. */
    static final String ARRIVE = """
            INSERT INTO ${schema}.org AS o (org_id, incarnation, state, created_at, mover)
              VALUES (?, ?, 'ARRIVING', ?, ?)
              ON CONFLICT (org_id) DO UPDATE SET incarnation = EXCLUDED.incarnation, state = EXCLUDED.state,
                created_at = EXCLUDED.created_at, mover = EXCLUDED.mover, moved_to = NULL, moved_at = NULL
              WHERE o.state IN ('MOVED', 'ARRIVING') AND o.state = ? AND o.mover IS NOT DISTINCT FROM ?::uuid
            """;

    static final String REMOVE_COUNTER = "DELETE FROM ${schema}.change_counter WHERE org_id = ?";

    static final String ADD_COUNTER = "INSERT INTO ${schema}.change_counter (org_id, incarnation) VALUES (?, ?)";

    /** Keeps whoever would take the move over from doing so before the transaction ends. */
    static final String HOLD_ARRIVING = """
            SELECT FROM ${schema}.org o WHERE o.org_id = ? AND o.state = 'ARRIVING' AND o.mover = ? FOR SHARE
            """;

    static final String HOLD_MOVED = """
            SELECT FROM ${schema}.org o WHERE o.org_id = ? AND o.state = 'MOVED' FOR SHARE
            """;

    static final String ARRIVED = """
            UPDATE ${schema}.org SET state = 'ACTIVE', came_at = clock_timestamp(), mover = NULL
            WHERE org_id = ? AND state = 'ARRIVING' AND mover = ?
            """;

    static final String TAKE_ARRIVING = """
            UPDATE ${schema}.org SET mover = ? WHERE org_id = ? AND state = 'ARRIVING' AND mover = ?
            """;

    /** Its name stays, as after a move to elsewhere: something may hang on it since the org was there before. */
    static final String NOT_ARRIVED = """
            UPDATE ${schema}.org SET state = 'MOVED', moved_to = ?, moved_at = clock_timestamp(), mover = NULL
            WHERE org_id = ? AND state = 'ARRIVING' AND mover = ?
            """;

    static final String REMOVE_SCHEDULES = "SELECT ${schema}.erase_schedules_v1(?)";

    static final String REMOVE_JOBS = "SELECT ${schema}.erase_jobs_v1(?, ?)";

    /** Counts the limits alone. */
    static final String REMOVE_QUOTAS = """
            WITH shares AS (DELETE FROM ${schema}.quota_share WHERE org_id = ?),
            quotas AS (DELETE FROM ${schema}.quota WHERE org_id = ? RETURNING 1)
            SELECT count(*) FROM quotas
            """;

    /** Processes are told that they are gone by the version. */
    static final String REMOVE_FLAGS = """
            WITH gone AS (DELETE FROM ${schema}.feature_flag WHERE org_id = ? RETURNING 1),
            raised AS (
              UPDATE ${schema}.flag_version
              SET version = greatest(version + 1, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint)
              WHERE EXISTS (SELECT FROM gone))
            SELECT count(*) FROM gone
            """;

    static final String RAISE_IDS = "SELECT ${schema}.raise_ids_v1(?, ?, ?)";

    static final String LEAVING_LANES = """
            SELECT l.queue, l.weight, l.max_running, l.paused, l.cost, l.rate, l.burst, l.tokens, l.refilled_at
            FROM ${schema}.leaving_lanes_v1(?) l
            """;

    static final String LEAVING_JOBS = """
            SELECT l.id, l.queue, l.job, l.pos FROM ${schema}.leaving_jobs_v1(?, ?, ?) l
            """;

    static final String LEAVING_KEYS = "SELECT l.key, l.job_key FROM ${schema}.leaving_keys_v1(?, ?, ?) l";

    static final String LEAVING_HISTORY = """
            SELECT h.id, q.name AS queue, h::text AS row
            FROM (SELECT h.* FROM ${schema}.job_history h WHERE h.org_id = ? AND h.id > ? ORDER BY h.id LIMIT ?) h
              JOIN ${schema}.queue q ON q.queue_id = h.queue_id
            ORDER BY h.id
            """;

    static final String LEAVING_RESULTS = """
            SELECT r.id, r::text AS row FROM ${schema}.job_result r WHERE r.org_id = ? AND r.id > ?
            ORDER BY r.id LIMIT ?
            """;

    static final String LEAVING_WAITS = """
            SELECT w.child_id, w.parent_id, w::text AS row FROM ${schema}.job_wait w
            WHERE w.org_id = ? AND (w.child_id, w.parent_id) > (?, ?) ORDER BY w.child_id, w.parent_id LIMIT ?
            """;

    static final String LEAVING_HOURS = """
            SELECT h.hour::text AS hour, h.queue_id, h.kind, q.name AS queue, h::text AS row
            FROM ${schema}.job_hour h JOIN ${schema}.queue q ON q.queue_id = h.queue_id
            WHERE h.org_id = ? AND (h.hour, h.queue_id, h.kind) > (?::timestamptz, ?, ?)
            ORDER BY h.hour, h.queue_id, h.kind LIMIT ?
            """;

    static final String LEAVING_SCHEDULES = """
            SELECT s.name, q.name AS queue, s::text AS row
            FROM ${schema}.schedule s JOIN ${schema}.queue q ON q.queue_id = s.queue_id
            WHERE s.org_id = ? AND s.name > ? ORDER BY s.name LIMIT ?
            """;

    static final String LEAVING_ENDS = """
            SELECT l.settle_id, l.parent_id, l.outcome FROM ${schema}.leaving_ends_v1(?, ?, ?) l
            """;

    static final String LEAVING_LAST = "SELECT l.name, l.job_id FROM ${schema}.leaving_last_v1(?) l";

    static final String LEAVING_QUOTAS = """
            SELECT q.resource, q.most FROM ${schema}.quota q WHERE q.org_id = ? ORDER BY q.resource
            """;

    /** With empty shares: the first who uses a limit counts what has arrived. */
    static final String ARRIVE_QUOTAS = """
            WITH arrived AS (
              INSERT INTO ${schema}.quota (org_id, resource, most)
                SELECT ?, l.resource, l.most FROM unnest(?::smallint[], ?::bigint[]) AS l (resource, most)
                RETURNING org_id, resource)
            INSERT INTO ${schema}.quota_share (org_id, resource, stripe)
              SELECT a.org_id, a.resource, s.stripe FROM arrived a CROSS JOIN generate_series(1, 16) AS s (stripe)
              RETURNING stripe
            """;

    static final String LEAVING_FLAGS = """
            SELECT f.name, f.is_on FROM ${schema}.feature_flag f WHERE f.org_id = ? ORDER BY f.name
            """;

    /** Processes are told of them by the version. */
    static final String ARRIVE_FLAGS = """
            WITH arrived AS (
              INSERT INTO ${schema}.feature_flag (org_id, name, is_on)
                SELECT ?, f.name, f.is_on FROM unnest(?::text[], ?::boolean[]) AS f (name, is_on))
            UPDATE ${schema}.flag_version
              SET version = greatest(version + 1, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint)
              RETURNING version
            """;

    static final String ARRIVE_LANES = "SELECT ${schema}.arrive_lanes_v1(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

    static final String ARRIVE_JOBS = "SELECT ${schema}.arrive_jobs_v1(?, ?, ?, ?)";

    static final String ARRIVE_ROWS = "SELECT ${schema}.arrive_rows_v1(?, ?, ?, ?)";

    static final String ARRIVE_ENDS = "SELECT ${schema}.arrive_ends_v1(?, ?, ?, ?, ?)";

    static final String PAUSE = "SELECT ${schema}.pause_org_v1(?, true)";

    private ShardSql() {
    }
}
