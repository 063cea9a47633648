package io.croft.ingest.embed;

import io.croft.CroftException;
import io.croft.InvalidInputException;
import io.croft.Secret;
import io.croft.content.Embedder;
import io.croft.content.EmbedderUnavailableException;
import io.croft.content.EmbeddingModel;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An embedder that asks a server which speaks as OpenAI's does: {@code POST …/embeddings} with a model and texts. The
 * vectors that come are scaled to unit length.
 *
 * <p><b>Limits.</b> A request has at most {@link Builder#batch batch} texts and takes at most {@link Builder#timeout
 * timeout}; at most {@link Builder#parallelism parallelism} are under way for passages, and as many for queries, so
 * that those who search wait for nobody's documents. Tokens are estimated, one for every four characters, and a text is
 * cut at four times {@link Builder#maxTokens maxTokens} characters.
 *
 * <p><b>Failure.</b> What may pass, such as no connection, no answer in time, 408, 429 and 5xx, is tried again, up to
 * {@link Builder#attempts attempts} in all, after a second or two, more each time and never the same; a query is tried
 * once. {@code Retry-After} is kept to, by all calls. After five failures in a row the server is left alone for a
 * second, and twice as long each time, up to half a minute, with one request in between. A call then fails at once,
 * with an {@link EmbedderUnavailableException}: documents wait, and queries are answered by their words. The same holds
 * where the server refuses the key or knows no such model (401 to 405), so that the mistake costs no document. Texts
 * that it refuses (other 4xx), and answers that are no vectors of the model, are {@link CroftException}s.
 *
 * <p>The server is the operator's choice and its address is not checked. Messages and the log hold nothing of texts,
 * vectors, answers and the key. Thread-safe.
 */
public final class RemoteEmbedder implements Embedder {

    private static final Logger LOG = LoggerFactory.getLogger(RemoteEmbedder.class);
    private static final int MAX_TEXTS = 100;
    private static final int CHARS_A_TOKEN = 4;
    private static final Duration FIRST_WAIT = Duration.ofSeconds(1);
    private static final Duration REFUSED_WAIT = Duration.ofMinutes(1);
    private static final Duration SOON = Duration.ofSeconds(1);
    private static final Set<String> HERE = Set.of("localhost", "127.0.0.1", "[::1]");

    private final EmbeddingModel model;
    private final Endpoint endpoint;
    private final Breaker breaker;
    private final Semaphore passages;
    private final Semaphore queries;
    private final String server;
    private final String queryPrefix;
    private final String passagePrefix;
    private final Duration timeout;
    private final int batch;
    private final int attempts;
    private final int maxTokens;

    private RemoteEmbedder(Builder builder) {
        model = builder.model;
        endpoint = new Endpoint(builder.url, builder.name, builder.key, model.dimensions(), builder.timeout);
        breaker = new Breaker(System::nanoTime, () -> ThreadLocalRandom.current().nextDouble());
        passages = new Semaphore(builder.parallelism, true);
        queries = new Semaphore(builder.parallelism, true);
        server = builder.url.getHost();
        queryPrefix = builder.queryPrefix;
        passagePrefix = builder.passagePrefix;
        timeout = builder.timeout;
        batch = builder.batch;
        attempts = builder.attempts;
        maxTokens = builder.maxTokens;
    }

    /**
     * For a server.
     *
     * @param url   of the embeddings themselves, as {@code https://api.openai.com/v1/embeddings}
     * @param model how its vectors are known here; two servers that give the same vectors may share an id
     * @throws InvalidInputException if the URL is not of http or https, or holds a user
     */
    public static Builder builder(URI url, EmbeddingModel model) {
        return new Builder(url, model);
    }

    @Override
    public EmbeddingModel model() {
        return model;
    }

    /**
     * {@inheritDoc}
     *
     * @throws EmbedderUnavailableException if the server cannot be used now
     * @throws InvalidInputException        if there are none or over 100 texts, or one is blank
     */
    @Override
    public List<float[]> embed(List<String> texts) {
        if (texts.isEmpty() || texts.size() > MAX_TEXTS) {
            throw new InvalidInputException(texts.size() + " texts to embed; give 1 to " + MAX_TEXTS + " at a time");
        }
        List<String> cut = texts.stream().map(text -> cut(passagePrefix, text)).toList();
        List<float[]> vectors = new ArrayList<>(cut.size());
        for (int from = 0; from < cut.size(); from += batch) {
            vectors.addAll(ask(cut.subList(from, Math.min(from + batch, cut.size())), passages, attempts));
        }
        return vectors;
    }

    @Override
    public float[] embedQuery(String text) {
        return ask(List.of(cut(queryPrefix, text)), queries, 1).getFirst();
    }

    private String cut(String prefix, String text) {
        if (text.isBlank()) {
            throw new InvalidInputException("a text to embed is blank: leave it out");
        }
        int most = maxTokens * CHARS_A_TOKEN;
        if (text.length() <= most) {
            return prefix + text;
        }
        return prefix + text.substring(0, Character.isHighSurrogate(text.charAt(most - 1)) ? most - 1 : most);
    }

    private List<float[]> ask(List<String> texts, Semaphore places, int most) {
        try {
            for (int attempt = 1;; attempt++) {
                try {
                    return askOnce(texts, places);
                } catch (EndpointException e) {
                    if (e.meaning() == EndpointException.Meaning.UNUSABLE) {
                        throw new CroftException("the embedding server " + server + " " + e.getMessage()
                                + ": check that it serves the model " + model.id() + " with " + model.dimensions()
                                + " dimensions, and texts as long as these", e);
                    }
                    Duration wait = wait(attempt);
                    if (attempt >= most || e.meaning() == EndpointException.Meaning.REFUSED
                            || e.retryAfter().filter(pause -> pause.compareTo(wait) > 0).isPresent()) {
                        throw new EmbedderUnavailableException("the embedding server " + server + " " + e.getMessage(),
                                retryAfter(e, wait), e);
                    }
                    TimeUnit.NANOSECONDS.sleep(wait.toNanos());
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CroftException("interrupted while " + texts.size() + " texts were embedded", e);
        }
    }

    private static Duration retryAfter(EndpointException failure, Duration wait) {
        return failure.retryAfter().orElse(
                failure.meaning() == EndpointException.Meaning.REFUSED ? REFUSED_WAIT : wait);
    }

    /** A second and up to twice that, then two, four, … */
    private static Duration wait(int attempt) {
        long base = FIRST_WAIT.toMillis() << Math.min(attempt - 1, 5);
        return Duration.ofMillis(base + ThreadLocalRandom.current().nextLong(base));
    }

    private List<float[]> askOnce(List<String> texts, Semaphore places) throws EndpointException, InterruptedException {
        if (!places.tryAcquire(timeout.toNanos(), TimeUnit.NANOSECONDS)) {
            throw new EmbedderUnavailableException("the embedding server " + server + " has too much to do: "
                    + "nothing was free within " + timeout, SOON, null);
        }
        try {
            Duration closed = breaker.enter();
            if (closed.isPositive()) {
                throw new EmbedderUnavailableException("the embedding server " + server
                        + " is left alone after it has failed", closed, null);
            }
            return answered(texts);
        } finally {
            places.release();
        }
    }

    private List<float[]> answered(List<String> texts) throws EndpointException, InterruptedException {
        try {
            List<float[]> vectors = endpoint.ask(texts);
            if (breaker.answered()) {
                LOG.info("the embedding server {} answers again", server);
            }
            return vectors;
        } catch (EndpointException e) {
            switch (e.meaning()) {
                case UNUSABLE -> breaker.answered();
                case PASSING, REFUSED -> {
                    if (breaker.failed(e.retryAfter().orElse(Duration.ZERO))) {
                        LOG.warn("the embedding server {} {}; it is left alone now and tried again from time to time",
                                server, e.getMessage());
                    }
                }
            }
            throw e;
        } catch (InterruptedException | RuntimeException | Error e) {
            breaker.left();
            throw e;
        }
    }

    @Override
    public int batchSize() {
        return batch;
    }

    @Override
    public int maxTokens() {
        return maxTokens;
    }

    /** Breaks off what is under way. */
    @Override
    public void close() {
        endpoint.close();
    }

    /** Settings. Not thread-safe. */
    public static final class Builder {

        private final URI url;
        private final EmbeddingModel model;
        private String name;
        private Secret key = Secret.of("");
        private String queryPrefix = "";
        private String passagePrefix = "";
        private Duration timeout = Duration.ofSeconds(30);
        private int batch = MAX_TEXTS;
        private int parallelism = 4;
        private int attempts = 4;
        private int maxTokens = 512;

        private Builder(URI url, EmbeddingModel model) {
            this.url = Objects.requireNonNull(url, "url");
            this.model = Objects.requireNonNull(model, "model");
            this.name = model.id();
            String scheme = url.getScheme() == null ? "" : url.getScheme().toLowerCase(Locale.ROOT);
            if (!Set.of("http", "https").contains(scheme) || url.getHost() == null || url.getRawUserInfo() != null) {
                throw new InvalidInputException(
                        "an embedding server needs a URL of http or https with a host and without a user");
            }
        }

        /** What the server calls the model; its id by default. */
        public Builder name(String name) {
            if (name.isBlank() || name.length() > 255) {
                throw new InvalidInputException(
                        "the name of a model has " + name.length() + " characters; give 1 to 255");
            }
            this.name = name;
            return this;
        }

        /** The key, sent as {@code Authorization: Bearer}; none by default. */
        public Builder key(Secret key) {
            this.key = Objects.requireNonNull(key, "key");
            return this;
        }

        /** What stands before a query, as models like {@code bge} and {@code e5} want it; nothing by default. */
        public Builder queryPrefix(String prefix) {
            this.queryPrefix = Objects.requireNonNull(prefix, "prefix");
            return this;
        }

        /** What stands before a passage; nothing by default. */
        public Builder passagePrefix(String prefix) {
            this.passagePrefix = Objects.requireNonNull(prefix, "prefix");
            return this;
        }

        /**
         * The most time of one request, and of the wait to make it: above 0, up to ten minutes; 30 seconds by default.
         */
        public Builder timeout(Duration timeout) {
            if (!timeout.isPositive() || timeout.compareTo(Duration.ofMinutes(10)) > 0) {
                throw new InvalidInputException("timeout is " + timeout + "; give more than 0 and at most ten minutes");
            }
            this.timeout = timeout;
            return this;
        }

        /** The most texts of one request: 1 to 100; 100 by default. */
        public Builder batch(int texts) {
            this.batch = checked("batch", texts, MAX_TEXTS);
            return this;
        }

        /** The most requests under way at once, for passages and for queries each: 1 to 256; 4 by default. */
        public Builder parallelism(int requests) {
            this.parallelism = checked("parallelism", requests, 256);
            return this;
        }

        /** How often a batch of passages is asked for in one call: 1 to 10; 4 by default. */
        public Builder attempts(int attempts) {
            this.attempts = checked("attempts", attempts, 10);
            return this;
        }

        /** The most tokens of a text that the model reads: 1 to 1,000,000; 512 by default. */
        public Builder maxTokens(int tokens) {
            this.maxTokens = checked("maxTokens", tokens, 1_000_000);
            return this;
        }

        private static int checked(String what, int number, int most) {
            if (number < 1 || number > most) {
                throw new InvalidInputException(what + " is " + number + "; give 1 to " + most);
            }
            return number;
        }

        /**
         * The embedder; asks nothing yet.
         *
         * @throws InvalidInputException if a key would be sent unencrypted to another machine
         */
        public RemoteEmbedder build() {
            if (key.length() > 0 && url.getScheme().equalsIgnoreCase("http") && !HERE.contains(url.getHost())) {
                throw new InvalidInputException("the key for the embedding server " + url.getHost()
                        + " would be sent unencrypted: use https");
            }
            return new RemoteEmbedder(this);
        }
    }
}
