package io.croft.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The local embedder in a process of its own, without a home and with a proxy that nobody may call. */
class FreshMachineTest {

    @TempDir
    private Path folder;

    /** What the process runs. */
    static final class Main {

        private Main() {
        }

        public static void main(String[] args) {
            try (LocalEmbedder embedder = LocalEmbedder.miniLm()) {
                System.out.println("dimensions: " + embedder.embedQuery("calm horse").length);
            }
        }
    }

    @Test
    void miniLm_needsNeitherHomeNorNetworkNorLog() throws Exception {
        Path temp = Files.createDirectory(folder.resolve("tmp"));
        try (ServerSocket proxy = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {

            Outcome outcome = run(temp, proxy.getLocalPort());

            assertThat(outcome.errors()).isEmpty();
            assertThat(outcome.output()).containsExactly("dimensions: 384");
            assertThat(outcome.status()).isZero();
            proxy.setSoTimeout(1);
            assertThatThrownBy(proxy::accept).as("a call to the network").isInstanceOf(SocketTimeoutException.class);
        }
        try (Stream<Path> left = Files.walk(temp)) {
            assertThat(left.filter(Files::isRegularFile)).as("libraries left behind").isEmpty();
        }
        try (Stream<Path> left = Files.list(folder)) {
            assertThat(left).as("files written elsewhere").containsExactlyInAnyOrder(temp, folder.resolve("out"),
                    folder.resolve("err"));
        }
    }

    @Test
    void miniLm_namesTheRemedyWhereItCannotUnpackItself() throws Exception {
        Outcome outcome = run(folder.resolve("missing"), 1);

        assertThat(outcome.status()).isNotZero();
        assertThat(String.join("\n", outcome.errors())).contains("CroftException")
                .contains(folder.resolve("missing").toString()).contains("-Djava.io.tmpdir");
    }

    private record Outcome(int status, List<String> output, List<String> errors) {
    }

    private Outcome run(Path temp, int proxyPort) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp", System.getProperty("java.class.path"),
                "--enable-native-access=ALL-UNNAMED",
                "-Duser.home=" + folder.resolve("no-home"),
                "-Djava.io.tmpdir=" + temp));
        for (String scheme : List.of("http", "https")) {
            Collections.addAll(command, "-D" + scheme + ".proxyHost=127.0.0.1",
                    "-D" + scheme + ".proxyPort=" + proxyPort,
                    "-D" + scheme + ".nonProxyHosts=");
        }
        command.add(Main.class.getName());
        ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile())
                .redirectOutput(folder.resolve("out").toFile()).redirectError(folder.resolve("err").toFile());
        builder.environment().clear();
        builder.environment().put("HOME", folder.resolve("no-home").toString());
        Process process = builder.start();
        try {
            assertThat(process.waitFor(2, TimeUnit.MINUTES)).as("ends within two minutes").isTrue();
        } finally {
            process.destroyForcibly();
        }
        return new Outcome(process.exitValue(), Files.readAllLines(folder.resolve("out")),
                Files.readAllLines(folder.resolve("err")));
    }
}
