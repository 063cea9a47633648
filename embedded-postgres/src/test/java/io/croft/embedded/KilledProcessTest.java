package io.croft.embedded;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is left of a server when the process that started it ends without closing it. */
class KilledProcessTest {

    @Test
    void endOfTheProcess_stopsTheServerAndDeletesItsData() throws Exception {
        try (Starter starter = Starter.launch()) {
            Path data = Path.of(EmbeddedPostgresServerTest.query(starter.url, "SHOW data_directory"));

            starter.process.destroy();
            assertThat(starter.process.waitFor(60, TimeUnit.SECONDS)).isTrue();

            assertThat(data).doesNotExist();
            assertThatThrownBy(() -> EmbeddedPostgresServerTest.query(starter.url, "SELECT 1"))
                    .isInstanceOf(SQLException.class);
        }
    }

    @Test
    void killedProcess_isCleanedUpAfterByTheNextStart() throws Exception {
        try (Starter starter = Starter.launch()) {
            Path data = Path.of(EmbeddedPostgresServerTest.query(starter.url, "SHOW data_directory"));
            starter.process.destroyForcibly().waitFor();

            EmbeddedPostgresServer.builder().startOwn().close();

            assertThat(data).doesNotExist();
            assertThat(data.getParent()).doesNotExist();
            assertThatThrownBy(() -> EmbeddedPostgresServerTest.query(starter.url, "SELECT 1"))
                    .isInstanceOf(SQLException.class);
        }
    }

    @Test
    void livingProcess_isLeftAloneByTheNextStart() throws Exception {
        try (Starter starter = Starter.launch()) {
            EmbeddedPostgresServer.builder().startOwn().close();

            assertThat(EmbeddedPostgresServerTest.query(starter.url, "SELECT 1")).isEqualTo("1");
        }
    }

    @Test
    void dataFolderOfAKilledProcess_startsAgainWithItsData(@TempDir Path folder) throws Exception {
        Path dataFolder = folder.resolve("server");
        try (Starter starter = Starter.launch(dataFolder.toString())) {
            EmbeddedPostgresServerTest.query(starter.url, "WITH a AS (SELECT 1) SELECT lo_from_bytea(4711, 'kept')");
            starter.process.destroyForcibly().waitFor();

            try (EmbeddedPostgresServer next = EmbeddedPostgresServer.builder().dataFolder(dataFolder).startOwn()) {
                String kept = "SELECT convert_from(lo_get(4711), 'UTF8')";
                assertThat(EmbeddedPostgresServerTest.query(next.superuserUrl(), kept)).isEqualTo("kept");
            }
        }
    }

    @Test
    void processThatInheritedTheNumberOfAKilledServer_isNotStopped(@TempDir Path folder) throws Exception {
        Path dataFolder = folder.resolve("server");
        EmbeddedPostgresServer.Builder builder = EmbeddedPostgresServer.builder().dataFolder(dataFolder);
        builder.startOwn().close();

        Process bystander = new ProcessBuilder("cat").start();
        try {
            long started = bystander.info().startInstant().orElseThrow().getEpochSecond();
            Path data = dataFolder.resolve("data");
            Files.write(data.resolve("postmaster.pid"),
                    List.of(Long.toString(bystander.pid()), data.toString(), Long.toString(started)));

            assertThatThrownBy(builder::startOwn)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("postmaster.pid")
                    .hasMessageContaining(Long.toString(bystander.pid()));
            assertThat(bystander.isAlive()).isTrue();
        } finally {
            bystander.destroyForcibly();
        }
    }

    /** Starts a server, prints its URL and stays until its input ends. */
    private record Starter(Process process, String url) implements AutoCloseable {

        static Starter launch(String... arguments) throws IOException {
            List<String> command = new ArrayList<>(List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-classpath", System.getProperty("java.class.path"), StarterMain.class.getName()));
            command.addAll(List.of(arguments));
            Process process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
            BufferedReader output = process.inputReader(UTF_8);
            String url = output.readLine();
            assertThat(url).as("the URL that the started process prints").startsWith("jdbc:");
            return new Starter(process, url);
        }

        @Override
        public void close() {
            process.destroy();
        }
    }

    static final class StarterMain {

        private StarterMain() {
        }

        public static void main(String[] args) throws IOException {
            EmbeddedPostgresServer.Builder builder = EmbeddedPostgresServer.builder();
            if (args.length > 0) {
                builder.dataFolder(Path.of(args[0]));
            }
            EmbeddedPostgresServer server = builder.startOwn();
            System.out.println(server.superuserUrl());
            while (System.in.read() >= 0) {
                // Nothing is sent: the end of the input is the end of the parent.
            }
        }
    }
}
