package io.croft.benchmarks.tenancy;

/** A way to the database that is broken, to see that it is found. But for the last one each is there now and then. */
enum HygieneFlaw {

    /** None: this must never be found. */
    NONE,
    /** The organisation is set for the session instead of the transaction. */
    ORG_OF_SESSION,
    /** So is the role. */
    ROLE_OF_SESSION,
    /** So is the statement timeout. */
    TIMEOUT_OF_SESSION,
    /** The organisation is that of somebody else. */
    OTHERS_ORG,
    /** What failed is not rolled back. */
    NO_ROLLBACK,
    /** The connection goes back within a transaction. */
    OPEN_LEFT("BEGIN"),
    /** It goes back listening. */
    LISTEN_LEFT("LISTEN hygiene"),
    /** It goes back with a temporary table. */
    TEMP_LEFT("CREATE TEMP TABLE hygiene_left (id int)"),
    /** It goes back with a session's lock. */
    LOCK_LEFT("SELECT pg_advisory_lock_shared(77)"),
    /** It goes back with a cursor that outlives transactions. */
    CURSOR_LEFT("DECLARE hygiene_left CURSOR WITH HOLD FOR SELECT 1"),
    /** It goes back with another setting. */
    SETTING_LEFT("SET work_mem = '5MB'"),
    /** A policy of the database lets every row pass. */
    OPEN_POLICY;

    private static final String ORG = "set_config('croft.org_id', ?, true)";
    private static final String ROLE = "set_config('role', ?, true)";
    private static final String TIMEOUT = "set_config('statement_timeout', ?, true)";

    private final String left;

    HygieneFlaw() {
        this("");
    }

    HygieneFlaw(String left) {
        this.left = left;
    }

    /** What is executed on a connection before it goes back; empty for nothing. */
    String left() {
        return left;
    }

    /**
     * What becomes of the store's statement.
     *
     * @param other another organisation's id
     */
    String spoil(String sql, String other) {
        return switch (this) {
            case ORG_OF_SESSION -> sql.replace(ORG, ORG.replace("true", "false"));
            case ROLE_OF_SESSION -> sql.replace(ROLE, ROLE.replace("true", "false"));
            case TIMEOUT_OF_SESSION -> sql.replace(TIMEOUT, TIMEOUT.replace("true", "false"));
            case OTHERS_ORG -> sql.replace(ORG, "set_config('croft.org_id', CASE ?::text WHEN '' THEN '' ELSE '"
                    + other + "' END, true)");
            case NONE, NO_ROLLBACK, OPEN_LEFT, LISTEN_LEFT, TEMP_LEFT, LOCK_LEFT, CURSOR_LEFT, SETTING_LEFT,
                    OPEN_POLICY ->
                    sql;
        };
    }
}
