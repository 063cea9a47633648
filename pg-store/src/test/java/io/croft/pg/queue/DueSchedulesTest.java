package io.croft.pg.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What of very many schedules that are due comes next. */
final class DueSchedulesTest {

    private static final String QUEUE = "due";

    private QueueDatabase database;

    @BeforeEach
    void create() {
        database = QueueDatabase.create();
        database.jobs().registerQueue(QUEUE);
    }

    @AfterEach
    void drop() {
        database.close();
    }

    /** Schedules of new organisations in this state, an hour due, and one second less each. */
    private void schedules(int orgs, int each, String state) {
        String prefix = state.toLowerCase(Locale.ROOT);
        database.execute("INSERT INTO croft.org (org_id, state) SELECT md5('" + prefix + "' || n)::uuid, '" + state
                + "' FROM generate_series(1, " + orgs + ") n");
        database.execute("INSERT INTO croft.schedule (org_id, name, queue_id, kind, priority, max_attempts, payload,"
                + " every_ms, jitter_ms, missed, missed_each, overlap, planned_at, next_at)"
                + " SELECT md5('" + prefix + "' || n)::uuid, '" + prefix + "-' || n || '-' || i, q.queue_id, 'k', 2, 3,"
                + " '{}', 3600000, 0, 1, false, 2, now(), now() - interval '1 hour' + i * interval '1 s'"
                + " FROM croft.queue q, generate_series(1, " + orgs + ") n, generate_series(1, " + each + ") i"
                + " WHERE q.name = '" + QUEUE + "'");
    }

    private record Due(List<String> names, long read) {
    }

    private Due due(int limit) throws SQLException {
        try (Connection connection = database.superuser(); Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            List<String> names = new ArrayList<>();
            try (ResultSet rows = statement.executeQuery("SELECT name FROM croft.due_schedules_v1(" + limit + ")")) {
                while (rows.next()) {
                    names.add(rows.getString(1));
                }
            }
            try (ResultSet read = statement.executeQuery(
                    "SELECT pg_stat_get_xact_tuples_returned('croft.schedule_due'::regclass)")) {
                assertThat(read.next()).isTrue();
                return new Due(names, read.getLong(1));
            }
        }
    }

    @Test
    void aLook_readsNoMoreThanItNeedsToGiveTurns() throws SQLException {
        schedules(30, 100, "ACTIVE");

        Due due = due(10);

        assertThat(due.names()).hasSize(10).allMatch(name -> name.endsWith("-1")).doesNotHaveDuplicates();
        assertThat(due.read()).isBetween(200L, 250L);
    }

    /** They keep what they have, and it stays due. */
    @Test
    void schedulesOfOrgsOutOfService_takeNoTurns() throws SQLException {
        schedules(3, 100, "SUSPENDED");
        schedules(1, 2, "ACTIVE");

        assertThat(due(10).names()).containsExactly("active-1-1", "active-1-2");
    }
}
