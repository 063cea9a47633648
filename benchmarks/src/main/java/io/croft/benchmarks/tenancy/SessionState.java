package io.croft.benchmarks.tenancy;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.postgresql.core.BaseConnection;
import org.postgresql.core.TransactionState;

/** What a session carries, held against one that nobody has used yet. Immutable. */
final class SessionState {

    private static final List<String> SETTINGS = List.of("role", "statement_timeout", "lock_timeout", "plan_cache_mode",
            "search_path", "synchronous_commit", "row_security", "default_transaction_isolation",
            "default_transaction_read_only", "idle_in_transaction_session_timeout");
    /** Its second column is the backend. */
    private static final String BRIEF = """
            SELECT concat_ws('|', concat('user=', current_user), concat('login=', session_user),
                concat('org=', current_setting('croft.org_id', true)),
                concat('transaction=', pg_current_xact_id_if_assigned()),
                concat('temp=', pg_my_temp_schema()),
                concat('listening=', (SELECT count(*) FROM pg_listening_channels())),
            """ + SETTINGS.stream().map(name -> "concat('" + name + "=', current_setting('" + name + "'))")
            .collect(Collectors.joining(", ")) + "), pg_backend_pid()";
    /** Settings other than RESET would make them. A query's own cursor has no name; the driver names statements so. */
    private static final String WHOLE = """
            SELECT concat_ws('|',
              (SELECT string_agg(concat(s.name, '=', s.setting), '|' ORDER BY s.name) FROM pg_settings s
                WHERE s.setting IS DISTINCT FROM s.reset_val
                  AND s.name NOT IN ('transaction_isolation', 'transaction_read_only', 'transaction_deferrable')),
              concat('prepared=', (SELECT count(*) FROM pg_prepared_statements p WHERE p.name !~ '^S_[0-9]+$')),
              concat('cursors=', (SELECT count(*) FROM pg_cursors c WHERE c.name <> '')),
              concat('advisory=', (SELECT count(*) FROM pg_locks l
                WHERE l.pid = pg_backend_pid() AND l.locktype = 'advisory')))
            """;

    private final String brief;
    private final String whole;

    private SessionState(String brief, String whole) {
        this.brief = brief;
        this.whole = whole;
    }

    /** Of a connection that has just been made. */
    static SessionState fresh(Connection connection) throws SQLException {
        return new SessionState(ask(connection, BRIEF).text, ask(connection, WHOLE).text);
    }

    /**
     * Looks at a connection that is about to be lent out.
     *
     * @param depth how much of it is looked at; at the whole takes several times as long
     */
    Seen look(Connection connection, Depth depth) throws SQLException {
        TransactionState state = connection.unwrap(BaseConnection.class).getTransactionState();
        if (state != TransactionState.IDLE) {
            return new Seen(0, Optional.of("a transaction that is " + state));
        }
        if (!connection.getAutoCommit() || connection.isReadOnly() || connection.getNetworkTimeout() != 0) {
            return new Seen(0, Optional.of("auto-commit " + connection.getAutoCommit() + ", read-only "
                    + connection.isReadOnly() + ", network timeout " + connection.getNetworkTimeout()));
        }
        Answer now = ask(connection, BRIEF);
        if (!now.text.equals(brief)) {
            return new Seen(now.pid, Optional.of(difference(brief, now.text)));
        }
        if (depth == Depth.WHOLE) {
            String all = ask(connection, WHOLE).text;
            if (!all.equals(whole)) {
                return new Seen(now.pid, Optional.of(difference(whole, all)));
            }
        }
        return new Seen(now.pid, Optional.empty());
    }

    private static Answer ask(Connection connection, String sql) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql);
                ResultSet row = statement.executeQuery()) {
            if (!row.next()) {
                throw new SQLException("the database said nothing of a session");
            }
            return new Answer(row.getString(1), row.getMetaData().getColumnCount() == 1 ? 0 : row.getInt(2));
        }
    }

    private static String difference(String expected, String found) {
        Set<String> usual = Set.copyOf(Arrays.asList(expected.split("\\|", -1)));
        Set<String> now = Set.copyOf(Arrays.asList(found.split("\\|", -1)));
        return now.stream().filter(part -> !usual.contains(part)).sorted().collect(Collectors.joining(", "))
                + " instead of "
                + usual.stream().filter(part -> !now.contains(part)).sorted().collect(Collectors.joining(", "));
    }

    /** How much is looked at. */
    enum Depth {
        BRIEF, WHOLE
    }

    /**
     * What was seen.
     *
     * @param pid     the backend; 0 if it was not asked
     * @param carried what should not be there
     */
    record Seen(int pid, Optional<String> carried) {
    }

    private record Answer(String text, int pid) {
    }
}
