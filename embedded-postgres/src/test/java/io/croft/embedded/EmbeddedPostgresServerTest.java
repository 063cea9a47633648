package io.croft.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class EmbeddedPostgresServerTest {

    @Test
    void start_givesAServerThatAnswers() throws SQLException {
        try (EmbeddedPostgresServer server = own().startOwn()) {
            String version = query(server.superuserUrl(), "SHOW server_version");

            assertThat(version).startsWith("18.");
        }
    }

    @ParameterizedTest
    @EnumSource
    void start_worksInEveryWayThatThisMachineAllows(RunAs way) throws SQLException {
        assumeTrue(way.works(), () -> way + " does not work here");

        try (EmbeddedPostgresServer server = own().runAs(way).startOwn()) {
            String url = server.createDatabase("shop");

            assertThat(query(url, "SELECT current_database()")).isEqualTo("shop");
        }
    }

    @Test
    void start_runsTwoServersAtOnce() throws SQLException {
        try (EmbeddedPostgresServer one = own().startOwn(); EmbeddedPostgresServer other = own().startOwn()) {
            one.createDatabase("only_in_one");

            String count = "SELECT count(*) FROM pg_database WHERE datname = 'only_in_one'";
            assertThat(query(one.superuserUrl(), count)).isEqualTo("1");
            assertThat(query(other.superuserUrl(), count)).isEqualTo("0");
        }
    }

    @Test
    void start_isDurableForLoopbackOnlyAndTakes100ConnectionsByDefault() throws SQLException {
        try (EmbeddedPostgresServer server = EmbeddedPostgresServer.builder().startOwn()) {
            String url = server.superuserUrl();

            assertThat(query(url, "SHOW fsync")).isEqualTo("on");
            assertThat(query(url, "SHOW synchronous_commit")).isEqualTo("on");
            assertThat(query(url, "SHOW listen_addresses")).isEqualTo("127.0.0.1");
            assertThat(query(url, "SHOW max_connections")).isEqualTo("100");
            assertThat(query(url, "SHOW log_timezone")).isEqualTo("UTC");
        }
    }

    @Test
    void crash_breaksConnectionsAndKeepsWhatWasCommitted() throws SQLException {
        try (EmbeddedPostgresServer server = EmbeddedPostgresServer.builder().startOwn()) {
            String url = server.createDatabase("shop");
            update(url, "CREATE TABLE horse (name text)");
            update(url, "INSERT INTO horse VALUES ('Bay')");
            try (Connection open = DriverManager.getConnection(url)) {
                server.crash();

                assertThat(open.isValid(5)).isFalse();
            }
            assertThat(query(url, "SELECT name FROM horse")).isEqualTo("Bay");
        }
    }

    @Test
    void crash_refusesToTouchAServerOfTheUser() {
        try (EmbeddedPostgresServer server = serverAt("jdbc:postgresql://127.0.0.1:1/postgres")) {
            assertThatThrownBy(server::crash).isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("croft.jdbc.url");
        }
    }

    @Test
    void builder_changesSettings() throws SQLException {
        try (EmbeddedPostgresServer server = own()
                .maxConnections(20)
                .setting("cluster_name", "it's a test")
                .setting("croft.example", "42")
                .startOwn()) {
            String url = server.superuserUrl();

            assertThat(query(url, "SHOW fsync")).isEqualTo("off");
            assertThat(query(url, "SHOW max_connections")).isEqualTo("20");
            assertThat(query(url, "SHOW cluster_name")).isEqualTo("it's a test");
            assertThat(query(url, "SHOW croft.example")).isEqualTo("42");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"port", "listen_addresses", "Fsync", "", "a b", "a.b.c"})
    void setting_refusesReservedAndMalformedNames(String name) {
        EmbeddedPostgresServer.Builder builder = EmbeddedPostgresServer.builder();

        assertThatThrownBy(() -> builder.setting(name, "1"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'" + name + "'");
    }

    @Test
    void start_failsWithTheServersOwnWordsAndLeavesNothing(@TempDir Path folder) {
        Path dataFolder = folder.resolve("server");
        EmbeddedPostgresServer.Builder builder = own().dataFolder(dataFolder).setting("shared_buffers", "no number");

        assertThatThrownBy(builder::startOwn)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("shared_buffers")
                .hasMessageContaining(dataFolder.toString())
                .hasMessageContaining("-Dcroft.jdbc.url=");
        assertThat(dataFolder.resolve("owner")).doesNotExist();
        assertThat(dataFolder.resolve("data").resolve("postmaster.pid")).doesNotExist();
    }

    @Test
    void superuser_needsThePasswordThatTheUrlCarries() {
        try (EmbeddedPostgresServer server = own().startOwn()) {
            String without = server.superuserUrl().replaceAll("password=[^&]*", "password=guess");

            assertThatThrownBy(() -> query(without, "SELECT 1"))
                    .isInstanceOf(SQLException.class)
                    .hasMessageContaining("password authentication failed");
            assertThat(server.jdbcUrl("postgres", "postgres")).isEqualTo(server.superuserUrl());
        }
    }

    @Test
    void jdbcUrl_letsAnotherRoleInWithoutPassword() throws SQLException {
        try (EmbeddedPostgresServer server = own().startOwn()) {
            update(server.createDatabase("shop"), "CREATE ROLE clerk LOGIN");

            String url = server.jdbcUrl("shop", "clerk");

            assertThat(url).doesNotContain("password");
            assertThat(query(url, "SELECT current_user || '@' || current_database()")).isEqualTo("clerk@shop");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "Shop", "1shop", "shop\"", "a-b"})
    void createDatabase_refusesOtherNames(String name) {
        try (EmbeddedPostgresServer server = serverAt("jdbc:postgresql://127.0.0.1:1/postgres")) {
            assertThatThrownBy(() -> server.createDatabase(name))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("'" + name + "'");
        }
    }

    @Test
    void createDatabase_namesTheDatabaseThatExists() {
        try (EmbeddedPostgresServer server = own().startOwn()) {
            server.createDatabase("shop");

            assertThatThrownBy(() -> server.createDatabase("shop"))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("shop")
                    .hasMessageContaining("already exists");
        }
    }

    @Test
    void close_stopsTheServerAndDeletesItsData() throws SQLException {
        EmbeddedPostgresServer server = own().startOwn();
        String url = server.superuserUrl();
        Path data = Path.of(query(url, "SHOW data_directory"));

        server.close();
        server.close();

        assertThat(data).doesNotExist();
        assertThatThrownBy(() -> query(url, "SELECT 1")).isInstanceOf(SQLException.class);
    }

    @Test
    void dataFolder_keepsDataForTheNextServer(@TempDir Path folder) throws SQLException {
        Path dataFolder = folder.resolve("server");
        try (EmbeddedPostgresServer first = own().dataFolder(dataFolder).startOwn()) {
            update(first.createDatabase("shop"), "CREATE TABLE kept AS SELECT 7 AS number");
        }

        try (EmbeddedPostgresServer second = own().dataFolder(dataFolder).startOwn()) {
            assertThat(query(second.jdbcUrl("shop", "postgres"), "SELECT number FROM kept")).isEqualTo("7");
        }
    }

    @Test
    void dataFolder_servesOneServerAtATime(@TempDir Path folder) throws SQLException {
        Path dataFolder = folder.resolve("server");
        try (EmbeddedPostgresServer first = own().dataFolder(dataFolder).startOwn()) {
            EmbeddedPostgresServer.Builder second = own().dataFolder(dataFolder);

            assertThatThrownBy(second::startOwn)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining(dataFolder.toString())
                    .hasMessageContaining("in use");
            assertThat(query(first.superuserUrl(), "SELECT 1")).isEqualTo("1");
        }
    }

    @Test
    void dataFolder_withOtherFilesIsLeftAlone(@TempDir Path folder) throws Exception {
        Path stranger = folder.resolve("data").resolve("letter.txt");
        Files.createDirectories(folder.resolve("data"));
        Files.writeString(stranger, "Dear …");
        EmbeddedPostgresServer.Builder builder = own().dataFolder(folder);

        assertThatThrownBy(builder::startOwn)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining(folder.toString());
        assertThat(stranger).hasContent("Dear …");
    }

    @Test
    void givenUrl_isUsedAndItsServerStaysAsItIs() throws SQLException {
        try (EmbeddedPostgresServer running = own().startOwn()) {
            String created;
            try (EmbeddedPostgresServer given = serverAt(running.superuserUrl())) {
                created = given.createDatabase("shop");

                assertThat(given.superuserUrl()).isEqualTo(running.superuserUrl());
            }

            assertThat(query(created, "SELECT current_database()")).isEqualTo("shop");
        }
    }

    @Test
    void givenUrl_isRefusedWithoutRepeatingItWhenItIsNoneOfPostgres() {
        assertThatThrownBy(() -> serverAt("jdbc:other://host/db?password=secret"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("croft.jdbc.url")
                .hasMessageNotContaining("secret");
    }

    private static EmbeddedPostgresServer.Builder own() {
        return EmbeddedPostgresServer.builder().withoutDurability();
    }

    private static EmbeddedPostgresServer serverAt(String url) {
        String before = System.getProperty(EmbeddedPostgresServer.URL_PROPERTY, "");
        System.setProperty(EmbeddedPostgresServer.URL_PROPERTY, url);
        try {
            return EmbeddedPostgresServer.start();
        } finally {
            System.setProperty(EmbeddedPostgresServer.URL_PROPERTY, before);
        }
    }

    static String query(String url, String sql) throws SQLException {
        try (Connection connection = DriverManager.getConnection(url);
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            rows.next();
            return rows.getString(1);
        }
    }

    private static void update(String url, String sql) throws SQLException {
        try (Connection connection = DriverManager.getConnection(url);
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
