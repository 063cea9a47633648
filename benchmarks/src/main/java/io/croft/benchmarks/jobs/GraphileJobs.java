package io.croft.benchmarks.jobs;

import io.croft.benchmarks.run.Database;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.Writer;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * graphile-worker in Node.js, in a process of its own, with the batched settings of its own performance test: a local
 * queue of 500 jobs, completions in batches, 24 jobs at a time. It is taken from {@code node_modules} in the folder
 * that {@value #PROPERTY} names. It knows no organisations; their number is part of the payload.
 */
final class GraphileJobs implements JobPeer {

    /** Names a folder in which {@code npm install graphile-worker} was run. */
    static final String PROPERTY = "croft.graphile";

    private static final String SCRIPT = "graphile.js";
    private static final String LIVE =
            "SELECT count(*) FROM (SELECT 1 FROM graphile_worker._private_jobs LIMIT 1) t";

    private final QueueTables tables;
    private final String url;
    private final Path modules;
    private final Path script;
    private final String version;
    private final int orgCount;

    private GraphileJobs(Database database, Path modules, Path script, String version, int orgCount)
            throws SQLException {
        this.tables = new QueueTables(database);
        this.url = nodeUrl(database.address().getFirst());
        this.modules = modules;
        this.script = script;
        this.version = version;
        this.orgCount = orgCount;
    }

    /**
     * Looks for Node.js and the package; says what is missing where something is.
     *
     * @param folder where its script is written to
     */
    static Optional<JobPeer> find(Database database, Path folder, int orgCount)
            throws IOException, InterruptedException, SQLException {
        Path modules = Path.of(System.getProperty(PROPERTY, "")).resolve("node_modules").toAbsolutePath();
        Path description = modules.resolve("graphile-worker").resolve("package.json");
        if (System.getProperty(PROPERTY, "").isBlank() || !Files.exists(description)) {
            System.out
                    .println("graphile-worker is left out: name a folder in which npm install graphile-worker@0.17 was "
                            + "run with -D" + PROPERTY + "=FOLDER");
            return Optional.empty();
        }
        try {
            if (new ProcessBuilder("node", "--version").redirectOutput(ProcessBuilder.Redirect.DISCARD).start()
                    .waitFor() != 0) {
                throw new IOException("node --version failed");
            }
        } catch (IOException noNode) {
            System.out.println("graphile-worker is left out: there is no Node.js: " + noNode.getMessage());
            return Optional.empty();
        }
        Path script = folder.resolve(SCRIPT);
        try (InputStream source = GraphileJobs.class.getResourceAsStream(SCRIPT)) {
            if (source == null) {
                throw new IOException(SCRIPT + " is not beside this class");
            }
            Files.copy(source, script);
        }
        String version = Files.readAllLines(description).stream().filter(line -> line.contains("\"version\": \""))
                .map(line -> line.replaceAll("[^0-9.]", "")).filter(line -> !line.isEmpty()).findFirst().orElse("?");
        return Optional.of(new GraphileJobs(database, modules, script, version, orgCount));
    }

    /** A JDBC URL as Node.js writes it. */
    private static String nodeUrl(String jdbcUrl) {
        URI uri = URI.create(jdbcUrl.substring("jdbc:".length()));
        Map<String, String> parameters = new HashMap<>();
        for (String parameter : uri.getRawQuery().split("&", -1)) {
            parameters.put(parameter.substring(0, parameter.indexOf('=')),
                    parameter.substring(parameter.indexOf('=') + 1));
        }
        return "postgres://" + parameters.get("user") + ":" + parameters.get("password") + "@" + uri.getHost() + ":"
                + uri.getPort() + uri.getPath();
    }

    @Override
    public String name() {
        return "graphile-worker " + version + ", local queue of 500, completions in batches, 24 at a time";
    }

    @Override
    public Round round(int first, int jobs) throws Exception {
        ProcessBuilder builder = new ProcessBuilder("node", script.toString(), url, Integer.toString(orgCount),
                Integer.toString(Enqueuers.THREADS));
        builder.environment().put("NODE_PATH", modules.toString());
        builder.environment().put("NO_LOG_SUCCESS", "1");
        Process node = builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
        try (BufferedReader said = node.inputReader(StandardCharsets.UTF_8);
                Writer told = node.outputWriter(StandardCharsets.UTF_8)) {
            await(said, "READY");
            run(said, told, first);
            return run(said, told, jobs);
        } finally {
            if (!node.waitFor(10, TimeUnit.SECONDS)) {
                node.destroyForcibly().waitFor();
            }
        }
    }

    private Round run(BufferedReader said, Writer told, int jobs) throws IOException {
        long start = System.nanoTime();
        told.write(jobs + "\n");
        told.flush();
        await(said, "RAN");
        tables.awaitZero("the end of all jobs", CroftJobs.PATIENCE, LIVE);
        return new Round(System.nanoTime() - start, 0);
    }

    private static void await(BufferedReader said, String line) throws IOException {
        @Nullable
        String next;
        do {
            next = said.readLine();
            if (next == null) {
                throw new IllegalStateException("graphile-worker ended before it said " + line);
            }
        } while (!next.equals(line));
    }

    @Override
    public void close() throws SQLException {
        tables.close();
    }
}
