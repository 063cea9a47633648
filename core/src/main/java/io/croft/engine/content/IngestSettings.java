package io.croft.engine.content;

import io.croft.Org;
import io.croft.job.JobKind;
import io.croft.spi.BlobStore;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/**
 * How inputs are taken in.
 *
 * @param blobs        where files are kept
 * @param maxFileBytes the largest file, in bytes
 * @param modelId      the embedding model's id: with another one, the same input is not the same
 * @param dimensions   the length of its vectors; 0 without one
 * @param check        refuses what cannot be stored
 * @param afterAccept  called after each input that was stored, with the kind of its job
 * @param wake         has a queue looked at
 * @param afterDelete  called after each deletion, and what is searchable at once: there are changes
 */
public record IngestSettings(BlobStore blobs, long maxFileBytes, String modelId, int dimensions, ContentCheck check,
        BiConsumer<Org, JobKind> afterAccept, Consumer<String> wake, Runnable afterDelete) {
}
