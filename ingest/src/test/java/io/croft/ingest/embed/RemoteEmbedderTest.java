package io.croft.ingest.embed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.croft.CroftException;
import io.croft.InvalidInputException;
import io.croft.Secret;
import io.croft.content.EmbedderUnavailableException;
import io.croft.content.EmbeddingModel;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Against a real server that behaves badly. */
class RemoteEmbedderTest {

    private static final EmbeddingModel MODEL = new EmbeddingModel("remote", 3, 0);
    private static final String SECRET_TEXT = "nobody is to read this";

    /** What the server does with its requests, one after the other; the last one with all that follow. */
    private final List<Behaviour> behaviours = new CopyOnWriteArrayList<>();
    private final List<String> bodies = new CopyOnWriteArrayList<>();
    private final List<String> keys = new CopyOnWriteArrayList<>();
    private final AtomicInteger atOnce = new AtomicInteger();
    private final AtomicInteger mostAtOnce = new AtomicInteger();
    private final CountDownLatch end = new CountDownLatch(1);
    private ExecutorService threads;
    private HttpServer server;

    @FunctionalInterface
    private interface Behaviour {

        void answer(HttpExchange exchange, String body) throws IOException, InterruptedException;
    }

    @BeforeEach
    void open() throws IOException {
        threads = Executors.newVirtualThreadPerTaskExecutor();
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 100);
        server.setExecutor(threads);
        server.createContext("/", this::serve);
        server.start();
    }

    @AfterEach
    void close() {
        end.countDown();
        server.stop(0);
        threads.shutdownNow();
    }

    private void serve(HttpExchange exchange) throws IOException {
        mostAtOnce.accumulateAndGet(atOnce.incrementAndGet(), Math::max);
        try (exchange) {
            String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            bodies.add(body);
            keys.add(String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
            behaviours.get(Math.min(bodies.size(), behaviours.size()) - 1).answer(exchange, body);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            atOnce.decrementAndGet();
        }
    }

    private static void send(HttpExchange exchange, int status, String json) throws IOException {
        byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    private static int texts(String body) {
        String input = body.substring(body.indexOf("\"input\":[") + 9, body.lastIndexOf(']'));
        return (int) input.chars().filter(c -> c == '"').count() / 2;
    }

    /** Vectors of length 2, last one first. */
    private static void good(HttpExchange exchange, String body) throws IOException {
        List<String> vectors = new ArrayList<>();
        for (int i = texts(body) - 1; i >= 0; i--) {
            vectors.add("{\"object\":\"embedding\",\"index\":" + i + ",\"embedding\":[" + (i == 0 ? "2,0" : "0,-2.0e0")
                    + ",0]}");
        }
        send(exchange, 200, "{\"object\":\"list\",\"data\":[" + String.join(",", vectors)
                + "],\"usage\":{\"total_tokens\":[1,{\"a\":2}]}}");
    }

    private static Behaviour status(int status, String... headers) {
        return (exchange, body) -> {
            for (int i = 0; i < headers.length; i += 2) {
                exchange.getResponseHeaders().set(headers[i], headers[i + 1]);
            }
            send(exchange, status, "{\"error\":\"" + SECRET_TEXT + "\"}");
        };
    }

    private static Behaviour json(String answer) {
        return (exchange, body) -> send(exchange, 200, answer);
    }

    private RemoteEmbedder.Builder builder() {
        return RemoteEmbedder.builder(
                URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/v1/embeddings"), MODEL);
    }

    @Test
    void embed_scalesAndOrders() {
        behaviours.add(RemoteEmbedderTest::good);
        try (RemoteEmbedder embedder = builder().name("served \"so\"").key(Secret.of("k-1")).passagePrefix("passage: ")
                .queryPrefix("query: ").build()) {
            List<float[]> vectors = embedder.embed(List.of("one", "two\n\u0007", "three"));

            assertThat(vectors).hasSize(3);
            assertThat(vectors.get(0)).containsExactly(new float[]{1, 0, 0}, within(1e-6f));
            assertThat(vectors.get(1)).containsExactly(new float[]{0, -1, 0}, within(1e-6f));
            assertThat(embedder.embedQuery("four")).containsExactly(new float[]{1, 0, 0}, within(1e-6f));
            assertThat(keys).containsOnly("Bearer k-1");
            assertThat(bodies.getFirst()).contains("served \\\"so\\\"", "\"passage: one\"", "\"float\"");
            assertThat(bodies.get(1)).contains("\"query: four\"");
            assertThat(embedder.model()).isEqualTo(MODEL);
        }
    }

    @Test
    void embed_asksInBatches() {
        behaviours.add(RemoteEmbedderTest::good);
        try (RemoteEmbedder embedder = builder().batch(40).build()) {
            assertThat(embedder.embed(IntStream.range(0, 100).mapToObj(i -> "text " + i).toList())).hasSize(100);

            assertThat(bodies).extracting(RemoteEmbedderTest::texts).containsExactly(40, 40, 20);
            assertThat(embedder.batchSize()).isEqualTo(40);
        }
    }

    @Test
    void embed_cutsLongTexts() {
        behaviours.add(RemoteEmbedderTest::good);
        try (RemoteEmbedder embedder = builder().maxTokens(2).build()) {
            embedder.embed(List.of("x".repeat(7) + "\uD83D\uDC0E" + "y".repeat(50)));

            assertThat(bodies.getFirst()).contains("\"" + "x".repeat(7) + "\"");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {408, 429, 500, 502, 503})
    void embed_triesAgainWhatMayPass(int status) {
        behaviours.addAll(List.of(status(status), RemoteEmbedderTest::good));
        try (RemoteEmbedder embedder = builder().build()) {
            assertThat(embedder.embed(List.of("one"))).hasSize(1);
            assertThat(bodies).hasSize(2);
        }
    }

    @Test
    void embed_triesAgainAfterAnswersThatBreakOff() {
        behaviours.addAll(List.of((exchange, body) -> {
            exchange.sendResponseHeaders(200, 1000);
            exchange.getResponseBody().write("{\"data\":[{".getBytes(StandardCharsets.UTF_8));
        }, json("{\"data\":[{\"embedding\":[1,"), RemoteEmbedderTest::good));
        try (RemoteEmbedder embedder = builder().build()) {
            assertThat(embedder.embed(List.of("one"))).hasSize(1);
            assertThat(bodies).hasSize(3);
        }
    }

    @Test
    void embed_waitsNoLongerThanItsTimeout() {
        behaviours.add((exchange, body) -> {
            exchange.sendResponseHeaders(200, 1000);
            exchange.getResponseBody().write(' ');
            exchange.getResponseBody().flush();
            end.await();
        });
        try (RemoteEmbedder embedder = builder().timeout(Duration.ofMillis(300)).attempts(1).build()) {
            assertThatThrownBy(() -> embedder.embed(List.of(SECRET_TEXT)))
                    .isInstanceOf(EmbedderUnavailableException.class).hasMessageContaining("PT0.3S");
        }
    }

    @Test
    void retryAfter_isKeptToByAll() {
        behaviours.addAll(List.of(status(429, "Retry-After", "120"), RemoteEmbedderTest::good));
        try (RemoteEmbedder embedder = builder().build()) {
            for (int call = 0; call < 5; call++) {
                assertThatThrownBy(() -> embedder.embed(List.of("one")))
                        .isInstanceOfSatisfying(EmbedderUnavailableException.class, e -> assertThat(e.retryAfter())
                                .isBetween(Duration.ofSeconds(100), Duration.ofSeconds(120)));
            }
            assertThatThrownBy(() -> embedder.embedQuery("one")).isInstanceOf(EmbedderUnavailableException.class);
            assertThat(bodies).hasSize(1);
        }
    }

    @Test
    void retryAfter_isReadInBothForms() {
        Instant now = Instant.parse("2026-01-01T00:00:00Z");

        assertThat(Endpoint.pause(" 7 ", now)).contains(Duration.ofSeconds(7));
        assertThat(Endpoint.pause("999999999", now)).contains(Duration.ofHours(1));
        assertThat(Endpoint.pause("Thu, 1 Jan 2026 00:00:30 GMT", now)).contains(Duration.ofSeconds(30));
        assertThat(Endpoint.pause("Wed, 31 Dec 2025 00:00:30 GMT", now)).contains(Duration.ZERO);
        assertThat(Endpoint.pause("soon", now)).isEmpty();
        assertThat(Endpoint.pause("-5", now)).isEmpty();
    }

    @Test
    void query_isTriedOnce() {
        behaviours.addAll(List.of(status(500), RemoteEmbedderTest::good));
        try (RemoteEmbedder embedder = builder().build()) {
            assertThatThrownBy(() -> embedder.embedQuery("one")).isInstanceOf(EmbedderUnavailableException.class);
            assertThat(bodies).hasSize(1);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {301, 401, 403, 404})
    void embed_waitsForTheOperatorWhereItIsRefused(int status) {
        behaviours.add(status(status, "Location", "http://127.0.0.1:1/"));
        try (RemoteEmbedder embedder = builder().build()) {
            assertThatThrownBy(() -> embedder.embed(List.of(SECRET_TEXT)))
                    .isInstanceOf(EmbedderUnavailableException.class).hasMessageContaining("" + status)
                    .hasMessageNotContaining(SECRET_TEXT);
            assertThat(bodies).hasSize(1);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"[]", "{}", "{\"data\":[]}", "{\"data\":[{\"index\":0}]}",
            "{\"data\":[{\"index\":1,\"embedding\":[1,0,0]}]}", "{\"data\":[{\"index\":-1,\"embedding\":[1,0,0]}]}",
            "{\"data\":[{\"embedding\":[1,0,0]},{\"embedding\":[1,0,0]}]}", "{\"data\":[{\"embedding\":[1,0]}]}",
            "{\"data\":[{\"embedding\":[1,0,0,0]}]}", "{\"data\":[{\"embedding\":[0,0,0]}]}",
            "{\"data\":[{\"embedding\":[1,null,0]}]}", "{\"data\":[{\"embedding\":[1e400,0,0]}]}",
            "{\"data\":[{\"embedding\":[[1],0,0]}]}", "{\"data\":[{\"embedding\":\"AAAA\"}]}"})
    void embed_refusesWhatAreNoVectorsOfTheModel(String answer) {
        behaviours.add(json(answer));
        try (RemoteEmbedder embedder = builder().build()) {
            assertThatThrownBy(() -> embedder.embed(List.of(SECRET_TEXT))).isInstanceOf(CroftException.class)
                    .isNotInstanceOf(EmbedderUnavailableException.class).hasMessageContaining("remote")
                    .hasMessageNotContaining(SECRET_TEXT);
            assertThat(bodies).hasSize(1);
        }
    }

    @Test
    void embed_refusesAnswersWithoutEnd() {
        behaviours.add((exchange, body) -> {
            exchange.sendResponseHeaders(200, 0);
            byte[] much = " ".repeat(1 << 16).getBytes(StandardCharsets.UTF_8);
            try {
                for (int i = 0; i < 10_000; i++) {
                    exchange.getResponseBody().write(much);
                }
            } catch (IOException e) {
                return; // nobody reads it any more
            }
        });
        try (RemoteEmbedder embedder = builder().build()) {
            assertThatThrownBy(() -> embedder.embed(List.of("one"))).isInstanceOf(CroftException.class)
                    .hasMessageContaining("more than");
        }
    }

    @Test
    void whileTheServerIsDown_callsFailAtOnceAndComeBack() {
        behaviours.add(status(503));
        try (RemoteEmbedder embedder = builder().attempts(1).build()) {
            for (int call = 0; call < 50; call++) {
                assertThatThrownBy(() -> embedder.embed(List.of("one")))
                        .isInstanceOf(EmbedderUnavailableException.class);
            }
            assertThat(bodies.size()).as("asked").isBetween(Breaker.FAILURES, Breaker.FAILURES + 3);

            behaviours.set(0, RemoteEmbedderTest::good);
            List<float[]> vectors = List.of();
            long begin = System.nanoTime();
            while (vectors.isEmpty()) {
                assertThat(System.nanoTime() - begin).isLessThan(Duration.ofSeconds(30).toNanos());
                try {
                    vectors = embedder.embed(List.of("one"));
                } catch (EmbedderUnavailableException e) {
                    Thread.onSpinWait();
                }
            }
            assertThat(vectors).hasSize(1);
        }
    }

    @Test
    void requests_areBounded() throws Exception {
        CountDownLatch three = new CountDownLatch(3);
        behaviours.add((exchange, body) -> {
            three.countDown();
            three.await();
            good(exchange, body);
        });
        try (RemoteEmbedder embedder = builder().parallelism(3).build()) {
            List<Future<List<float[]>>> calls = IntStream.range(0, 30)
                    .mapToObj(i -> threads.submit(() -> embedder.embed(List.of("text " + i)))).toList();
            for (Future<List<float[]>> call : calls) {
                assertThat(call.get()).hasSize(1);
            }
        }

        assertThat(mostAtOnce).hasValue(3);
    }

    @Test
    void settings_areChecked() {
        assertThatThrownBy(() -> RemoteEmbedder.builder(URI.create("ftp://example.com/"), MODEL))
                .isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> RemoteEmbedder.builder(URI.create("https://a:b@example.com/"), MODEL))
                .isInstanceOf(InvalidInputException.class).hasMessageNotContaining("a:b");
        assertThatThrownBy(() -> RemoteEmbedder.builder(URI.create("http://example.com/"), MODEL).key(Secret.of("k"))
                .build()).isInstanceOf(InvalidInputException.class).hasMessageContaining("https");
        assertThatThrownBy(() -> builder().batch(101)).isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> builder().timeout(Duration.ZERO)).isInstanceOf(InvalidInputException.class);
        try (RemoteEmbedder embedder = builder().build()) {
            assertThatThrownBy(() -> embedder.embed(List.of())).isInstanceOf(InvalidInputException.class);
            assertThatThrownBy(() -> embedder.embed(List.of(" "))).isInstanceOf(InvalidInputException.class);
        }
    }
}
