package io.croft.ingest.crawl;

/**
 * A page to be kept. The bytes are not copied.
 *
 * <p>What it holds is what is worth searching: of HTML the main part without navigation, banners and scripts, as HTML
 * in UTF-8; of other types what was fetched.
 */
public final class CrawledPage {

    private final String id;
    private final String url;
    private final String title;
    private final String type;
    private final byte[] content;

    CrawledPage(String id, String url, String title, String type, byte[] content) {
        this.id = id;
        this.url = url;
        this.title = title;
        this.type = type;
        this.content = content;
    }

    /** The id for its document: the URL, or a shorter text made of it where that is too long for one. */
    public String id() {
        return id;
    }

    /** Where it is, in the one spelling of URLs. */
    public String url() {
        return url;
    }

    /** Its title; may be empty. */
    public String title() {
        return title;
    }

    /** The media type, without parameters, such as {@code text/html}. */
    public String type() {
        return type;
    }

    /** The content; not a copy. */
    public byte[] content() {
        return content;
    }

    @Override
    public String toString() {
        return "CrawledPage[" + id + ", " + type + ", bytes=" + content.length + "]";
    }
}
