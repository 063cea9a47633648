package io.croft.engine.content;

import io.croft.Org;
import io.croft.spi.BlobStore;
import java.util.function.Consumer;

/**
 * How inputs are taken in.
 *
 * @param blobs        where files are kept
 * @param maxFileBytes the largest file, in bytes
 * @param modelId      the embedding model's id: with another one, the same input is not the same
 * @param dimensions   the length of its vectors; 0 without one
 * @param check        refuses what cannot be stored
 * @param beforeFile   called before each file that is stored
 * @param wake         has a queue looked at
 * @param afterDelete  called after each deletion, and what is searchable at once: there are changes
 */
public record IngestSettings(BlobStore blobs, long maxFileBytes, String modelId, int dimensions, ContentCheck check,
        Consumer<Org> beforeFile, Consumer<String> wake, Runnable afterDelete) {
}
