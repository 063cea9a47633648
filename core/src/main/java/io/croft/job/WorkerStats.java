package io.croft.job;

/**
 * How the workers of one process are doing.
 *
 * @param running  attempts that are leased by this process: claimed, running or being completed
 * @param timedOut handlers so far whose jobs' timeout was over before they ended
 * @param hung     of those, the ones that still run although they were interrupted and given time to end; their jobs
 *                 went on without them, and they keep their slots
 */
public record WorkerStats(int running, long timedOut, int hung) {
}
