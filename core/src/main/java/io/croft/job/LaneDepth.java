package io.croft.job;

/**
 * How much one organisation has in a queue.
 *
 * @param ready   jobs that could run now
 * @param running attempts that are leased
 */
public record LaneDepth(long ready, int running) {
}
