/**
 * The worker runtime: the job queue over a {@link io.croft.spi.JobStore}, and the threads that run handlers.
 *
 * <p>The life of a job in one process, from top to bottom:
 *
 * <pre>
 * StoredJobQueue ── enqueue ──► JobStore            Upkeep ── maintain ──► JobStore
 *        └──────── ask ────────────────────────────►   ├── wakes ─► Poller
 *                                                      └── signal ─► JobStore
 * Poller ── claim ──► Attempt ──► Call ──► Runner (virtual thread) ──► handler
 *            └── Gathering, for batches ──┘     └── outcome ──► Finisher ── finish ──► JobStore
 * Heartbeats ── heartbeat ──► JobStore, for every attempt held in Attempts; tells those that were lost or cancelled
 * Timeouts ── interrupt, give up ──► Call           handler ── progress ──► ProgressReports ── report ──► JobStore
 * Signals ── listen ──► JobStore                    Watches ── statuses ──► JobStore
 * Scheduler ── due, fire, advance ──► ScheduleStore
 * Finisher, Upkeep ── died ──► DeadLetterAlerts ── count ──► JobStore
 * Finisher, Upkeep ── ended, expired ──► AttemptCounts ── count ──► JobStore
 * </pre>
 *
 * {@link io.croft.engine.job.JobEngine} puts these together. Each of poller, finisher, heartbeats, timeouts, progress,
 * watches, upkeep, scheduler, alerts and counts is one round of work that a {@code Loop} repeats on a thread of its
 * own; none ends because the store is away or something unexpected is thrown.
 * {@link io.croft.engine.job.ManualWork} does the same step by step on the thread that asks, for tests.
 */
@NullMarked
package io.croft.engine.job;

import org.jspecify.annotations.NullMarked;
