package io.croft.ingest.embed;

import io.croft.Secret;
import io.croft.ingest.embed.EndpointException.Meaning;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * One request to a server that speaks as OpenAI's does: {@code POST {"model", "input", "encoding_format"}}. Its
 * messages hold nothing of what was asked or answered. Thread-safe.
 */
final class Endpoint implements AutoCloseable {

    private static final int BYTES_A_NUMBER = 32;
    private static final int BYTES_BESIDE = 1 << 16;
    private static final Duration LONGEST_PAUSE = Duration.ofHours(1);

    private final URI url;
    private final String name;
    private final Secret key;
    private final int dimensions;
    private final Duration timeout;
    private final HttpClient http;

    /**
     * Asks there.
     *
     * @param url        of the embeddings themselves
     * @param name       what the server calls the model
     * @param key        empty for none
     * @param dimensions the length of its vectors
     * @param timeout    the most time of one request
     */
    Endpoint(URI url, String name, Secret key, int dimensions, Duration timeout) {
        this.url = url;
        this.name = name;
        this.key = key;
        this.dimensions = dimensions;
        this.timeout = timeout;
        this.http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER).connectTimeout(timeout).build();
    }

    /**
     * The vectors of these texts, in their order, as the server gives them.
     *
     * @throws EndpointException if it gives none
     */
    List<float[]> ask(List<String> texts) throws EndpointException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(url).header("Content-Type", "application/json")
                .header("Accept", "application/json")
                .POST(HttpRequest.BodyPublishers.ofByteArray(EmbeddingJson.request(name, texts)));
        if (key.length() > 0) {
            request.header("Authorization", "Bearer " + key.reveal());
        }
        HttpResponse<byte[]> response = send(request.build(), texts.size());
        if (response.statusCode() != 200) {
            throw refusal(response);
        }
        return EmbeddingJson.vectors(response.body(), texts.size(), dimensions);
    }

    private HttpResponse<byte[]> send(HttpRequest request, int texts) throws EndpointException, InterruptedException {
        long most = (long) texts * dimensions * BYTES_A_NUMBER + BYTES_BESIDE;
        CompletableFuture<HttpResponse<byte[]>> answer = http.sendAsync(request, head -> new Bounded(most));
        try {
            return answer.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw new EndpointException(Meaning.PASSING, "gave no answer within " + timeout, e);
        } catch (ExecutionException e) {
            if (isTooLong(e)) {
                throw new EndpointException(Meaning.UNUSABLE, "answered more than " + most + " bytes", e);
            }
            throw new EndpointException(Meaning.PASSING, "could not be asked", e.getCause());
        } finally {
            answer.cancel(true);
        }
    }

    private static boolean isTooLong(Throwable failure) {
        for (Throwable cause = failure.getCause(); cause != null; cause = cause.getCause()) {
            if (cause instanceof TooLongException) {
                return true;
            }
        }
        return false;
    }

    private static EndpointException refusal(HttpResponse<byte[]> response) {
        int status = response.statusCode();
        Meaning meaning = switch (status) {
            case 408, 425, 429 -> Meaning.PASSING;
            case 401, 402, 403, 404, 405 -> Meaning.REFUSED;
            default -> status >= 500 ? Meaning.PASSING : status >= 400 ? Meaning.UNUSABLE : Meaning.REFUSED;
        };
        return new EndpointException(meaning, "answered with status " + status,
                response.headers().firstValue("Retry-After").flatMap(said -> pause(said, Clock.systemUTC().instant())),
                null);
    }

    /** As RFC 9110 has it: seconds, or a date. */
    static Optional<Duration> pause(String retryAfter, Instant now) {
        String said = retryAfter.strip();
        if (said.matches("\\d{1,9}")) {
            return Optional.of(bounded(Duration.ofSeconds(Long.parseLong(said))));
        }
        try {
            Instant then = ZonedDateTime.parse(said, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
            return Optional.of(then.isAfter(now) ? bounded(Duration.between(now, then)) : Duration.ZERO);
        } catch (DateTimeException e) {
            // What cannot be read is as good as not said.
            return Optional.empty();
        }
    }

    private static Duration bounded(Duration time) {
        return time.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : time;
    }

    /** Breaks off what is under way. */
    @Override
    public void close() {
        http.shutdownNow();
    }

    /** The answer was longer than any could be. */
    private static final class TooLongException extends IOException {

        private static final long serialVersionUID = 1L;

        TooLongException() {
            super("too long");
        }
    }

    /** A body in memory, up to a length. */
    private static final class Bounded implements HttpResponse.BodySubscriber<byte[]> {

        private final HttpResponse.BodySubscriber<byte[]> body = HttpResponse.BodySubscribers.ofByteArray();
        private final CompletableFuture<byte[]> tooLong = new CompletableFuture<>();
        private final long most;
        private long bytes;
        private Flow.Subscription subscription = new Flow.Subscription() {
            @Override
            public void request(long n) {
                // nothing is sent yet
            }

            @Override
            public void cancel() {
                // nothing is sent yet
            }
        };

        Bounded(long most) {
            this.most = most;
        }

        @Override
        public CompletionStage<byte[]> getBody() {
            return tooLong.applyToEither(body.getBody(), read -> read);
        }

        @Override
        public void onSubscribe(Flow.Subscription given) {
            subscription = given;
            body.onSubscribe(given);
        }

        @Override
        public void onNext(List<ByteBuffer> item) {
            for (ByteBuffer buffer : item) {
                bytes += buffer.remaining();
            }
            if (bytes > most) {
                subscription.cancel();
                tooLong.completeExceptionally(new TooLongException());
            } else {
                body.onNext(item);
            }
        }

        @Override
        public void onError(Throwable failure) {
            body.onError(failure);
        }

        @Override
        public void onComplete() {
            body.onComplete();
        }
    }
}
