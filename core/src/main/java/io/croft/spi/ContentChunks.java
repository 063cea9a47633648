package io.croft.spi;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The current chunks of one document or listing: what an index holds of it. Without chunks it is deleted, or not yet
 * there. A newer revision that has no chunks yet shows nowhere in it.
 *
 * @param key       which one
 * @param revision  the revision that the chunks were made of; 0 when there are none
 * @param modelId   the model that made the vectors; empty when there are no chunks
 * @param updatedAt when that revision was written, by the database's clock
 * @param title     that revision's title; searched with each chunk's text
 * @param fields    that revision's fields
 * @param groups    whose members see that revision; none if everybody does, {@link #FOR_NOBODY} if no group's do.
 *                  They are its own, without those that a newer revision is not for
 * @param chunks    in order; empty for a deletion
 */
public record ContentChunks(ContentKey key, long revision, String modelId, Instant updatedAt, String title,
        Map<String, String> fields, Set<String> groups, List<Chunk> chunks) {

    /** The groups of what no member sees: a name that no group has. */
    public static final Set<String> FOR_NOBODY = Set.of("");

    public ContentChunks {
        fields = Map.copyOf(fields);
        groups = Set.copyOf(groups);
        chunks = List.copyOf(chunks);
    }

    /** For everybody. */
    public ContentChunks(ContentKey key, long revision, String modelId, Instant updatedAt, String title,
            Map<String, String> fields, List<Chunk> chunks) {
        this(key, revision, modelId, updatedAt, title, fields, Set.of(), chunks);
    }

    /**
     * A short form of the words by which near-duplicates are known: two texts with the same title that differ in a few
     * words of hundreds have signatures that differ in at most three bits. 0 for a text of too few words to tell.
     */
    public long signature() {
        return SimilarityHash.of(title, chunks);
    }

    /** Says that the store holds no chunks of it. */
    public static ContentChunks none(ContentKey key) {
        return new ContentChunks(key, 0, "", Instant.EPOCH, "", Map.of(), List.of());
    }

    /** Which one it is and how much it holds, without texts and values. */
    @Override
    public String toString() {
        return "ContentChunks[key=" + key + ", revision=" + revision + ", " + chunks.size() + " chunks, fields="
                + fields.keySet() + "]";
    }
}
