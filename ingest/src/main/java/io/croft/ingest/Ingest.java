package io.croft.ingest;

import io.croft.content.Embedder;
import io.croft.job.JobHandler;
import io.croft.job.JobKind;
import io.croft.spi.ContentStore;
import io.croft.spi.Processors;
import java.util.Map;

/** The module's entry: what turns stored documents and listings into what can be searched. */
public final class Ingest {

    private Ingest() {
    }

    /**
     * The handlers of the library's own job kinds, for {@code Croft.builder().handlers(…)}.
     *
     * <p>{@link Processors#EMBED} cuts a document into chunks of about 200 tokens, or as many as the embedding model
     * reads if that is fewer, at headings, paragraphs and sentences; embeds each together with the document's title;
     * and writes them. {@link Processors#EXTRACT} finds the text in a file: text and Markdown in UTF-8.
     * {@link Processors#SWEEP} removes files that nothing is made of any more. Handlers are stateless and thread-safe; what they hold in memory is one document and its
     * vectors.
     */
    public static Processors handlers() {
        return new Processors() {
            @Override
            public Map<JobKind, JobHandler> handlers(ContentStore content, Embedder embedder) {
                return Map.of(EMBED, new EmbedHandler(content, embedder));
            }

            @Override
            public Map<JobKind, JobHandler> handlers(Parts parts) {
                return Map.of(EMBED, new EmbedHandler(parts.content(), parts.embedder()), EXTRACT,
                        new ExtractHandler(parts), SWEEP, new SweepHandler(parts));
            }
        };
    }
}
