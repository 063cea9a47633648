package io.croft.ingest;

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
     * and writes them. Handlers are stateless and thread-safe; what they hold in memory is one document and its
     * vectors.
     */
    public static Processors handlers() {
        return (content, embedder) -> Map.of(Processors.EMBED, new EmbedHandler(content, embedder));
    }
}
