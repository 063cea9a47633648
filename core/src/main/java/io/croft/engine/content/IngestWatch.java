package io.croft.engine.content;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.croft.OrgId;
import io.croft.intake.IngestStatus;
import io.croft.job.JobId;
import io.croft.job.JobListener;
import io.croft.job.JobStatus;
import io.croft.job.JobWatch;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows a document or listing from job to job: whatever is told of the present one, it is looked at again, and the
 * job of its next step is watched. Thread-safe; the listener is told under the lock, so by one thread at a time.
 */
public final class IngestWatch implements JobWatch {

    /** Watches jobs, for callers that have passed the gate. */
    @FunctionalInterface
    public interface JobWatcher {

        /**
         * Watches a job, as {@link io.croft.job.JobQueue#watch} does.
         *
         * @param closed told if no job is watched any more before this one has ended
         */
        JobWatch watch(OrgId org, JobId job, JobListener listener, Runnable closed);
    }

    private static final Logger LOG = LoggerFactory.getLogger(IngestWatch.class);

    private final JobWatcher watcher;
    private final OrgId org;
    private final Supplier<Optional<IngestStatus>> look;
    private final Consumer<IngestStatus> listener;
    private final Runnable whenOver;
    private final ReentrantLock lock = new ReentrantLock();
    @GuardedBy("lock")
    private @Nullable IngestStatus told;
    @GuardedBy("lock")
    private @Nullable JobId job;
    @GuardedBy("lock")
    private @Nullable JobWatch watch;
    private volatile boolean closed;

    /**
     * A watch.
     *
     * @param look     how far it is
     * @param whenOver told if no job is watched any more before it has ended
     */
    IngestWatch(JobWatcher watcher, OrgId org, Supplier<Optional<IngestStatus>> look, Consumer<IngestStatus> listener,
            Runnable whenOver) {
        this.watcher = watcher;
        this.org = org;
        this.look = look;
        this.listener = listener;
        this.whenOver = whenOver;
    }

    /** Tells how far it is, and follows it from there. */
    void begin(IngestStatus first) {
        lock.lock();
        try {
            see(first);
        } finally {
            lock.unlock();
        }
    }

    private void again() {
        lock.lock();
        try {
            if (!closed) {
                look.get().ifPresent(this::see);
            }
        } catch (RuntimeException e) {
            LOG.warn("how far an input has come could not be looked up, and is not told: {}", e.getMessage());
        } finally {
            lock.unlock();
        }
    }

    @GuardedBy("lock")
    private void see(IngestStatus status) {
        if (!status.equals(told)) {
            told = status;
            try {
                listener.accept(status);
            } catch (RuntimeException e) {
                LOG.error("the listener of an input failed", e);
            }
        }
        if (status.state().hasEnded()) {
            close();
        } else {
            status.job().ifPresent(this::follow);
        }
    }

    @GuardedBy("lock")
    private void follow(JobId next) {
        if (next.equals(job) || closed) {
            return;
        }
        if (watch != null) {
            watch.close();
        }
        job = next;
        watch = watcher.watch(org, next, new JobListener() {
            @Override
            public void changed(JobStatus status) {
                again();
            }

            @Override
            public void gone() {
                again();
            }
        }, whenOver);
    }

    @Override
    public void close() {
        closed = true;
        lock.lock();
        try {
            if (watch != null) {
                watch.close();
            }
        } finally {
            lock.unlock();
        }
    }
}
