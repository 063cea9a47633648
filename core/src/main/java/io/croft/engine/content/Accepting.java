package io.croft.engine.content;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.croft.Org;
import io.croft.QuotaExceededException;
import io.croft.job.JobKey;
import io.croft.job.JobKind;
import io.croft.job.JobRequest;
import io.croft.spi.JobStore;
import io.croft.spi.Processors;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What follows an input: its queue is looked at at once, and whoever gave a file, or has one fetched, has a job that
 * removes files of which nothing is made any more. Thread-safe.
 */
public final class Accepting implements BiConsumer<Org, JobKind> {

    private static final Logger LOG = LoggerFactory.getLogger(Accepting.class);
    private static final int MAX_REMEMBERED = 100_000;

    private final JobStore jobs;
    private final Consumer<String> wake;
    private final Cache<UUID, Boolean> swept = Caffeine.newBuilder().maximumSize(MAX_REMEMBERED)
            .expireAfterWrite(Duration.ofHours(1)).build();

    /**
     * Follows inputs of this store.
     *
     * @param wake has a queue looked at
     */
    public Accepting(JobStore jobs, Consumer<String> wake) {
        this.jobs = jobs;
        this.wake = wake;
    }

    @Override
    public void accept(Org org, JobKind kind) {
        wake.accept(kind.queue());
        if (!kind.equals(Processors.EMBED) && swept.getIfPresent(org.incarnation()) == null) {
            sweepLater(org);
        }
    }

    /** The input is stored already: where there is no room for one more job, the next input asks again. */
    private void sweepLater(Org org) {
        try {
            jobs.enqueue(org.id(), List.of(JobRequest.of(Processors.SWEEP, "{}").withDelay(Duration.ofDays(1))
                    .withKey(JobKey.of("croft.sweep").whileLive())));
            swept.put(org.incarnation(), true);
        } catch (QuotaExceededException e) {
            LOG.debug("files of organisation {} are not looked through yet: it may have no more jobs", org.id());
        }
    }
}
