package io.croft.ingest;

import io.croft.InvalidInputException;
import io.croft.ingest.extract.Extractor;
import io.croft.ingest.fetch.Fetcher;
import io.croft.spi.Processors;
import java.util.Objects;
import java.util.OptionalLong;

/** The module's entry: what turns stored documents, files and sites into what can be searched. */
public final class Ingest {

    private Ingest() {
    }

    /**
     * The handlers of the library's own job kinds, for {@code Croft.builder().handlers(…)}, with the defaults of
     * {@link Builder}.
     *
     * <p>{@link Processors#EXTRACT} finds the text in a file, in a Java process of its own: an {@link Extractor} says
     * what is read, and within which limits. {@link Processors#OCR} recognises the text in images, where Tesseract is
     * installed; all processes that run handlers should have it, or none. {@link Processors#CRAWL} crawls sites.
     * {@link Processors#EMBED} cuts a text into chunks of about 200 tokens, or as many as the embedding model reads if
     * that is fewer, at headings, paragraphs and sentences; embeds each together with the document's title,
     * unless an older revision has the same; and writes them. While the embedder is unavailable, the job waits.
     * {@link Processors#SWEEP} removes files that nothing is made of any more; {@link Processors#REEMBED} has
     * everything embedded again after a change of the model.
     *
     * <p>Handlers are stateless and thread-safe; what they hold in memory is one document and its vectors. What they
     * work with is opened when it is needed first, and closed with the {@code Croft} that they are given to, which is
     * one.
     */
    public static Processors handlers() {
        return builder().build();
    }

    /** Sets handlers up. */
    public static Builder builder() {
        return new Builder();
    }

    /** Sets handlers up. Not thread-safe. */
    public static final class Builder {

        private Extractor.Builder extractor = Extractor.builder();
        private Fetcher.Builder fetcher = Fetcher.builder();
        private OptionalLong dailyTokens = OptionalLong.empty();

        private Builder() {
        }

        /**
         * How files are read; {@link Extractor#builder} by default. It is opened twice, once for files and once for the
         * text in images, so that slow images keep no files waiting.
         */
        public Builder extractor(Extractor.Builder settings) {
            this.extractor = Objects.requireNonNull(settings, "settings");
            return this;
        }

        /**
         * How sites are asked, and what they are told of who asks; {@link Fetcher#builder} by default, which calls
         * itself {@code croft}: say there who you are before you crawl sites of others.
         */
        public Builder fetcher(Fetcher.Builder settings) {
            this.fetcher = Objects.requireNonNull(settings, "settings");
            return this;
        }

        /**
         * What each organisation may spend on embedding documents in a day of UTC, in the embedder's tokens; without a
         * limit by default. What is beyond waits for the next day. The last document of a day may go beyond it, and
         * what was embedded and then lost by a failure counts. Queries do not count. All processes give the same.
         *
         * @param tokens 1 or more
         */
        public Builder dailyTokens(long tokens) {
            if (tokens < 1) {
                throw new InvalidInputException("dailyTokens is " + tokens + "; give 1 or more");
            }
            this.dailyTokens = OptionalLong.of(tokens);
            return this;
        }

        /** The handlers. */
        public Processors build() {
            return new LocalProcessors(extractor, fetcher, dailyTokens);
        }
    }
}
