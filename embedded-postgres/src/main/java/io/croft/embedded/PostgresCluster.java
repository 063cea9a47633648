package io.croft.embedded;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One running server, from its start to its end. */
final class PostgresCluster implements AutoCloseable {

    static final Set<String> RESERVED_SETTINGS = Set.of("port", "listen_addresses", "unix_socket_directories");

    private static final Logger LOG = LoggerFactory.getLogger(PostgresCluster.class);
    private static final String SUPERUSER = "postgres";
    private static final String HOST = "127.0.0.1";
    private static final int START_ATTEMPTS = 5;

    /** Another process took the port first, or the memory of a killed server is not yet free. */
    private static final List<String> PASSING_FAILURES = List.of("could not bind",
            "could not create any TCP/IP sockets", "is still in use");

    /** Only the superuser could harm the account that the server runs as; the others come and go with the tests. */
    private static final List<String> ACCESS = List.of("host all " + SUPERUSER + " 127.0.0.1/32 scram-sha-256",
            "host all all 127.0.0.1/32 trust", "host replication all 127.0.0.1/32 scram-sha-256");

    private final ServerControl control;
    private final boolean keepsData;
    private final JdbcUrl superuserUrl;
    private final Thread shutdownHook;
    private boolean closed;

    private PostgresCluster(ServerControl control, boolean keepsData, JdbcUrl superuserUrl) {
        this.control = control;
        this.keepsData = keepsData;
        this.superuserUrl = superuserUrl;
        this.shutdownHook = new Thread(this::stop, "croft-embedded-postgres-stop");
    }

    static PostgresCluster start(RunAs runAs, @Nullable Path dataFolder, Map<String, String> settings) {
        try {
            WorkFolder work = WorkFolder.open();
            ServerControl control = work.exclusively(() -> {
                Binaries binaries = work.binaries();
                work.sweep(runAs, binaries);
                InstanceFolder instance = dataFolder == null ? work.newInstance() : hold(dataFolder);
                return new ServerControl(runAs, binaries, instance);
            });
            return start(control, dataFolder != null, settings);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot start an embedded Postgres: " + e.getMessage(), e);
        }
    }

    private static InstanceFolder hold(Path dataFolder) throws IOException {
        return InstanceFolder.hold(dataFolder)
                .orElseThrow(() -> new IllegalStateException("the data folder " + dataFolder
                        + " is in use by another server: close that one, or name another folder"));
    }

    private static PostgresCluster start(ServerControl control, boolean keepsData, Map<String, String> settings)
            throws IOException {
        try {
            control.stopLeftOver();
            String password = initialiseIfNew(control);
            int port = startServer(control, settings);
            JdbcUrl url = new JdbcUrl("//" + HOST + ":" + port, SUPERUSER, parameters(password));
            PostgresCluster cluster = new PostgresCluster(control, keepsData, url);
            Runtime.getRuntime().addShutdownHook(cluster.shutdownHook);
            LOG.debug("Postgres runs at port {} in {}", port, control.instance().path());
            return cluster;
        } catch (IOException | RuntimeException failure) {
            cleanUpAfter(failure, control, keepsData);
            throw failure;
        }
    }

    private static void cleanUpAfter(Exception failure, ServerControl control, boolean keepsData) {
        try {
            control.stopLeftOver();
            letGo(control.instance(), keepsData);
        } catch (RuntimeException e) {
            failure.addSuppressed(e);
        }
    }

    private static Map<String, String> parameters(String password) {
        Map<String, String> parameters = new LinkedHashMap<>();
        parameters.put("user", SUPERUSER);
        parameters.put("password", password);
        return parameters;
    }

    /** Returns the superuser's password. */
    private static String initialiseIfNew(ServerControl control) throws IOException {
        InstanceFolder instance = control.instance();
        Path data = instance.data();
        if (Files.exists(data.resolve("PG_VERSION")) && Files.exists(instance.password())) {
            return Files.readString(instance.password());
        }
        if (Files.exists(data) && !isEmpty(data)) {
            throw new IllegalStateException(data + " holds files but no complete server: delete it or name another "
                    + "data folder");
        }
        byte[] random = new byte[16];
        new SecureRandom().nextBytes(random);
        String password = HexFormat.of().formatHex(random);
        Files.deleteIfExists(instance.password());
        Files.createFile(instance.password());
        Folders.permit(instance.password(), "rw-------");
        Files.writeString(instance.password(), password);
        Files.createDirectories(data);
        for (Path path : List.of(instance.path(), data, instance.password())) {
            control.runAs().own(path);
        }
        control.initialise(SUPERUSER);
        Files.write(data.resolve("pg_hba.conf"), ACCESS);
        Files.writeString(data.resolve("postgresql.conf"), "include 'croft.conf'\n");
        return password;
    }

    private static boolean isEmpty(Path folder) throws IOException {
        try (var children = Files.list(folder)) {
            return children.findAny().isEmpty();
        }
    }

    /** Returns the port. */
    private static int startServer(ServerControl control, Map<String, String> settings) throws IOException {
        for (int attempt = 1;; attempt++) {
            int port = freePort();
            Path configuration = control.instance().data().resolve("croft.conf");
            writeSettings(configuration, settings, port);
            control.runAs().own(configuration);
            Files.deleteIfExists(control.instance().log());
            Command result = control.start();
            if (result.exitCode() == 0) {
                return port;
            }
            String log = control.lastLinesOfLog();
            if (attempt == START_ATTEMPTS || PASSING_FAILURES.stream().noneMatch(log::contains)) {
                throw control.failure("Postgres did not start", result.output());
            }
            control.stopLeftOver();
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByAddress(new byte[]{127, 0, 0, 1}))) {
            return socket.getLocalPort();
        }
    }

    private static void writeSettings(Path file, Map<String, String> settings, int port) throws IOException {
        Map<String, String> all = new LinkedHashMap<>(settings);
        all.put("listen_addresses", HOST);
        all.put("port", Integer.toString(port));
        all.put("unix_socket_directories", "");
        Files.write(file, all.entrySet().stream()
                .map(setting -> setting.getKey() + " = '" + setting.getValue().replace("'", "''") + "'")
                .toList());
    }

    JdbcUrl superuserUrl() {
        return superuserUrl;
    }

    synchronized void crash() {
        if (closed) {
            throw new IllegalStateException("this server is closed: start another one");
        }
        control.kill();
        for (int attempt = 1;; attempt++) {
            Command result = control.start();
            if (result.exitCode() == 0) {
                return;
            }
            String log = control.lastLinesOfLog();
            if (attempt == START_ATTEMPTS || PASSING_FAILURES.stream().noneMatch(log::contains)) {
                throw control.failure("Postgres did not start again", result.output());
            }
        }
    }

    @Override
    public void close() {
        try {
            Runtime.getRuntime().removeShutdownHook(shutdownHook);
        } catch (IllegalStateException e) {
            LOG.trace("the JVM is ending, and the hook stops the server too", e);
        }
        stop();
    }

    private synchronized void stop() {
        if (closed) {
            return;
        }
        closed = true;
        if (control.hasPostmasterFile()) {
            Command result = control.stop(keepsData ? ServerControl.Stop.FAST : ServerControl.Stop.IMMEDIATE);
            if (result.exitCode() != 0 && control.isRunning()) {
                throw control.failure("Postgres did not stop", result.output());
            }
        }
        letGo(control.instance(), keepsData);
    }

    private static void letGo(InstanceFolder instance, boolean keepsData) {
        if (keepsData) {
            instance.close();
        } else {
            instance.delete();
        }
    }
}
