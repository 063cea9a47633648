package io.croft.pg.change;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.pg.TestDatabase;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.Test;

class SnapshotTest {

    @Test
    void parse_readsWhatPostgresWrites() throws SQLException {
        try (Connection connection = TestDatabase.empty().superuser();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT pg_current_snapshot()::text")) {
            assertThat(row.next()).isTrue();
            Snapshot snapshot = Snapshot.parse(row.getString(1));
            assertThat(snapshot.xmin()).isPositive().isLessThanOrEqualTo(snapshot.xmax());
        }
        Snapshot parsed = Snapshot.parse("10:20:10,12,19");
        assertThat(parsed.xmin()).isEqualTo(10);
        assertThat(parsed.xmax()).isEqualTo(20);
        assertThat(parsed.running()).containsExactly(10, 12, 19);
    }
}
