package io.croft.pg;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A wire between a client and a server: it counts round trips, can be cut, and can be led to another server, as when
 * one is restarted.
 */
public final class Wire implements AutoCloseable {

    private final ServerSocket entry;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final AtomicInteger turns = new AtomicInteger();
    private volatile InetSocketAddress server;
    private volatile boolean cut;

    Wire(String host, int port) {
        this.server = new InetSocketAddress(host, port);
        try {
            this.entry = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread.ofVirtual().start(this::accept);
    }

    int port() {
        return entry.getLocalPort();
    }

    /** How often the client has spoken after the server had. */
    public int roundTrips() {
        return turns.get();
    }

    /** Breaks all connections and accepts no more. */
    void cut() {
        cut = true;
        open.forEach(Wire::close);
        open.clear();
    }

    /** Accepts connections again. */
    void mend() {
        cut = false;
    }

    /** Accepts connections again, for this server. */
    void mend(String host, int port) {
        server = new InetSocketAddress(host, port);
        mend();
    }

    private void accept() {
        while (!entry.isClosed()) {
            try {
                Socket client = entry.accept();
                Socket target = new Socket();
                open.add(client);
                open.add(target);
                if (cut || !connect(target)) {
                    close(client);
                    continue;
                }
                AtomicBoolean clientSpoke = new AtomicBoolean();
                Thread.ofVirtual().start(() -> pump(client, target, () -> {
                    if (!clientSpoke.getAndSet(true)) {
                        turns.incrementAndGet();
                    }
                }));
                Thread.ofVirtual().start(() -> pump(target, client, () -> clientSpoke.set(false)));
            } catch (IOException e) {
                if (entry.isClosed()) {
                    return;
                }
            }
        }
    }

    private boolean connect(Socket target) {
        try {
            target.connect(server);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private static void pump(Socket from, Socket to, Runnable spoken) {
        byte[] buffer = new byte[64 * 1024];
        try (InputStream in = from.getInputStream(); OutputStream out = to.getOutputStream()) {
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                spoken.run();
                out.write(buffer, 0, n);
                out.flush();
            }
        } catch (IOException e) {
            // an end was closed: the other one follows
        }
        close(from);
        close(to);
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        cut();
        try {
            entry.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
