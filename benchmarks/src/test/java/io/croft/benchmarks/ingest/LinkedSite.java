package io.croft.benchmarks.ingest;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * A site on this machine: a tree of pages with links back, some moved, some gone, some that are not to be asked for.
 */
final class LinkedSite implements AutoCloseable {

    static final int PAGES = 90;
    static final long DELAY_NANOS = 10_000_000;

    private static final int CHILDREN = 4;
    private static final String BEGUN = "begun";

    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final List<Request> requests = new CopyOnWriteArrayList<>();

    LinkedSite() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 100);
        server.setExecutor(threads);
        server.createContext("/", this::answer);
        server.start();
    }

    int port() {
        return server.getAddress().getPort();
    }

    String url(String path) {
        return "http://127.0.0.1:" + port() + path;
    }

    List<Request> requests() {
        return requests;
    }

    /** The word that stands in one page alone. */
    static String word(int page) {
        return "marker" + page + "only";
    }

    private static boolean isGone(int page) {
        return page % 17 == 9;
    }

    private static boolean isForbidden(int page) {
        return page % 13 == 8;
    }

    private static boolean isMoved(int page) {
        return page % 11 == 6;
    }

    /** Where links to a page lead. */
    private static String linked(int page) {
        return isForbidden(page) ? "/private/" + page : isMoved(page) ? "/old/" + page : "/p/" + page;
    }

    /** The numbers of all pages that are to be kept. */
    static Set<Integer> expected() {
        Set<Integer> kept = new TreeSet<>();
        for (int page = 0; page < PAGES; page++) {
            int parent = (page - 1) / CHILDREN;
            if ((page == 0 || kept.contains(parent)) && !isForbidden(page) && !isGone(page)) {
                kept.add(page);
            }
        }
        return kept;
    }

    private void answer(HttpExchange exchange) throws IOException {
        exchange.setAttribute(BEGUN, System.nanoTime());
        String path = exchange.getRequestURI().getPath();
        try (exchange) {
            if (path.equals("/robots.txt")) {
                send(exchange, 200, "text/plain", "User-agent: *\nDisallow: /private/\nCrawl-delay: 0.01\n");
            } else if (path.startsWith("/old/")) {
                exchange.getResponseHeaders().set("Location", "/p/" + path.substring(5));
                send(exchange, 301, "text/plain", "moved");
            } else if (path.matches("/p/\\d+")) {
                page(exchange, Integer.parseInt(path.substring(3)));
            } else {
                send(exchange, 404, "text/plain", "nothing here");
            }
        }
    }

    private void page(HttpExchange exchange, int page) throws IOException {
        if (isGone(page)) {
            send(exchange, 410, "text/plain", "gone");
            return;
        }
        StringBuilder body = new StringBuilder("<html><head><title>Page ").append(page)
                .append("</title></head><body><p>").append("This page is known by ").append(word(page))
                .append(" and says little else.</p>");
        for (int child = page * CHILDREN + 1; child <= page * CHILDREN + CHILDREN && child < PAGES; child++) {
            body.append("<p>There is more on <a href='").append(linked(child)).append("'>").append(child)
                    .append("</a>, which is about other things.</p>");
        }
        send(exchange, 200, "text/html; charset=utf-8",
                body.append("<a href='/p/0'>back</a></body></html>").toString());
    }

    /** Written down before it is sent: whoever has the answer finds it in the list. */
    private void send(HttpExchange exchange, int status, String type, String body) throws IOException {
        requests.add(new Request(exchange.getRequestURI().getPath(), (long) exchange.getAttribute(BEGUN),
                System.nanoTime()));
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", type);
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    @Override
    public void close() {
        server.stop(0);
        threads.close();
    }

    /**
     * A request.
     *
     * @param path       which page
     * @param begunNanos when it came
     * @param endNanos   when its answer was sent
     */
    record Request(String path, long begunNanos, long endNanos) {
    }
}
