package io.croft.job;

import io.croft.OrgId;

/**
 * Is told when many of an organisation's jobs have become dead letters in a queue.
 *
 * <p>It is told once when the threshold is reached, and again each time the number has doubled, ten times at most. Once
 * the number is found below the threshold again, because dead letters were redriven or discarded, it begins anew. Each
 * process tells what it finds out itself, right after a job died there, and remembers it as long as it runs: several
 * processes may tell the same.
 *
 * <p>It is called by one thread at a time, which does nothing else: if it is slow, later calls wait and no job does.
 * What it throws is logged and changes nothing.
 */
@FunctionalInterface
public interface DeadLetterListener {

    /** The threshold by default. */
    int DEFAULT_THRESHOLD = 50;
    /** The greatest threshold. */
    int MAX_THRESHOLD = 100_000;

    /**
     * There are so many.
     *
     * @param org         whose
     * @param queue       the name of the queue
     * @param deadLetters how many there are at least: the threshold, or 2, 4, 8 … times as many
     */
    void reached(OrgId org, String queue, int deadLetters);
}
