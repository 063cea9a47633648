package io.croft.ingest;

import io.croft.InvalidInputException;
import io.croft.content.Embedder;
import io.croft.content.EmbeddingModel;
import io.croft.ingest.InferenceThreads.Purpose;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;

/**
 * An embedder that runs in this process, on its processors and without a network: all-MiniLM-L6-v2 quantised to 8 bits,
 * for English, with 384 dimensions and the id {@code all-minilm-l6-v2-q}.
 *
 * <p>A vector is the mean over all tokens of its text, scaled to unit length: the same for a text alone and among
 * others, and in every thread.
 *
 * <p><b>Limits.</b> The model reads {@value #MAX_TOKENS} tokens of a text, about 100 words, and nothing of what
 * follows; a longer text is cut there, not split and averaged. That is the length which the model was trained with and
 * which its own tokenizer sets. No more than the first {@value #MAX_CHARS} characters are looked at.
 *
 * <p><b>Threads.</b> Thread-safe; made to be called by many virtual threads. The model runs on a fixed number of
 * platform threads, by default half the processors, at least one; a text runs on one of them. Queries overtake passages
 * that wait, four queries one passage. A call waits for its results at most {@link Builder#maxWait maxWait}, and fails
 * at once when 10,000 texts are waiting. Counting tokens runs on the caller's thread.
 *
 * <p><b>Failure.</b> An unusable text is an {@link InvalidInputException}. Everything else, such as a call that waited
 * too long, was interrupted, or came after {@link #close}, is a {@link io.croft.CroftException}.
 *
 * <p>Nothing is downloaded. The model and the native libraries come out of jars, the libraries through the folder
 * {@code java.io.tmpdir}, which must be writable and allow execution. Supported are Linux on x86-64 and aarch64 with
 * glibc, macOS on aarch64, Windows on x86-64.
 */
public final class LocalEmbedder implements Embedder {

    private static final String NAME = "all-minilm-l6-v2-q";
    private static final int DIMENSIONS = 384;
    private static final double COSINE_FLOOR = 0.2;

    /** The tokens of a text that the model reads, apart from the two that it puts around every text. */
    private static final int MAX_TOKENS = 126;

    /** The characters of a text that the tokenizer reads, which bounds its memory. */
    private static final int MAX_CHARS = 65_536;

    private static final int MAX_TEXTS = 100;

    private final EmbeddingModel model = new EmbeddingModel(NAME, DIMENSIONS, COSINE_FLOOR);
    private final OnnxModel onnx;
    private final InferenceThreads threads;

    private LocalEmbedder(Builder builder) {
        onnx = OnnxModel.load(NAME, MAX_TOKENS + 2);
        threads = new InferenceThreads(builder.threads, builder.maxWait);
    }

    /**
     * Loads all-MiniLM-L6-v2 with the default settings, in about a second; close it after use.
     *
     * @throws io.croft.CroftException if the model's jar is missing, or its native libraries do not run on this machine
     */
    public static LocalEmbedder miniLm() {
        return builder().build();
    }

    /** For other settings. */
    public static Builder builder() {
        return new Builder();
    }

    @Override
    public EmbeddingModel model() {
        return model;
    }

    /**
     * {@inheritDoc}
     *
     * @throws InvalidInputException if there are none or over 100 texts, or one is blank
     */
    @Override
    public List<float[]> embed(List<String> texts) {
        return embed(texts, Purpose.PASSAGE);
    }

    @Override
    public float[] embedQuery(String text) {
        return embed(List.of(text), Purpose.QUERY).getFirst();
    }

    private List<float[]> embed(List<String> texts, Purpose purpose) {
        if (texts.isEmpty() || texts.size() > MAX_TEXTS) {
            throw new InvalidInputException(texts.size() + " texts to embed; give 1 to " + MAX_TEXTS + " at a time");
        }
        for (int i = 0; i < texts.size(); i++) {
            if (texts.get(i).isBlank()) {
                throw new InvalidInputException("text " + (i + 1) + " of " + texts.size()
                        + " to embed is blank: leave it out");
            }
        }
        return threads.run(texts.stream().<Callable<float[]>>map(text -> () -> onnx.embed(head(text))).toList(),
                purpose);
    }

    private static String head(String text) {
        return text.length() <= MAX_CHARS ? text : text.substring(0, MAX_CHARS);
    }

    /**
     * The exact number of a text's tokens. It runs on the caller's thread, about a microsecond for every three
     * characters.
     */
    @Override
    public int countTokens(String text) {
        int tokens = 0;
        int start = 0;
        while (text.length() - start > MAX_CHARS) {
            int end = lastSpace(text, start + MAX_CHARS / 2, start + MAX_CHARS);
            tokens += onnx.countTokens(text.substring(start, end));
            start = end;
        }
        return tokens + onnx.countTokens(text.substring(start));
    }

    /** Where no token goes on: at the last white space, if there is any. */
    private static int lastSpace(String text, int from, int to) {
        for (int i = to; i > from; i--) {
            if (Character.isWhitespace(text.charAt(i))) {
                return i;
            }
        }
        return to;
    }

    @Override
    public int maxTokens() {
        return MAX_TOKENS;
    }

    /** Releases the model, when the texts that it is working on are done. Calls that wait for a thread fail. */
    @Override
    public void close() {
        threads.close();
        onnx.close();
    }

    /** Settings of a local embedder. Not thread-safe. */
    public static final class Builder {

        private static final int MAX_THREADS = 256;

        private int threads = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
        private Duration maxWait = Duration.ofMinutes(5);

        private Builder() {
        }

        /**
         * The number of texts that are embedded at the same time, each by one thread: 1 to 256, half the processors by
         * default.
         */
        public Builder threads(int threads) {
            if (threads < 1 || threads > MAX_THREADS) {
                throw new InvalidInputException("threads is " + threads + "; give 1 to " + MAX_THREADS);
            }
            this.threads = threads;
            return this;
        }

        /** How long a call may take with its waiting for a thread: above 0, up to an hour; five minutes by default. */
        public Builder maxWait(Duration maxWait) {
            Objects.requireNonNull(maxWait, "maxWait");
            if (!maxWait.isPositive() || maxWait.compareTo(Duration.ofHours(1)) > 0) {
                throw new InvalidInputException("maxWait is " + maxWait + "; give more than 0 and at most an hour");
            }
            this.maxWait = maxWait;
            return this;
        }

        /**
         * Loads the model.
         *
         * @throws io.croft.CroftException if the model's jar is missing, or its native libraries do not run on this
         *                                 machine
         */
        public LocalEmbedder build() {
            return new LocalEmbedder(this);
        }
    }
}
