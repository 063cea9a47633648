package io.croft.ingest.crawl;

import io.croft.ingest.fetch.FetchException;
import io.croft.ingest.fetch.Fetched;
import io.croft.ingest.fetch.WebUrl;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.Charset;
import java.nio.charset.IllegalCharsetNameException;
import java.nio.charset.StandardCharsets;
import java.nio.charset.UnsupportedCharsetException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Document;
import org.jsoup.nodes.Element;
import org.jsoup.nodes.Node;
import org.jsoup.nodes.TextNode;
import org.jsoup.select.NodeVisitor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads a page of HTML: what it says, where it leads, and what it wants done with it. Stateless. */
final class PageReader {

    private static final Logger LOG = LoggerFactory.getLogger(PageReader.class);

    /** Those after them are not followed from this page. */
    private static final int MOST_LINKS = 1_000;
    private static final Pattern CHARSET = Pattern.compile("(?i)charset\\s*=\\s*[\"']?([^\\s;\"']+)");
    private static final String NOT_CONTENT = "script, style, noscript, template, iframe, object, embed, form, button,"
            + " input, select, textarea, svg, canvas, link, meta, nav, [role=navigation], [role=search], [role=banner],"
            + " [role=contentinfo], [role=complementary], [role=dialog], [hidden], [aria-hidden=true]";
    /** Belong to the page, unless they stand within what is its own. */
    private static final String AROUND = "body > header, body > footer, body > aside, body > div > header,"
            + " body > div > footer, body > div > aside";
    private static final String MAIN = "main, [role=main], article";
    /** A block with at least as many links, most of whose text they are, leads elsewhere and says nothing. */
    private static final int MENU_LINKS = 4;
    private static final double MENU_SHARE = 0.8;
    private static final int MOST_MAIN_PARTS = 20;
    /** Of elements, texts and comments: what is done to a page takes time and memory by their number. */
    private static final int MOST_NODES = 50_000;
    /** Places of the sums over a part of a page: characters, links, characters of links. */
    private static final int TEXT = 0;
    private static final int LINKS = 1;
    private static final int LINKED = 2;

    private PageReader() {
    }

    /**
     * Reads it, with what of its links belongs to the crawl; what is no HTML at all is read as a page of text.
     *
     * @return empty if it is made of more parts than are looked at, or the parser cannot cope with it
     */
    static Optional<Page> read(Fetched answer, SiteBounds bounds) {
        try {
            if (hasTooManyTags(answer.body())) {
                return Optional.empty();
            }
            Document document = parse(answer);
            return document.nodeStream().limit(MOST_NODES + 1L).count() > MOST_NODES
                    ? Optional.empty()
                    : Optional.of(read(answer, document, bounds));
        } catch (RuntimeException e) {
            LOG.info("a page of host {} is left out: its HTML cannot be read ({})", answer.url().host(),
                    e.getClass().getSimpleName());
            return Optional.empty();
        }
    }

    /** Looked at before anything is made of them, so that such a page costs nothing. */
    private static boolean hasTooManyTags(byte[] body) {
        int tags = 0;
        for (byte one : body) {
            tags += one == '<' ? 1 : 0;
        }
        return tags > 2 * MOST_NODES;
    }

    private static Page read(Fetched answer, Document document, SiteBounds bounds) {
        Set<String> wishes = wishes(answer, document);
        WebUrl base = base(answer.url(), document);
        Optional<WebUrl> canonical = Optional.ofNullable(document.selectFirst("link[rel~=(?i)^canonical$][href]"))
                .flatMap(link -> bounds.resolve(base, link.attr("href")));
        List<WebUrl> links = wishes.contains("nofollow") ? List.of() : links(base, document, bounds);
        String title = title(document);
        return new Page(title, new Content(content(document, title)), canonical, links, !wishes.contains("noindex"));
    }

    private static Document parse(Fetched answer) {
        try {
            return Jsoup.parse(new ByteArrayInputStream(answer.body()), charset(answer), answer.url().toString());
        } catch (IOException e) {
            throw new UncheckedIOException("reading from memory", e);
        }
    }

    /** What the server says; null to have it found out from the page. */
    private static @Nullable String charset(Fetched answer) {
        Matcher named = CHARSET.matcher(answer.header("Content-Type").orElse(""));
        try {
            return named.find() && Charset.isSupported(named.group(1)) ? Charset.forName(named.group(1)).name() : null;
        } catch (IllegalCharsetNameException | UnsupportedCharsetException e) {
            return null;
        }
    }

    private static Set<String> wishes(Fetched answer, Document document) {
        Set<String> wishes = new LinkedHashSet<>();
        Stream.concat(answer.header("X-Robots-Tag").stream(),
                document.select("meta[name~=(?i)^robots$]").stream().map(meta -> meta.attr("content")))
                .flatMap(text -> Stream.of(text.toLowerCase(Locale.ROOT).split("[,\\s]+"))).forEach(wishes::add);
        if (wishes.contains("none")) {
            wishes.addAll(List.of("noindex", "nofollow"));
        }
        return wishes;
    }

    private static WebUrl base(WebUrl url, Document document) {
        Element base = document.selectFirst("base[href]");
        try {
            return base == null ? url : url.resolve(base.attr("href"));
        } catch (FetchException e) {
            return url;
        }
    }

    private static List<WebUrl> links(WebUrl base, Document document, SiteBounds bounds) {
        Set<WebUrl> links = new LinkedHashSet<>();
        for (Element link : document.select("a[href], area[href]")) {
            if (!link.attr("rel").toLowerCase(Locale.ROOT).contains("nofollow") && links.size() < MOST_LINKS) {
                bounds.resolve(base, link.attr("href")).ifPresent(links::add);
            }
        }
        return new ArrayList<>(links);
    }

    private static String title(Document document) {
        String title = document.title().strip();
        Element heading = document.selectFirst("h1");
        return title.isEmpty() && heading != null ? heading.text() : title;
    }

    private static byte[] content(Document document, String title) {
        remove(document.select(NOT_CONTENT));
        Element body = document.body();
        Element main = main(document, body);
        if (main.equals(body)) {
            remove(document.select(AROUND));
        }
        Menus menus = new Menus();
        main.traverse(menus);
        remove(menus.found);
        Document kept = Document.createShell("");
        kept.title(title);
        kept.charset(StandardCharsets.UTF_8);
        kept.body().appendChildren(main.childNodesCopy());
        return kept.outerHtml().getBytes(StandardCharsets.UTF_8);
    }

    /** From each parent at once: one by one, each would have all that stand beside it counted anew. */
    private static void remove(List<Element> elements) {
        Set<Node> gone = Collections.newSetFromMap(new IdentityHashMap<>());
        gone.addAll(elements);
        Set<Element> parents = Collections.newSetFromMap(new IdentityHashMap<>());
        elements.forEach(element -> Optional.ofNullable(element.parent()).ifPresent(parents::add));
        for (Element parent : parents) {
            List<Node> kept = parent.childNodes().stream().filter(child -> !gone.contains(child)).toList();
            parent.empty();
            parent.appendChildren(kept);
        }
    }

    /** The longest part that is marked as the main one, if it holds a quarter of the text. */
    private static Element main(Document document, Element body) {
        Element main = body;
        int longest = body.text().length() / 4;
        for (Element part : document.select(MAIN).stream().limit(MOST_MAIN_PARTS).toList()) {
            int length = part.text().length();
            if (length >= longest) {
                main = part;
                longest = length + 1;
            }
        }
        return main;
    }

    /** Finds menus in one walk, however deep the page is nested. */
    private static final class Menus implements NodeVisitor {

        private static final Set<String> BLOCKS = Set.of("ul", "ol", "div", "section", "table");

        private final List<Element> found = new ArrayList<>();
        private final Deque<int[]> open = new ArrayDeque<>(List.of(new int[3]));

        @Override
        public void head(Node node, int depth) {
            if (node instanceof Element) {
                open.push(new int[3]);
            } else if (node instanceof TextNode text) {
                open.element()[TEXT] += text.text().strip().length();
            }
        }

        @Override
        public void tail(Node node, int depth) {
            if (!(node instanceof Element element)) {
                return;
            }
            int[] sums = open.pop();
            if (element.nameIs("a") && element.hasAttr("href")) {
                sums[LINKS] = 1;
                sums[LINKED] = sums[TEXT];
            }
            if (depth > 0 && BLOCKS.contains(element.normalName()) && sums[LINKS] >= MENU_LINKS
                    && sums[LINKED] >= sums[TEXT] * MENU_SHARE) {
                found.add(element);
                return;
            }
            for (int i = 0; i < sums.length; i++) {
                open.element()[i] += sums[i];
            }
        }
    }

    /**
     * What a page says.
     *
     * @param title     its title; may be empty
     * @param content   its main part, as HTML in UTF-8
     * @param canonical where on the site it wants to be known, if it says
     * @param links     where on the site it leads, each once, in order
     * @param mayBeKept whether it may be kept
     */
    record Page(String title, Content content, Optional<WebUrl> canonical, List<WebUrl> links, boolean mayBeKept) {
    }

    /** Bytes, equal only to themselves. */
    static final class Content {

        private final byte[] bytes;

        Content(byte[] bytes) {
            this.bytes = bytes;
        }

        byte[] bytes() {
            return bytes;
        }
    }
}
