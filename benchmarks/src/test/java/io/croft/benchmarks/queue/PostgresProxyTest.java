package io.croft.benchmarks.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.benchmarks.run.Database;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PostgresProxyTest {

    private Database database;
    private PostgresProxy proxy;
    private String url;

    @BeforeEach
    void start() throws SQLException {
        database = Database.start();
        url = database.address().getFirst();
        proxy = PostgresProxy.before(url);
        execute(url, "CREATE TABLE horse (name text)");
    }

    @AfterEach
    void stop() throws Exception {
        proxy.close();
        database.close();
    }

    @Test
    void proxy_passesOnWhatIsSaid() throws SQLException {
        execute(proxy.through(url), "INSERT INTO horse SELECT repeat('x', 1000) FROM generate_series(1, 2000)");

        assertThat(horses(proxy.through(url))).isEqualTo(2000);
    }

    @Test
    void droppedReply_leavesTheCommitDone() throws SQLException {
        try (Connection connection = DriverManager.getConnection(proxy.through(url))) {
            connection.setAutoCommit(false);
            try (Statement statement = connection.createStatement()) {
                statement.execute("INSERT INTO horse VALUES ('Bay')");
            }
            proxy.dropNextCommitReply();

            assertThatThrownBy(connection::commit).isInstanceOf(SQLException.class);
        }

        assertThat(proxy.isToDrop()).isFalse();
        assertThat(horses(url)).isEqualTo(1);
    }

    @Test
    void cutAll_breaksOpenConnectionsAndTakesNewOnes() throws SQLException {
        try (Connection connection = DriverManager.getConnection(proxy.through(url))) {
            assertThat(connection.isValid(5)).isTrue();

            assertThat(proxy.cutAll()).isEqualTo(1);

            assertThat(connection.isValid(5)).isFalse();
        }
        assertThat(horses(proxy.through(url))).isZero();
    }

    private static void execute(String url, String sql) throws SQLException {
        try (Connection connection = DriverManager.getConnection(url);
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static long horses(String url) throws SQLException {
        try (Connection connection = DriverManager.getConnection(url);
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT count(*) FROM horse")) {
            row.next();
            return row.getLong(1);
        }
    }
}
