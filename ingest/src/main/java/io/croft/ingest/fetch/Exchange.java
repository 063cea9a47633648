package io.croft.ingest.fetch;

import io.croft.ingest.fetch.FetchException.Reason;
import java.io.IOException;
import java.io.InputStream;
import java.io.PushbackInputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPInputStream;
import org.apache.hc.client5.http.ConnectTimeoutException;
import org.apache.hc.client5.http.DnsResolver;
import org.apache.hc.client5.http.SchemePortResolver;
import org.apache.hc.client5.http.classic.methods.HttpGet;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.config.TlsConfig;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.classic.MinimalHttpClient;
import org.apache.hc.client5.http.impl.io.DefaultHttpClientConnectionOperator;
import org.apache.hc.client5.http.impl.io.ManagedHttpClientConnectionFactory;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManager;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.client5.http.io.DetachedSocketFactory;
import org.apache.hc.client5.http.io.HttpClientConnectionOperator;
import org.apache.hc.client5.http.protocol.HttpClientContext;
import org.apache.hc.client5.http.ssl.TlsSocketStrategy;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.HttpHeaders;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.NoHttpResponseException;
import org.apache.hc.core5.http.URIScheme;
import org.apache.hc.core5.http.config.CharCodingConfig;
import org.apache.hc.core5.http.config.Http1Config;
import org.apache.hc.core5.http.config.RegistryBuilder;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.util.TimeValue;
import org.apache.hc.core5.util.Timeout;

/**
 * One question and its answer over a connection to an address that was checked. The client is told the address with
 * each request and cannot look one up; it follows no redirect, knows no proxy, keeps no cookie and inflates nothing.
 * Connections are kept open for later questions to the same host at the same address. Thread-safe.
 */
final class Exchange implements AutoCloseable {

    /** The most headers of an answer, and the longest of its lines in bytes. */
    private static final int MAX_HEADERS = 200;
    private static final int MAX_LINE = 16_384;
    /** Addresses of one host that are tried. */
    private static final int MAX_ADDRESSES = 3;
    private static final int CONNECTIONS = 256;
    private static final int CONNECTIONS_OF_HOST = 16;
    private static final TimeValue KEPT = TimeValue.ofSeconds(30);

    private final MinimalHttpClient client;
    private final PoolingHttpClientConnectionManager connections;
    private final ScheduledThreadPoolExecutor timer;
    private final FetchLimits limits;
    private final String userAgent;

    Exchange(FetchLimits limits, String userAgent, DetachedSocketFactory sockets, TlsSocketStrategy tls) {
        this.limits = limits;
        this.userAgent = userAgent;
        this.connections = new ManagerBuilder(sockets)
                .setTlsSocketStrategy(tls)
                .setDnsResolver(new NoResolver())
                .setConnectionFactory(ManagedHttpClientConnectionFactory.builder()
                        .http1Config(Http1Config.custom().setMaxHeaderCount(MAX_HEADERS).setMaxLineLength(MAX_LINE)
                                .build())
                        // As browsers do: a redirect may name its host in the letters of its language.
                        .charCodingConfig(CharCodingConfig.custom().setCharset(StandardCharsets.UTF_8)
                                .setMalformedInputAction(CodingErrorAction.REPLACE).build())
                        .build())
                .setDefaultConnectionConfig(ConnectionConfig.custom().setConnectTimeout(timeout(limits.connect()))
                        .setSocketTimeout(timeout(limits.silence())).setTimeToLive(KEPT)
                        .setValidateAfterInactivity(TimeValue.ofSeconds(1)).build())
                .setDefaultTlsConfig(TlsConfig.custom().setHandshakeTimeout(timeout(limits.connect())).build())
                .setMaxConnTotal(CONNECTIONS).setMaxConnPerRoute(CONNECTIONS_OF_HOST).build();
        this.client = HttpClients.createMinimal(connections);
        this.timer = new ScheduledThreadPoolExecutor(1,
                Thread.ofPlatform().daemon().name("croft-fetch-timer").factory());
        timer.setRemoveOnCancelPolicy(true);
    }

    /** Asks the first of the addresses that a connection can be made to. */
    Fetched get(WebUrl url, List<InetAddress> addresses, Map<String, String> headers, List<WebUrl> redirects,
            Deadline deadline) throws IOException {
        int tries = Math.min(addresses.size(), MAX_ADDRESSES);
        for (int i = 0;; i++) {
            try {
                return get(url, addresses.get(i), headers, redirects, deadline);
            } catch (ConnectException | NoRouteToHostException | ConnectTimeoutException e) {
                if (i + 1 == tries || deadline.isOver()) {
                    throw e;
                }
            }
        }
    }

    private Fetched get(WebUrl url, InetAddress address, Map<String, String> headers, List<WebUrl> redirects,
            Deadline deadline) throws IOException {
        try {
            return ask(url, address, headers, redirects, deadline);
        } catch (NoHttpResponseException e) {
            // The server closed a connection that was kept just as it was used: that says nothing of the page.
            return ask(url, address, headers, redirects, deadline);
        }
    }

    private Fetched ask(WebUrl url, InetAddress address, Map<String, String> headers, List<WebUrl> redirects,
            Deadline deadline) throws IOException {
        HttpGet get = new HttpGet(URI.create(url.toString()));
        headers.forEach(get::setHeader);
        get.setHeader(HttpHeaders.USER_AGENT, userAgent);
        get.setHeader(HttpHeaders.ACCEPT_ENCODING, "gzip");
        get.setConfig(RequestConfig.custom().setConnectionRequestTimeout(timeout(left(deadline)))
                .setResponseTimeout(timeout(min(left(deadline), limits.silence()))).build());
        HttpHost host = new HttpHost(url.scheme(), address, url.host(), url.port());
        // Closes the connection, whatever it is just waiting for: a timeout of the socket ends no answer that trickles.
        Future<?> end = timer.schedule(get::cancel, deadline.nanosLeft(), TimeUnit.NANOSECONDS);
        try (ClassicHttpResponse response = client.executeOpen(host, get, HttpClientContext.create())) {
            byte[] body = body(url, response.getEntity());
            return new Fetched(url, redirects, response.getCode(), headers(response), body);
        } finally {
            end.cancel(false);
        }
    }

    private byte[] body(WebUrl url, HttpEntity entity) throws IOException {
        if (entity == null) {
            return new byte[0];
        }
        int most = limits.bytes();
        if (entity.getContentLength() > most) {
            throw tooLarge(url);
        }
        try (InputStream content = inflated(entity)) {
            byte[] body = content.readNBytes(most + 1);
            if (body.length > most) {
                throw tooLarge(url);
            }
            return body;
        }
    }

    private FetchException tooLarge(WebUrl url) {
        return new FetchException(Reason.TOO_LARGE, FetchException.shown(url.toString()) + " has more than "
                + limits.bytes() + " bytes, as sent or inflated: raise the fetcher's maxBytes, or leave it out");
    }

    private static InputStream inflated(HttpEntity entity) throws IOException {
        String coding = entity.getContentEncoding() == null
                ? ""
                : entity.getContentEncoding().strip().toLowerCase(Locale.ROOT);
        return switch (coding) {
            case "", "identity" -> entity.getContent();
            case "gzip", "x-gzip" -> unzipped(new PushbackInputStream(entity.getContent()));
            default -> throw new FetchException(Reason.UNREADABLE, "a content coding was sent that was not asked for: "
                    + FetchException.shown(coding) + "; have the server send gzip, or none");
        };
    }

    /** Nothing at all is taken for nothing, as some servers send it. */
    private static InputStream unzipped(PushbackInputStream content) throws IOException {
        int first = content.read();
        if (first < 0) {
            return content;
        }
        content.unread(first);
        return new GZIPInputStream(content);
    }

    private static Map<String, String> headers(ClassicHttpResponse response) {
        Map<String, String> headers = new HashMap<>();
        for (Header header : response.getHeaders()) {
            if (header.getValue() != null) {
                headers.putIfAbsent(header.getName().toLowerCase(Locale.ROOT), header.getValue());
            }
        }
        return headers;
    }

    private static Duration left(Deadline deadline) throws SocketTimeoutException {
        Duration left = Duration.ofNanos(deadline.nanosLeft());
        if (left.toMillis() == 0) {
            throw new SocketTimeoutException("no time left");
        }
        return left;
    }

    private static Duration min(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }

    private static Timeout timeout(Duration duration) {
        return Timeout.of(duration);
    }

    @Override
    public void close() {
        timer.shutdownNow();
        client.close(CloseMode.IMMEDIATE);
        connections.close(CloseMode.IMMEDIATE);
    }

    /** Has the client make its sockets where it is told. */
    private static final class ManagerBuilder extends PoolingHttpClientConnectionManagerBuilder {

        private final DetachedSocketFactory sockets;

        ManagerBuilder(DetachedSocketFactory sockets) {
            this.sockets = sockets;
        }

        @Override
        protected HttpClientConnectionOperator createConnectionOperator(
                SchemePortResolver schemePortResolver, DnsResolver dnsResolver,
                TlsSocketStrategy tlsSocketStrategy) {
            return new DefaultHttpClientConnectionOperator(sockets, schemePortResolver, dnsResolver,
                    RegistryBuilder.<TlsSocketStrategy>create().register(URIScheme.HTTPS.id, tlsSocketStrategy)
                            .build());
        }
    }

    /** Looks nothing up: every address comes with its request. */
    private static final class NoResolver implements DnsResolver {

        @Override
        public InetAddress[] resolve(String host) throws UnknownHostException {
            throw new UnknownHostException(host + " came without an address");
        }

        @Override
        public String resolveCanonicalHostname(String host) throws UnknownHostException {
            throw new UnknownHostException(host + " came without an address");
        }
    }
}
