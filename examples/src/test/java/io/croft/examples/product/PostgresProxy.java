package io.croft.examples.product;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Stands between the product and Postgres, so that a test can take the database away and give it back. */
final class PostgresProxy implements AutoCloseable {

    private final ServerSocket server;
    private final int target;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private volatile boolean away;

    PostgresProxy(String jdbcUrl) throws IOException {
        this.target = URI.create(jdbcUrl.substring("jdbc:".length())).getPort();
        this.server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().name("proxy").start(this::accept);
    }

    /** The same URL through the proxy. */
    String through(String jdbcUrl) {
        return jdbcUrl.replace(":" + target + "/", ":" + server.getLocalPort() + "/");
    }

    /** Cuts every connection and lets no new one through. */
    void takeAway() throws IOException {
        away = true;
        for (Socket socket : sockets) {
            socket.close();
        }
    }

    void giveBack() {
        away = false;
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket client = server.accept();
                if (away) {
                    client.close();
                    continue;
                }
                Socket postgres = new Socket(InetAddress.getLoopbackAddress(), target);
                sockets.add(client);
                sockets.add(postgres);
                Thread.ofVirtual().start(() -> pump(client, postgres));
                Thread.ofVirtual().start(() -> pump(postgres, client));
            } catch (SocketException e) {
                if (!server.isClosed()) {
                    throw new UncheckedIOException(e);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** Copies until either side is closed, and then closes both. */
    private void pump(Socket from, Socket to) {
        try (from; to) {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            byte[] buffer = new byte[8192];
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                out.write(buffer, 0, n);
            }
        } catch (IOException e) {
            sockets.remove(from); // cut: what a test asked for
        } finally {
            sockets.remove(from);
            sockets.remove(to);
        }
    }

    @Override
    public void close() throws IOException {
        takeAway();
        server.close();
    }
}
