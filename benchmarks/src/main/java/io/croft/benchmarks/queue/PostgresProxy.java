package io.croft.benchmarks.queue;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Stands between clients and a Postgres on this machine, and cuts connections: all at once, or one at the moment when
 * the server has committed and says so, so that the answer to COMMIT never arrives. It reads the server's messages, so
 * the connections must not be encrypted: {@link #through} says so. Thread-safe.
 */
final class PostgresProxy implements AutoCloseable {

    /** The tag of the message with which the server answers a COMMIT. */
    private static final byte[] COMMITTED = "COMMIT\0".getBytes(StandardCharsets.US_ASCII);
    private static final int LENGTH_BYTES = 4;
    private static final int BUFFER_BYTES = 1 << 16;

    private final ServerSocket listening;
    private final int target;
    private final Set<Pair> pairs = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean dropsNext = new AtomicBoolean();

    private PostgresProxy(ServerSocket listening, int target) {
        this.listening = listening;
        this.target = target;
    }

    /** Stands before the server of this URL; closed by the caller. */
    static PostgresProxy before(String jdbcUrl) {
        try {
            ServerSocket listening = new ServerSocket(0, 200, InetAddress.getLoopbackAddress());
            PostgresProxy proxy = new PostgresProxy(listening,
                    Integer.parseInt(jdbcUrl.replaceFirst("^[^/]*//[^/]*:(\\d+)/.*", "$1")));
            Thread.ofPlatform().name("croft-proxy").daemon().start(proxy::accept);
            return proxy;
        } catch (IOException e) {
            throw new UncheckedIOException("the proxy could not listen", e);
        }
    }

    /** The same URL, but through this proxy. */
    String through(String jdbcUrl) {
        String moved = jdbcUrl.replaceFirst("^([^/]*//)[^/]*/", "$1127.0.0.1:" + listening.getLocalPort() + "/");
        return moved + (moved.contains("?") ? "&" : "?") + "sslmode=disable&gssEncMode=disable";
    }

    /** Cuts all connections; returns how many there were. */
    int cutAll() {
        int cut = 0;
        for (Pair pair : pairs) {
            pair.close();
            cut++;
        }
        return cut;
    }

    /** The next answer to a COMMIT is dropped and its connection cut. */
    void dropNextCommitReply() {
        dropsNext.set(true);
    }

    /** Whether that has not happened yet. */
    boolean isToDrop() {
        return dropsNext.get();
    }

    @Override
    public void close() throws IOException {
        listening.close();
        cutAll();
    }

    private void accept() {
        while (!listening.isClosed()) {
            try {
                Socket client = listening.accept();
                Thread.ofVirtual().start(() -> connect(client));
            } catch (IOException closed) {
                return; // by close, and clients see that there is nobody
            }
        }
    }

    private void connect(Socket client) {
        try {
            Pair pair = new Pair(client, new Socket(InetAddress.getLoopbackAddress(), target));
            pairs.add(pair);
            Thread.ofVirtual().start(() -> pair.run(pair::toServer));
            Thread.ofVirtual().start(() -> pair.run(pair::toClient));
        } catch (IOException serverAway) {
            closeQuietly(client);
        }
    }

    private static void closeQuietly(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException("a socket could not be closed", e);
        }
    }

    private interface Flow {

        void run() throws IOException;
    }

    /** One connection: the client's half and the server's. */
    private final class Pair {

        private final Socket client;
        private final Socket server;

        Pair(Socket client, Socket server) {
            this.client = client;
            this.server = server;
        }

        void run(Flow flow) {
            try {
                flow.run();
            } catch (IOException broken) {
                // one side is gone, so the other must go too
            } finally {
                close();
            }
        }

        void close() {
            pairs.remove(this);
            closeQuietly(client);
            closeQuietly(server);
        }

        void toServer() throws IOException {
            try (InputStream in = client.getInputStream(); OutputStream out = server.getOutputStream()) {
                in.transferTo(out);
            }
        }

        /** Message by message: a letter, the length of what follows and itself, and that. */
        void toClient() throws IOException {
            try (DataInputStream in =
                    new DataInputStream(new BufferedInputStream(server.getInputStream(), BUFFER_BYTES));
                    DataOutputStream out = new DataOutputStream(
                            new BufferedOutputStream(client.getOutputStream(), BUFFER_BYTES))) {
                while (true) {
                    int letter = in.read();
                    if (letter < 0) {
                        return;
                    }
                    int length = in.readInt();
                    byte[] body = in.readNBytes(length - LENGTH_BYTES);
                    if (letter == 'C' && Arrays.equals(body, COMMITTED) && dropsNext.compareAndSet(true, false)) {
                        return; // what came before it is lost with it, as far as it was not sent
                    }
                    out.write(letter);
                    out.writeInt(length);
                    out.write(body);
                    if (in.available() == 0) {
                        out.flush();
                    }
                }
            }
        }
    }
}
