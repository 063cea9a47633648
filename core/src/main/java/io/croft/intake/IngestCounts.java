package io.croft.intake;

/**
 * How many documents or listings of an organisation are at which step. What waits for a step counts with what is in it.
 *
 * @param extracting  files to be read
 * @param recognising files whose images are to be read
 * @param embedding   texts to be cut and embedded
 * @param indexed     those whose newest revision is searchable
 * @param failed      those whose newest revision failed
 */
public record IngestCounts(long extracting, long recognising, long embedding, long indexed, long failed) {
}
