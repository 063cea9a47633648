package io.croft.ingest.crawl;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * A real site of three hundred pages on this machine, with everything that sites have: pages that are moved, gone,
 * broken, slow, forbidden, not to be indexed or known by another name, links in circles, and links without end.
 */
public final class TestSite implements AutoCloseable {

    public static final int PAGES = 300;
    public static final int DEPTH = 7;
    public static final double DELAY_SECONDS = 0.01;
    /** Those from here on are in the sitemap alone. */
    private static final int LISTED = 280;
    private static final int CHILDREN = 3;
    private static final String BEGUN = "begun";

    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final List<Request> requests = new CopyOnWriteArrayList<>();
    private final Set<String> failedOnce = ConcurrentHashMap.newKeySet();
    private final Set<Integer> gone = ConcurrentHashMap.newKeySet();
    private final Map<Integer, String> versions = new ConcurrentHashMap<>();
    private final CountDownLatch closed = new CountDownLatch(1);

    public TestSite() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 100);
        server.setExecutor(threads);
        server.createContext("/", this::answer);
        server.start();
    }

    public int port() {
        return server.getAddress().getPort();
    }

    public String url(String path) {
        return "http://127.0.0.1:" + port() + path;
    }

    /** All requests so far, in their order; may be cleared. */
    public List<Request> requests() {
        return requests;
    }

    /** Lets a page be no more. */
    public void remove(int page) {
        gone.add(page);
    }

    /** Lets a page say something else. */
    public void change(int page, String version) {
        versions.put(page, version);
    }

    public static Kind kind(int page) {
        if (page == 0) {
            return Kind.PLAIN;
        }
        return page % 29 == 7
                ? Kind.FORBIDDEN
                : page % 31 == 9
                        ? Kind.MOVED
                        : page % 37 == 11
                                ? Kind.GONE
                                : page % 41 == 13
                                        ? Kind.BROKEN
                                        : page % 43 == 5
                                                ? Kind.BROKEN_ONCE
                                                : page % 23 == 3
                                                        ? Kind.NO_INDEX
                                                        : page % 19 == 4
                                                                ? Kind.OTHER_NAME
                                                                : page % 53 == 20 ? Kind.SLOW : Kind.PLAIN;
    }

    /** Where links to a page lead. */
    static String linked(int page) {
        return switch (kind(page)) {
            case FORBIDDEN -> "/private/" + page;
            case OTHER_NAME -> "/p/" + page + "?session=" + page * 7;
            case MOVED -> "/old/" + page;
            case GONE, BROKEN, BROKEN_ONCE, NO_INDEX, SLOW, PLAIN -> "/p/" + page;
        };
    }

    /** The URLs of all that is to be kept, worked out by walking through the site as it was made. */
    public Set<String> expected() {
        Set<String> kept = new TreeSet<>();
        for (int day = 1; day <= DEPTH; day++) {
            kept.add(url("/calendar/" + day));
        }
        Set<Integer> seen = new HashSet<>(Set.of(0));
        Deque<Integer> walk = new ArrayDeque<>(List.of(0));
        for (int page = LISTED; page < PAGES; page++) {
            seen.add(page);
            walk.add(page);
        }
        while (!walk.isEmpty()) {
            int page = walk.poll();
            Kind kind = gone.contains(page) ? Kind.GONE : kind(page);
            if (kind.kept) {
                kept.add(url("/p/" + page));
            }
            if (kind.leads) {
                children(page).stream().filter(seen::add).forEach(walk::add);
            }
        }
        return kept;
    }

    private static List<Integer> children(int page) {
        List<Integer> children = new ArrayList<>();
        for (int child = page * CHILDREN + 1; child <= page * CHILDREN + CHILDREN && child < LISTED; child++) {
            children.add(child);
        }
        return page >= LISTED ? List.of() : children;
    }

    private void answer(HttpExchange exchange) throws IOException {
        exchange.setAttribute(BEGUN, System.nanoTime());
        String path = exchange.getRequestURI().toString();
        try (exchange) {
            if (path.equals("/robots.txt")) {
                send(exchange, 200, "text/plain",
                        "User-agent: *\nDisallow: /\n\nUser-agent: croft-test\nDisallow: /private/\n"
                                + "Crawl-delay: " + DELAY_SECONDS + "\nSitemap: " + url("/maps.xml") + "\n");
            } else if (path.endsWith(".xml")) {
                send(exchange, 200, "application/xml", sitemap(path));
            } else if (path.equals("/picture.png")) {
                send(exchange, 200, "image/png", "no picture");
            } else if (path.startsWith("/old/") || path.startsWith("/round/") || path.startsWith("/chain/")) {
                exchange.getResponseHeaders().set("Location", redirect(path));
                send(exchange, 301, "text/plain", "");
            } else if (path.startsWith("/calendar/")) {
                int day = Integer.parseInt(path.substring(10));
                page(exchange, "Day " + day, "", "<a href='" + (day + 1) + "'>next</a>", "\"day\"");
            } else if (path.matches("/p/\\d+(\\?.*)?|/private/\\d+")) {
                numbered(exchange, Integer.parseInt(path.replaceAll("\\?.*|\\D", "")), path);
            } else {
                send(exchange, 404, "text/plain", "nothing here");
            }
        }
    }

    private static String redirect(String path) {
        return switch (path.split("/", -1)[1]) {
            case "old" -> "/p/" + path.substring(5);
            case "round" -> path.equals("/round/a") ? "/round/b" : "/round/a";
            default -> "/chain/" + (Integer.parseInt(path.substring(7)) + 1);
        };
    }

    private void numbered(HttpExchange exchange, int page, String path) throws IOException {
        Kind kind = gone.contains(page) ? Kind.GONE : kind(page);
        if (kind == Kind.GONE) {
            send(exchange, 410, "text/plain", "");
        } else if (kind == Kind.BROKEN || (kind == Kind.BROKEN_ONCE && failedOnce.add(path))) {
            send(exchange, 500, "text/html", "<p>failed</p>");
        } else {
            if (kind == Kind.SLOW) {
                pause();
            }
            String head = kind == Kind.NO_INDEX
                    ? "<meta name='robots' content='NoIndex'>"
                    : kind == Kind.OTHER_NAME ? "<link rel='canonical' href='/p/" + page + "'>" : "";
            StringBuilder links = new StringBuilder();
            children(page).forEach(child -> links.append("<a href='").append(linked(child)).append("'>more</a> "));
            links.append("<a href='/'>").append("</a><a href='/p/").append(page).append("#top'>top</a>")
                    .append("<a href='http://localhost:").append(port()).append("/p/1'>elsewhere</a>")
                    .append("<a href='/hidden' rel='nofollow'>hidden</a><a href='mailto:a@b.example'>mail</a>");
            if (page == 0) {
                links.append("<a href='/calendar/1'>days</a><a href='/round/a'>round</a><a href='/chain/1'>chain</a>")
                        .append("<a href='/picture.png'>picture</a><a href='/a/b/a/b/a/b/a/b'>deep</a>");
            }
            String version = versions.getOrDefault(page, "first");
            page(exchange, "Page " + page, head, "<p>This is the " + version + " text of page " + page
                    + ".</p>" + links, "\"" + page + version + "\"");
        }
    }

    private void pause() {
        try {
            closed.await(50, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void page(HttpExchange exchange, String title, String head, String body, String etag)
            throws IOException {
        exchange.getResponseHeaders().set("ETag", etag);
        if (etag.equals(exchange.getRequestHeaders().getFirst("If-None-Match"))) {
            log(exchange);
            exchange.sendResponseHeaders(304, -1);
            return;
        }
        send(exchange, 200, "text/html; charset=utf-8", "<html><head><title>" + title + "</title>" + head
                + "</head><body><nav><a href='/p/0'>home</a></nav>" + body + "</body></html>");
    }

    private String sitemap(String path) {
        StringBuilder map = new StringBuilder("<?xml version='1.0' encoding='UTF-8'?>");
        if (path.equals("/maps.xml")) {
            return map.append("<sitemapindex xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'><sitemap><loc>")
                    .append(url("/pages.xml")).append("</loc></sitemap></sitemapindex>").toString();
        }
        map.append("<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>");
        for (int page = LISTED; page < PAGES; page++) {
            map.append("<url><loc>").append(url(linked(page))).append("</loc></url>");
        }
        return map.append("</urlset>").toString();
    }

    /** Written down before it is sent: whoever has the answer finds it in the list. */
    private void log(HttpExchange exchange) {
        requests.add(new Request(exchange.getRequestURI().toString(), (long) exchange.getAttribute(BEGUN),
                System.nanoTime()));
    }

    private void send(HttpExchange exchange, int status, String type, String body) throws IOException {
        log(exchange);
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", type);
        exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
        if (bytes.length > 0) {
            exchange.getResponseBody().write(bytes);
        }
    }

    @Override
    public void close() {
        closed.countDown();
        server.stop(0);
        threads.close();
    }

    /** What a page is. */
    public enum Kind {

        PLAIN(true, true),
        SLOW(true, true),
        MOVED(true, true),
        OTHER_NAME(true, true),
        BROKEN_ONCE(true, true),
        NO_INDEX(false, true),
        FORBIDDEN(false, false),
        GONE(false, false),
        BROKEN(false, false);

        private final boolean kept;
        private final boolean leads;

        Kind(boolean kept, boolean leads) {
            this.kept = kept;
            this.leads = leads;
        }
    }

    /**
     * A request.
     *
     * @param path       path and query
     * @param begunNanos when it came
     * @param endNanos   when its answer was sent
     */
    public record Request(String path, long begunNanos, long endNanos) {
    }
}
