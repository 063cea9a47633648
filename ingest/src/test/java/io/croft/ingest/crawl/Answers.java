package io.croft.ingest.crawl;

import com.sun.net.httpserver.HttpServer;
import io.croft.ingest.fetch.FetchRequest;
import io.croft.ingest.fetch.Fetched;
import io.croft.ingest.fetch.Fetcher;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.function.Function;

/** Answers of a real server, as the fetcher gives them. */
final class Answers {

    private Answers() {
    }

    /**
     * What a server says that answers everything alike.
     *
     * @param body made for the server's origin, as {@code http://127.0.0.1:4000}
     */
    static Fetched of(String type, Function<String, byte[]> body) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 5);
        int port = server.getAddress().getPort();
        String origin = "http://127.0.0.1:" + port;
        byte[] bytes = body.apply(origin);
        server.createContext("/", exchange -> {
            try (exchange) {
                exchange.getResponseHeaders().set("Content-Type", type);
                exchange.sendResponseHeaders(200, 0);
                exchange.getResponseBody().write(bytes);
            }
        });
        server.start();
        try (Fetcher fetcher = Fetcher.builder().allow("127.0.0.1", port).build()) {
            return fetcher.fetch(FetchRequest.of(origin + "/page"));
        } finally {
            server.stop(0);
        }
    }
}
