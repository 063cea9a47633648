package io.croft.ingest.fetch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.croft.InvalidInputException;
import io.croft.ingest.fetch.FetchException.Reason;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FetcherTest {

    private static final String OK = "HTTP/1.1 200 OK\r\n";
    private static final int SMALL = 10_000;

    @Test
    void fetch_givesStatusHeadersAndBody() throws IOException {
        try (RawServer server = RawServer.answering("HTTP/1.1 404 Gone\r\nETag: \"7\"\r\nX: 1\r\nx: 2\r\n"
                + "Content-Length: 5\r\n\r\nhello")) {
            Fetched answer = fetch(server);

            assertThat(answer.status()).isEqualTo(404);
            assertThat(answer.header("etag")).contains("\"7\"");
            assertThat(answer.header("X")).contains("1");
            assertThat(answer.header("y")).isEmpty();
            assertThat(answer.body()).asString(StandardCharsets.UTF_8).isEqualTo("hello");
            assertThat(answer.url()).hasToString(server.url());
            assertThat(answer.redirects()).isEmpty();
        }
    }

    @Test
    void fetch_tellsNothingButWhatItMust() throws IOException {
        try (RawServer server = RawServer.answering(OK + "Set-Cookie: a=b\r\n\r\n");
                Fetcher fetcher = allowing(server)
                        .userAgent("acme/1.0").build()) {
            fetcher.fetch(FetchRequest.of(server.url() + "a?b=c#d"));
            fetcher.fetch(new FetchRequest(server.url(), Optional.of("\"7\""), Optional.of("yesterday")));

            assertThat(server.heads().getFirst().lines()).containsExactlyInAnyOrder("GET /a?b=c HTTP/1.1",
                    "Host: 127.0.0.1:" + server.port(), "User-Agent: acme/1.0", "Accept-Encoding: gzip",
                    "Connection: keep-alive");
            assertThat(server.heads().getLast().lines()).contains("If-None-Match: \"7\"",
                    "If-Modified-Since: yesterday").noneMatch(line -> line.startsWith("Cookie"));
        }
    }

    @Test
    void fetch_tellsWhatIsKnownToTheFirstServerAlone() throws IOException {
        try (RawServer last = RawServer.answering(OK + "\r\nlast");
                RawServer first = RawServer.answering("HTTP/1.1 302 Found\r\nLocation: " + last.url() + "\r\n\r\n");
                Fetcher fetcher = allowing(first).allow("127.0.0.1", last.port()).build()) {
            Fetched answer = fetcher.fetch(new FetchRequest(first.url(), Optional.of("\"7\""), Optional.empty()));

            assertThat(answer.body()).asString().isEqualTo("last");
            assertThat(answer.redirects()).extracting(WebUrl::toString).containsExactly(first.url());
            assertThat(first.heads().getFirst()).contains("\"7\"");
            assertThat(last.heads().getFirst()).doesNotContain("\"7\"");
        }
    }

    @Test
    void fetch_followsTenRedirectsAndNoMore() throws IOException {
        try (TestWeb web = new TestWeb(); Fetcher fetcher = web.fetcher().build()) {
            web.name("a.example", List.of(List.of(TestWeb.address("8.8.8.8"))));
            for (int i = 1; i <= 11; i++) {
                web.redirect("/" + i, "/" + (i - 1));
            }

            assertThat(fetcher.fetch(FetchRequest.of("http://a.example/10")).redirects()).hasSize(10);
            assertFails(fetcher, "http://a.example/11", Reason.TOO_MANY_REDIRECTS);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n\r\n",
            "HTTP/1.1 301 Moved\r\nLocation: //[::1]/\r\n\r\n", "HTTP/1.1 308 Moved\r\nLocation: http://0/\r\n\r\n"})
    void fetch_checksWhereRedirectsLead(String answer) throws IOException {
        try (RawServer server = RawServer.answering(answer)) {
            FetchException failure = catchThrowableOfType(FetchException.class, () -> fetch(server));

            assertThat(failure.reason()).isIn(Reason.FORBIDDEN_PORT, Reason.FORBIDDEN_ADDRESS);
            assertThat(failure.mayPass()).isFalse();
        }
    }

    @Test
    void fetch_refusesWhatIsNotAllowed() throws IOException {
        try (TestWeb web = new TestWeb(); Fetcher fetcher = web.fetcher().allowPort(8080).build()) {
            InetAddress open = TestWeb.address("8.8.8.8");
            web.name("a.example", List.of(List.of(open)));
            web.name("mixed.example", List.of(List.of(open, TestWeb.address("10.0.0.1"))));

            assertThat(fetcher.fetch(FetchRequest.of("http://a.example:8080/")).status()).isEqualTo(200);
            assertFails(fetcher, "http://a.example:8081/", Reason.FORBIDDEN_PORT);
            assertFails(fetcher, "http://mixed.example/", Reason.FORBIDDEN_ADDRESS);
            assertFails(fetcher, "http://nobody.example/", Reason.UNKNOWN_HOST);
            assertThat(web.connections()).isEqualTo(1);
        }
    }

    @Test
    void fetch_reachesAllowedHostsAtTheirPortAlone() throws IOException {
        try (TestWeb web = new TestWeb();
                Fetcher fetcher = web.fetcher().allow("Wiki.Internal.", 8443)
                        .allow("::1", 81).build()) {
            web.name("wiki.internal", List.of(List.of(TestWeb.address("10.0.0.1"))));

            assertThat(fetcher.fetch(FetchRequest.of("http://wiki.internal:8443/")).status()).isEqualTo(200);
            assertThat(fetcher.fetch(FetchRequest.of("http://[::1]:81/")).status()).isEqualTo(200);
            assertFails(fetcher, "http://wiki.internal/", Reason.FORBIDDEN_ADDRESS);
            assertFails(fetcher, "http://[::1]/", Reason.FORBIDDEN_ADDRESS);
        }
    }

    @Test
    void fetch_triesTheNextAddress() throws IOException {
        try (RawServer server = RawServer.answering(OK + "\r\nhello");
                Fetcher fetcher = Fetcher.builder()
                        .allow("two.example", server.port())
                        .resolver(host -> List.of(TestWeb.address("127.0.0.99"), TestWeb.address("127.0.0.1")))
                        .build()) {
            Fetched answer = fetcher.fetch(FetchRequest.of("http://two.example:" + server.port() + "/"));

            assertThat(answer.body()).asString().isEqualTo("hello");
            assertThat(server.heads().getFirst()).contains("Host: two.example:" + server.port());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"Content-Length: 20000\r\n\r\n", "Content-Length: 999999999999\r\n\r\n", "\r\n"})
    void fetch_endsWhatIsTooLarge(String head) throws IOException {
        try (RawServer server = RawServer.answering(OK + head + "a".repeat(20_000))) {
            assertThat(failure(server)).isEqualTo(Reason.TOO_LARGE);
        }
    }

    @Test
    void fetch_takesWhatIsJustSmallEnough() throws IOException {
        try (RawServer server = RawServer.answering(OK + "\r\n" + "a".repeat(SMALL))) {
            assertThat(fetch(server).body()).hasSize(SMALL);
        }
    }

    @Test
    void fetch_inflatesWithinTheLimit() throws IOException {
        try (RawServer small = zipped(SMALL); RawServer bomb = zipped(50_000_000)) {
            assertThat(fetch(small).body()).hasSize(SMALL);
            assertThat(failure(bomb)).isEqualTo(Reason.TOO_LARGE);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {OK + "Content-Encoding: br\r\n\r\nx",
            OK + "Content-Encoding: gzip, gzip\r\n\r\nx", OK + "Content-Encoding: gzip\r\n\r\nno gzip at all",
            OK + "Transfer-Encoding: chunked\r\n\r\nzz\r\n"})
    void fetch_refusesWhatIsNoAnswer(String answer) throws IOException {
        try (RawServer server = RawServer.answering(answer)) {
            assertThat(failure(server)).isEqualTo(Reason.UNREADABLE);
        }
    }

    @Test
    void fetch_boundsTheHead() throws IOException {
        try (RawServer many = RawServer.answering(OK + "A: b\r\n".repeat(300) + "\r\n");
                RawServer wide = RawServer.answering(OK + "A: " + "b".repeat(20_000) + "\r\n\r\n")) {
            assertThat(failure(many)).isEqualTo(Reason.UNREADABLE);
            assertThat(failure(wide)).isEqualTo(Reason.UNREADABLE);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {OK + "Content-Length: 100\r\n\r\nhello", "SSH-2.0-OpenSSH_9.2\r\n", "HTTP/1.1 abc\r\n\r\n"})
    void fetch_saysThatNoAnswerCameToItsEnd(String answer) throws IOException {
        try (RawServer server = RawServer.answering(answer);
                Fetcher fetcher = allowing(server).build()) {
            FetchException failure = catchThrowableOfType(FetchException.class,
                    () -> fetcher.fetch(FetchRequest.of(server.url())));

            assertThat(failure.reason()).isEqualTo(Reason.UNREACHABLE);
            assertThat(failure.mayPass()).isTrue();
        }
    }

    @Test
    void fetch_endsAnAnswerThatTrickles() throws Exception {
        CountDownLatch gone = new CountDownLatch(1);
        try (RawServer server = new RawServer(socket -> trickle(socket.getOutputStream(), OK + "\r\n", gone));
                Fetcher fetcher = allowing(server).timeout(Duration.ofMillis(500)).build()) {
            assertFails(fetcher, server.url(), Reason.TIMEOUT);
            assertThat(gone.await(20, TimeUnit.SECONDS)).as("the connection is closed").isTrue();
        }
    }

    @Test
    void fetch_endsAHeadThatTrickles() throws Exception {
        CountDownLatch gone = new CountDownLatch(1);
        try (RawServer server = new RawServer(socket -> trickle(socket.getOutputStream(), OK + "A: ", gone));
                Fetcher fetcher = allowing(server).timeout(Duration.ofMillis(500)).build()) {
            assertFails(fetcher, server.url(), Reason.TIMEOUT);
            assertThat(gone.await(20, TimeUnit.SECONDS)).as("the connection is closed").isTrue();
        }
    }

    @Test
    void fetch_endsRedirectsThatTakeTooLongTogether() throws IOException {
        CountDownLatch never = new CountDownLatch(1);
        try (RawServer server = new RawServer(socket -> {
            pause(never, 200);
            socket.getOutputStream()
                    .write("HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n".getBytes(StandardCharsets.UTF_8));
        }); Fetcher fetcher = allowing(server).timeout(Duration.ofMillis(500)).build()) {
            assertFails(fetcher, server.url(), Reason.TIMEOUT);
        }
    }

    @Test
    void fetch_waitsForNoNameTooLong() throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        try (Fetcher fetcher = Fetcher.builder().timeout(Duration.ofMillis(200)).resolver(host -> {
            pause(never, 60_000);
            return List.of();
        }).build()) {
            assertFails(fetcher, "http://slow.example/", Reason.TIMEOUT);
        } finally {
            never.countDown();
        }
    }

    @Test
    void fetch_endsWhenInterrupted() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch gone = new CountDownLatch(1);
        AtomicReference<FetchException> failure = new AtomicReference<>();
        try (RawServer server = new RawServer(socket -> {
            asked.countDown();
            trickle(socket.getOutputStream(), OK + "\r\n", gone);
        }); Fetcher fetcher = allowing(server).build()) {
            Thread caller = Thread.ofVirtual().start(() -> failure.set(catchThrowableOfType(FetchException.class,
                    () -> fetcher.fetch(FetchRequest.of(server.url())))));
            assertThat(asked.await(20, TimeUnit.SECONDS)).isTrue();

            caller.interrupt();

            caller.join();
            assertThat(failure.get().reason()).isEqualTo(Reason.INTERRUPTED);
            assertThat(gone.await(20, TimeUnit.SECONDS)).as("the connection is closed").isTrue();
        }
    }

    @Test
    void fetch_saysThatNobodyListens() throws IOException {
        int port;
        try (RawServer server = RawServer.answering("")) {
            port = server.port();
        }
        try (Fetcher fetcher = Fetcher.builder().allow("localhost", port).build()) {
            assertFails(fetcher, "http://localhost:" + port + "/", Reason.UNREACHABLE);
        }
    }

    @Test
    void settings_areChecked() {
        Fetcher.Builder builder = Fetcher.builder();

        assertThatThrownBy(() -> builder.allow("http://a/", 80)).isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> builder.allow("a", 0)).isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> builder.allowPort(65_536)).isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> builder.userAgent("a\r\nb")).isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> builder.maxBytes(0)).isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> builder.timeout(Duration.ZERO)).isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> new FetchRequest("http://a/", Optional.of("a\nb"), Optional.empty()))
                .isInstanceOf(InvalidInputException.class);
    }

    private static void trickle(OutputStream out, String head, CountDownLatch gone) throws IOException {
        out.write(head.getBytes(StandardCharsets.UTF_8));
        try {
            while (!pause(gone, 10)) {
                out.write('a');
                out.flush();
            }
        } catch (IOException e) {
            gone.countDown();
            throw e;
        }
    }

    private static boolean pause(CountDownLatch over, long millis) {
        try {
            return over.await(millis, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return true;
        }
    }

    private static RawServer zipped(int bytes) throws IOException {
        ByteArrayOutputStream zipped = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(zipped)) {
            out.write(new byte[bytes]);
        }
        return new RawServer(socket -> {
            OutputStream out = socket.getOutputStream();
            out.write((OK + "Content-Encoding: gzip\r\n\r\n").getBytes(StandardCharsets.UTF_8));
            out.write(zipped.toByteArray());
        });
    }

    private static Fetcher.Builder allowing(RawServer server) {
        return Fetcher.builder().allow("127.0.0.1", server.port()).maxBytes(SMALL);
    }

    private static Fetched fetch(RawServer server) {
        try (Fetcher fetcher = allowing(server).build()) {
            return fetcher.fetch(FetchRequest.of(server.url()));
        }
    }

    private static Reason failure(RawServer server) {
        return catchThrowableOfType(FetchException.class, () -> fetch(server)).reason();
    }

    private static void assertFails(Fetcher fetcher, String url, Reason reason) {
        assertThatThrownBy(() -> fetcher.fetch(FetchRequest.of(url))).isInstanceOfSatisfying(FetchException.class,
                e -> assertThat(e.reason()).isEqualTo(reason));
    }
}
