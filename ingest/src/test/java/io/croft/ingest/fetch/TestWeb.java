package io.croft.ingest.fetch;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.hc.client5.http.io.DetachedSocketFactory;

/**
 * An internet of one server: names resolve to what a test says, each time to the next answer, and a connection to any
 * address arrives at a real local server, having been written down. So one to an internal address would succeed.
 */
final class TestWeb implements HostResolver, DetachedSocketFactory, AutoCloseable {

    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Map<String, List<List<InetAddress>>> names = new ConcurrentHashMap<>();
    private final Map<String, AtomicInteger> lookups = new ConcurrentHashMap<>();
    private final Map<String, String> redirects = new ConcurrentHashMap<>();
    private final AtomicInteger internal = new AtomicInteger();
    private final AtomicInteger connections = new AtomicInteger();

    TestWeb() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 100);
        server.setExecutor(threads);
        server.createContext("/", this::answer);
        server.start();
    }

    Fetcher.Builder fetcher() {
        return Fetcher.builder().resolver(this).sockets(this);
    }

    /** Each lookup gets the next answer, and then the last one for ever. */
    void name(String host, List<List<InetAddress>> answers) {
        names.put(host, answers);
    }

    /** The server answers this path with a redirect, and any other with 200. */
    void redirect(String path, String to) {
        redirects.put(path, to);
    }

    /** Connections to addresses that the other table calls internal. */
    int internalConnections() {
        return internal.get();
    }

    int connections() {
        return connections.get();
    }

    @Override
    public List<InetAddress> resolve(String host) throws UnknownHostException {
        List<List<InetAddress>> answers = names.get(host);
        if (answers == null) {
            throw new UnknownHostException(host);
        }
        int lookup = lookups.computeIfAbsent(host, name -> new AtomicInteger()).getAndIncrement();
        return answers.get(Math.min(lookup, answers.size() - 1));
    }

    @Override
    public Socket create(Proxy proxy) {
        return new Socket() {

            @Override
            public void connect(SocketAddress address, int timeoutMillis) throws IOException {
                connections.incrementAndGet();
                if (OtherTable.internal(((InetSocketAddress) address).getAddress())) {
                    internal.incrementAndGet();
                }
                super.connect(server.getAddress(), timeoutMillis);
            }
        };
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            String to = redirects.get(exchange.getRequestURI().getRawPath());
            if (to != null) {
                exchange.getResponseHeaders().set("Location",
                        new String(to.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1));
            }
            exchange.sendResponseHeaders(to == null ? 200 : 302, -1);
        }
    }

    static InetAddress address(String text) {
        try {
            return InetAddress.getByName(text);
        } catch (UnknownHostException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        server.stop(0);
        threads.close();
    }
}
