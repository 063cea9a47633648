package io.croft.lucene;

/**
 * What was removed with an index. Bytes that a search under way still reads are given back when it ends.
 *
 * @param files     how many files were deleted
 * @param bytes     how large they were together
 * @param filesLeft how many could not be deleted, which the log says why; they are out of sight, and tried again at the
 *                  next start
 */
public record IndexErasure(int files, long bytes, int filesLeft) {
}
