package io.croft.ingest.crawl;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** A real site of a few pages, each of which answers as it is told to; what it was not told of is not there. */
final class SmallSite implements AutoCloseable {

    private static final String VALIDATOR = "If-None-Match";

    private final HttpServer server;
    private final Map<String, Reply> replies = new ConcurrentHashMap<>();
    private final List<String> requests = new CopyOnWriteArrayList<>();

    SmallSite() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 50);
        server.createContext("/", this::answer);
        server.start();
    }

    @SuppressWarnings("ArrayRecordComponent")
    private record Reply(int status, String type, byte[] body) {
    }

    int port() {
        return server.getAddress().getPort();
    }

    String url(String path) {
        return "http://127.0.0.1:" + port() + path;
    }

    SmallSite page(String path, String body) {
        return reply(path, 200, "text/html; charset=utf-8", body.getBytes(StandardCharsets.UTF_8));
    }

    SmallSite robots(String text) {
        return reply("/robots.txt", 200, "text/plain", text.getBytes(StandardCharsets.UTF_8));
    }

    SmallSite status(String path, int status) {
        return reply(path, status, "text/plain", new byte[]{'-'});
    }

    SmallSite reply(String path, int status, String type, byte[] body) {
        replies.put(path, new Reply(status, type, body));
        return this;
    }

    /** The paths that were asked for, in order; may be cleared. */
    List<String> requests() {
        return requests;
    }

    /** Each page has its body's hash as ETag. */
    private void answer(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().toString();
        Reply reply = replies.getOrDefault(path, new Reply(404, "text/plain", new byte[]{'-'}));
        requests.add(path);
        try (exchange) {
            String etag = "\"" + Integer.toHexString(new String(reply.body(), StandardCharsets.UTF_8).hashCode())
                    + "\"";
            exchange.getResponseHeaders().set("ETag", etag);
            exchange.getResponseHeaders().set("Content-Type", reply.type());
            if (reply.status() == 200 && etag.equals(exchange.getRequestHeaders().getFirst(VALIDATOR))) {
                exchange.sendResponseHeaders(304, -1);
                return;
            }
            exchange.sendResponseHeaders(reply.status(), reply.body().length == 0 ? -1 : reply.body().length);
            exchange.getResponseBody().write(reply.body());
        }
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
