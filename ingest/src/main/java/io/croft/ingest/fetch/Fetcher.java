package io.croft.ingest.fetch;

import io.croft.InvalidInputException;
import io.croft.ingest.fetch.FetchException.Reason;
import java.io.EOFException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.zip.ZipException;
import javax.net.ssl.SSLContext;
import org.apache.hc.client5.http.ClientProtocolException;
import org.apache.hc.client5.http.io.DetachedSocketFactory;
import org.apache.hc.client5.http.ssl.DefaultClientTlsStrategy;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.MalformedChunkCodingException;
import org.apache.hc.core5.http.MessageConstraintException;
import org.apache.hc.core5.ssl.SSLContexts;

/**
 * Fetches from the public web what a URL names that somebody else chose, with GET.
 *
 * <p>A host is looked up once for each request, all its addresses must be public, and the connection goes to one of
 * just those; so it is again for each redirect, of which at most {@value #MAX_REDIRECTS} are followed. Ports are 80 and
 * 443, schemes http and https. URLs with user names are refused, and no credential, cookie or proxy is used. An answer
 * has at most 20 MB, as sent and inflated, 200 headers of 16 KB each, and all of it must be there within a minute; a
 * connection within ten seconds, the next byte within twenty. What is asked for within an organisation's own network
 * must be {@linkplain Builder#allow allowed} by name.
 *
 * <p>Thread-safe. At most 256 connections are open, 16 to one host; other calls wait within their time. Close it to
 * close them.
 */
public final class Fetcher implements AutoCloseable {

    /** The most redirects that are followed, one after the other. */
    public static final int MAX_REDIRECTS = 10;

    private static final int MAX_BYTES = 1 << 30;
    private static final Duration MAX_TIME = Duration.ofHours(1);

    private final Destinations destinations;
    private final Exchange exchange;
    private final FetchLimits limits;
    private final String userAgent;

    private Fetcher(Destinations destinations, Exchange exchange, FetchLimits limits, String userAgent) {
        this.destinations = destinations;
        this.exchange = exchange;
        this.limits = limits;
        this.userAgent = userAgent;
    }

    public static Builder builder() {
        return new Builder();
    }

    /** What it calls itself to servers. */
    public String userAgent() {
        return userAgent;
    }

    /** The most time that one fetch takes. */
    public Duration timeout() {
        return limits.whole();
    }

    /**
     * Fetches, following redirects. What is known already of the page is told to the first server alone.
     *
     * @return the answer, whatever its status
     * @throws FetchException if there is none, or it may not be asked for
     */
    public Fetched fetch(FetchRequest request) {
        Deadline deadline = Deadline.in(limits.whole());
        List<WebUrl> redirects = new ArrayList<>();
        Fetched answer = ask(request, redirects, deadline);
        for (Optional<String> to = redirect(answer); to.isPresent(); to = redirect(answer)) {
            if (redirects.size() == MAX_REDIRECTS) {
                throw new FetchException(Reason.TOO_MANY_REDIRECTS, FetchException.shown(request.url())
                        + " led to more than " + MAX_REDIRECTS + " redirects: use the URL that they end at");
            }
            redirects.add(answer.url());
            answer = ask(FetchRequest.of(answer.url().resolve(to.get()).toString()), redirects, deadline);
        }
        return answer;
    }

    /**
     * Fetches, and answers a redirect as what it is.
     *
     * @return the answer, whatever its status
     * @throws FetchException if there is none, or it may not be asked for
     */
    public Fetched fetchOnce(FetchRequest request) {
        return ask(request, List.of(), Deadline.in(limits.whole()));
    }

    private Fetched ask(FetchRequest request, List<WebUrl> redirects, Deadline deadline) {
        Map<String, String> headers = new LinkedHashMap<>();
        request.etag().ifPresent(etag -> headers.put("If-None-Match", etag));
        request.lastModified().ifPresent(time -> headers.put("If-Modified-Since", time));
        return ask(WebUrl.parse(request.url()), headers, redirects, deadline);
    }

    private Fetched ask(WebUrl url, Map<String, String> headers, List<WebUrl> redirects, Deadline deadline) {
        List<InetAddress> addresses = destinations.of(url, deadline);
        try {
            return exchange.get(url, addresses, headers, redirects, deadline);
        } catch (IOException e) {
            throw failure(url, deadline, e);
        }
    }

    private static Optional<String> redirect(Fetched answer) {
        return switch (answer.status()) {
            case 301, 302, 303, 307, 308 -> answer.header("Location");
            default -> Optional.empty();
        };
    }

    private static FetchException failure(WebUrl url, Deadline deadline, IOException e) {
        String shown = FetchException.shown(url.toString());
        if (Thread.currentThread().isInterrupted()) {
            return new FetchException(Reason.INTERRUPTED, "interrupted while " + shown + " was fetched: fetch again",
                    e);
        }
        if (deadline.isOver() || e instanceof InterruptedIOException) {
            return new FetchException(Reason.TIMEOUT, shown + " was not answered in time: try again later, or raise"
                    + " the fetcher's timeout", e);
        }
        if (e instanceof ClientProtocolException || e instanceof MessageConstraintException
                || e instanceof MalformedChunkCodingException || e instanceof ZipException || e instanceof EOFException
                || e.getCause() instanceof HttpException) {
            return new FetchException(Reason.UNREADABLE, shown + " was answered with what is no HTTP, or damaged: look"
                    + " at it with another client", e);
        }
        return new FetchException(Reason.UNREACHABLE, "the host of " + shown + " could not be reached, or did not"
                + " answer to the end: try again later", e);
    }

    @Override
    public void close() {
        exchange.close();
    }

    /** Settings of a fetcher. Not thread-safe. */
    public static final class Builder {

        private final Set<Integer> ports = new HashSet<>(Set.of(80, 443));
        private final Set<String> allowed = new HashSet<>();
        private FetchLimits limits = FetchLimits.DEFAULT;
        private String userAgent = "croft";
        private Optional<SSLContext> tls = Optional.empty();
        private HostResolver resolver = HostResolver.ofSystem();
        private DetachedSocketFactory sockets = proxy -> new Socket();

        private Builder() {
        }

        /**
         * Allows one host at one port, whatever its addresses are. Whoever can have something fetched then reaches it,
         * also by a redirect, and whoever runs its name chooses where the connection goes.
         *
         * @param host a name or an address, as it will stand in URLs
         * @param port 1 to 65,535
         * @throws InvalidInputException if no host can be called that, or there is no such port
         */
        public Builder allow(String host, int port) {
            allowed.add(Destinations.key(host, checked(port)));
            return this;
        }

        /**
         * Allows a port, beside 80 and 443, for all public hosts.
         *
         * @param port 1 to 65,535
         * @throws InvalidInputException if there is no such port
         */
        public Builder allowPort(int port) {
            ports.add(checked(port));
            return this;
        }

        /**
         * Sets what this program calls itself to servers: a name, then how to reach you, such as {@code
         * acme-search/1.0 (+https://acme.example/bot)}. Default {@code croft}.
         *
         * @throws InvalidInputException if it is empty, longer than 200 characters, or not of visible ASCII
         */
        public Builder userAgent(String agent) {
            if (agent.isBlank() || agent.length() > 200 || !FetchRequest.isValidator(agent)) {
                throw new InvalidInputException("the user agent has " + agent.length()
                        + " characters: it must have 1 to 200 of visible ASCII");
            }
            userAgent = agent;
            return this;
        }

        /**
         * Sets the most bytes of a body, as sent and inflated; default 20 MB.
         *
         * @param bytes 1 to 1 GB
         * @throws InvalidInputException if it is less or more
         */
        public Builder maxBytes(int bytes) {
            if (bytes < 1 || bytes > MAX_BYTES) {
                throw new InvalidInputException("at most " + bytes + " bytes are to be fetched: give 1 to "
                        + MAX_BYTES);
            }
            limits = limits.withBytes(bytes);
            return this;
        }

        /**
         * Sets the most time of a fetch, with all its redirects; default a minute.
         *
         * @param time more than 0, at most an hour
         * @throws InvalidInputException if it is less or more
         */
        public Builder timeout(Duration time) {
            if (time.isNegative() || time.isZero() || time.compareTo(MAX_TIME) > 0) {
                throw new InvalidInputException("the timeout of a fetch is " + time + ": give more than 0, at most "
                        + MAX_TIME);
            }
            limits = limits.withWhole(time);
            return this;
        }

        /**
         * Sets whom to trust, and what to say of oneself; default whom Java trusts, and nothing, whatever key this
         * process has. Names of hosts are checked in any case.
         */
        public Builder tls(SSLContext context) {
            tls = Optional.of(context);
            return this;
        }

        Builder resolver(HostResolver names) {
            resolver = names;
            return this;
        }

        Builder sockets(DetachedSocketFactory factory) {
            sockets = factory;
            return this;
        }

        public Fetcher build() {
            Exchange exchange = new Exchange(limits, userAgent, sockets,
                    new DefaultClientTlsStrategy(tls.orElseGet(SSLContexts::createDefault)));
            return new Fetcher(new Destinations(resolver, ports, allowed), exchange, limits, userAgent);
        }

        private static int checked(int port) {
            if (port < 1 || port > 65_535) {
                throw new InvalidInputException("port " + port + " cannot be: give 1 to 65535");
            }
            return port;
        }
    }
}
