package io.croft.ingest;

import io.croft.content.Embedder;
import io.croft.spi.Chunk;
import io.croft.spi.Content;
import java.util.ArrayList;
import java.util.List;

/**
 * One document's chunks and the texts that are embedded for them: {@code title + ". " + chunk}, so that a chunk from
 * deep inside is still known to be of its document; the chunk alone where there is no title, or it begins with it.
 * Immutable.
 */
final class Passages {

    /** The size of a chunk, where the model reads that much: a page's paragraph or two. */
    static final int TARGET_TOKENS = 200;

    /**
     * The most tokens of a chunk and its title, also where the model reads more: a long text has one vector too few.
     */
    static final int MAX_TOKENS = 256;

    /** What a title may take of that; the rest of a longer one is not embedded. */
    private static final int TITLE_SHARE = 4;

    private final String text;
    private final String title;
    private final List<Stretch> stretches;

    private Passages(String text, String title, List<Stretch> stretches) {
        this.text = text;
        this.title = title;
        this.stretches = stretches;
    }

    static Passages of(Content content, Embedder embedder) {
        int most = Math.min(MAX_TOKENS, embedder.maxTokens());
        String title = head(content.title().strip(), most / TITLE_SHARE, embedder);
        int room = Math.max(1, title.isEmpty() ? most : most - embedder.countTokens(title + ". "));
        Chunker chunker = new Chunker(embedder::countTokens, Math.min(TARGET_TOKENS, room), room);
        return new Passages(content.text(), title, chunker.chunks(content.text()));
    }

    /** So much of a title as is not too long. */
    private static String head(String title, int maxTokens, Embedder embedder) {
        String head = title;
        int tokens = embedder.countTokens(head);
        while (tokens > maxTokens) {
            int length = Math.min(head.length() - 1, (int) ((long) head.length() * maxTokens / tokens));
            boolean insidePair = length > 0 && Character.isHighSurrogate(head.charAt(length - 1));
            head = head.substring(0, insidePair ? length - 1 : length).strip();
            tokens = head.isEmpty() ? 0 : embedder.countTokens(head);
        }
        return head;
    }

    int size() {
        return stretches.size();
    }

    /** The text of a chunk. */
    String chunk(int number) {
        return stretches.get(number).of(text);
    }

    /** The text to embed for a chunk. */
    String text(int number) {
        return withTitle(chunk(number));
    }

    private String withTitle(String chunk) {
        return title.isEmpty() || chunk.startsWith(title) ? chunk : title + ". " + chunk;
    }

    /** The chunks with their vectors, one for each. */
    List<Chunk> chunks(List<float[]> vectors) {
        List<Chunk> chunks = new ArrayList<>(size());
        for (int i = 0; i < size(); i++) {
            Stretch stretch = stretches.get(i);
            chunks.add(new Chunk(i, stretch.start(), stretch.end(), stretch.of(text), vectors.get(i)));
        }
        return chunks;
    }
}
