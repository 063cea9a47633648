package io.croft.ingest.fetch;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** What a server answered, whatever its status. Immutable but for the bytes of the body. */
public final class Fetched {

    private final WebUrl url;
    private final List<WebUrl> redirects;
    private final int status;
    private final Map<String, String> headers;
    private final byte[] body;

    Fetched(WebUrl url, List<WebUrl> redirects, int status, Map<String, String> headers, byte[] body) {
        this.url = url;
        this.redirects = List.copyOf(redirects);
        this.status = status;
        this.headers = Map.copyOf(headers);
        this.body = body;
    }

    /** Whose answer it is: the last one of the redirects, or what was asked for. */
    public WebUrl url() {
        return url;
    }

    /** What was asked for and answered with a redirect, in order; empty if nothing was. */
    public List<WebUrl> redirects() {
        return redirects;
    }

    /** The status, 200 to 599; a redirect if it does not say where to, or none was to be followed. */
    public int status() {
        return status;
    }

    /**
     * A header; of several with the same name, the first.
     *
     * @param name in any case
     */
    public Optional<String> header(String name) {
        return Optional.ofNullable(headers.get(name.toLowerCase(Locale.ROOT)));
    }

    /** The body, inflated; empty if there is none. Not a copy: it belongs to the caller. */
    public byte[] body() {
        return body;
    }

    @Override
    public String toString() {
        return "Fetched[" + FetchException.shown(url.toString()) + ", status=" + status + ", bytes=" + body.length
                + "]";
    }
}
