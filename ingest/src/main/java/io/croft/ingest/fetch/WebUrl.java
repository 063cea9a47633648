package io.croft.ingest.fetch;

import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An absolute http or https URL in one spelling: scheme and host in lower case, the host in ASCII, the port left out
 * where it is the scheme's, no fragment, no dot segments, what may not stand in a URL escaped. It is read as browsers
 * read it; two that are the same to them are equal here. Immutable.
 */
public final class WebUrl {

    /** The longest URL that is read, in characters. */
    public static final int MAX_CHARS = 4000;

    private static final int HTTP_PORT = 80;
    private static final int HTTPS_PORT = 443;
    private static final int MAX_PORT = 65_535;
    private static final Pattern ABSOLUTE = Pattern.compile("(?i)([a-z][a-z0-9+.-]*):(.*)", Pattern.DOTALL);
    private static final Pattern WEB = Pattern.compile("//([^/?]*)([^?]*)(\\?.*)?", Pattern.DOTALL);
    private static final Pattern PORT = Pattern.compile("(.*?)(?::(\\d{0,5}))?");
    private static final String SAFE = "-._~!$&'()*+,;=:@/?";

    private final String scheme;
    private final HostName host;
    private final int port;
    private final String pathAndQuery;

    private WebUrl(String scheme, HostName host, int port, String pathAndQuery) {
        this.scheme = scheme;
        this.host = host;
        this.port = port;
        this.pathAndQuery = pathAndQuery;
    }

    /**
     * Reads an absolute URL.
     *
     * @throws FetchException with {@link FetchException.Reason#INVALID_URL} if it is none that can be fetched: not http
     *                        or https, longer than {@value #MAX_CHARS} characters, with a user name, or with a host
     *                        that cannot be
     */
    public static WebUrl parse(String url) {
        String cleaned = clean(url);
        Matcher absolute = ABSOLUTE.matcher(cleaned);
        if (!absolute.matches()) {
            throw invalid(url, "it is not absolute", "begin it with https://");
        }
        String scheme = absolute.group(1).toLowerCase(Locale.ROOT);
        if (!scheme.equals("http") && !scheme.equals("https")) {
            throw invalid(url, "its scheme is " + FetchException.shown(scheme), "use http or https");
        }
        Matcher parts = WEB.matcher(absolute.group(2));
        if (!parts.matches()) {
            throw invalid(url, "it names no host", "write it as " + scheme + "://host/path");
        }
        if (parts.group(1).indexOf('@') >= 0) {
            throw new FetchException(FetchException.Reason.INVALID_URL, "a URL holds a user name or password: leave"
                    + " them out, they are never sent");
        }
        Matcher authority = PORT.matcher(parts.group(1));
        Optional<HostName> host = authority.matches() ? HostName.parse(authority.group(1)) : Optional.empty();
        if (host.isEmpty()) {
            throw invalid(url, "no host can be called " + FetchException.shown(parts.group(1)), "correct the host");
        }
        int port = port(url, scheme, authority.group(2));
        String query = parts.group(3) == null ? "" : escape(parts.group(3));
        return new WebUrl(scheme, host.get(), port, path(escape(parts.group(2))) + query);
    }

    /**
     * Reads a reference as it stands in a page at this URL: absolute, or relative in any way.
     *
     * @throws FetchException as {@link #parse} does
     */
    public WebUrl resolve(String reference) {
        String cleaned = clean(reference);
        if (ABSOLUTE.matcher(cleaned).matches()) {
            return parse(cleaned);
        }
        if (cleaned.startsWith("//")) {
            return parse(scheme + ":" + cleaned);
        }
        if (cleaned.isEmpty()) {
            return this;
        }
        String path = pathAndQuery.split("\\?", 2)[0];
        String base = switch (cleaned.charAt(0)) {
            case '/' -> "";
            case '?' -> path;
            default -> path.substring(0, path.lastIndexOf('/') + 1);
        };
        return parse(origin() + base + cleaned);
    }

    /** {@code http} or {@code https}. */
    public String scheme() {
        return scheme;
    }

    /** The name of the host, or its address; one of IPv6 without brackets. */
    public String host() {
        return host.text();
    }

    /** The port, also if it is the scheme's. */
    public int port() {
        return port;
    }

    /** Path and query, beginning with a slash. */
    public String pathAndQuery() {
        return pathAndQuery;
    }

    /** Scheme, host, and the port unless it is the scheme's. */
    public String origin() {
        return scheme + "://" + host.inUrl() + (port == ofScheme(scheme) ? "" : ":" + port);
    }

    HostName hostName() {
        return host;
    }

    @Override
    public String toString() {
        return origin() + pathAndQuery;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof WebUrl that && toString().equals(that.toString());
    }

    @Override
    public int hashCode() {
        return toString().hashCode();
    }

    /** Without blanks around it, breaks of lines and the fragment; backslashes are slashes, except in a query. */
    private static String clean(String url) {
        if (url.length() > MAX_CHARS) {
            throw invalid(url, "it has " + url.length() + " characters", "keep it to " + MAX_CHARS);
        }
        String text = url.strip().replaceAll("[\\t\\n\\r]", "");
        int fragment = text.indexOf('#');
        text = fragment < 0 ? text : text.substring(0, fragment);
        int query = text.indexOf('?');
        return query < 0
                ? text.replace('\\', '/')
                : text.substring(0, query).replace('\\', '/') + text.substring(query);
    }

    private static int port(String url, String scheme, String digits) {
        if (digits == null || digits.isEmpty()) {
            return ofScheme(scheme);
        }
        int port = Integer.parseInt(digits);
        if (port < 1 || port > MAX_PORT) {
            throw invalid(url, "its port is " + port, "use 1 to " + MAX_PORT);
        }
        return port;
    }

    private static int ofScheme(String scheme) {
        return scheme.equals("http") ? HTTP_PORT : HTTPS_PORT;
    }

    private static String path(String path) {
        Deque<String> kept = new ArrayDeque<>();
        List<String> segments = List.of(path.split("/", -1));
        for (String segment : segments) {
            String dots = segment.replaceAll("(?i)%2e", ".");
            if (dots.equals("..")) {
                kept.pollLast();
            } else if (!dots.equals(".")) {
                kept.add(segment);
            }
        }
        String last = segments.getLast().replaceAll("(?i)%2e", ".");
        String joined = String.join("/", kept) + (last.equals(".") || last.equals("..") ? "/" : "");
        return "/" + joined.replaceFirst("^/+", "");
    }

    /** Escapes what may not stand in a path or a query; what is escaped already stays so. */
    private static String escape(String text) {
        StringBuilder escaped = new StringBuilder(text.length() + 16);
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < bytes.length; i++) {
            int value = bytes[i] & 0xff;
            boolean escape = value == '%' && i + 2 < bytes.length && hex(bytes[i + 1]) && hex(bytes[i + 2]);
            if (escape || (value < 0x80 && (Character.isLetterOrDigit(value) || SAFE.indexOf(value) >= 0))) {
                escaped.append((char) value);
            } else {
                escaped.append(String.format("%%%02X", value));
            }
        }
        return escaped.toString();
    }

    private static boolean hex(byte value) {
        return Character.digit(value, 16) >= 0;
    }

    private static FetchException invalid(String url, String what, String remedy) {
        return new FetchException(FetchException.Reason.INVALID_URL, "the URL " + FetchException.shown(url)
                + " cannot be fetched: " + what + "; " + remedy);
    }
}
