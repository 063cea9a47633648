package io.croft.engine.content;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.croft.Org;
import io.croft.job.JobKey;
import io.croft.job.JobRequest;
import io.croft.spi.JobStore;
import io.croft.spi.Processors;
import java.time.Duration;
import java.util.UUID;
import java.util.function.Consumer;

/**
 * Sees to it that whoever gives files has a job that removes those of which nothing is made any more. Asked before a
 * file is stored: so there is none without, also where the file is refused afterwards. Thread-safe.
 */
public final class Sweeps implements Consumer<Org> {

    private static final int MAX_REMEMBERED = 100_000;
    private static final JobRequest SWEEP = JobRequest.of(Processors.SWEEP, "{}").withDelay(Duration.ofDays(1))
            .withKey(JobKey.of(JobKey.OWN_PREFIX + "sweep").whileLive());

    private final JobStore jobs;
    private final Cache<UUID, Boolean> swept = Caffeine.newBuilder().maximumSize(MAX_REMEMBERED)
            .expireAfterWrite(Duration.ofHours(1)).build();

    public Sweeps(JobStore jobs) {
        this.jobs = jobs;
    }

    /**
     * Enqueues the job, unless it is there.
     *
     * @throws io.croft.QuotaExceededException if the organisation may have no more jobs; the file's own would find no
     *                                         room either
     */
    @Override
    public void accept(Org org) {
        if (swept.getIfPresent(org.incarnation()) == null) {
            KeptJobs.enqueue(jobs, org.id(), SWEEP);
            swept.put(org.incarnation(), true);
        }
    }
}
