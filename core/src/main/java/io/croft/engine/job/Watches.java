package io.croft.engine.job;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.croft.OrgId;
import io.croft.job.JobId;
import io.croft.job.JobListener;
import io.croft.job.JobQueue;
import io.croft.job.JobStatus;
import io.croft.job.JobWatch;
import io.croft.spi.JobStore;
import io.croft.spi.JobStore.Watched;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at watched jobs, all in one call of the store, and tells their listeners what has changed. Its thread is there
 * from the first watch on, and looks only while there are some. Listeners run on virtual threads, one at a time for
 * each watch, so that one which blocks holds up nobody else; it then misses what lies between and gets the last.
 *
 * <p>Thread-safe.
 */
final class Watches {

    private static final Duration LONGEST_INTERVAL = Duration.ofSeconds(1);
    private static final int PATIENCE = 20;
    private static final Logger LOG = LoggerFactory.getLogger(Watches.class);

    private final JobStore store;
    private final StoreHealth health;
    private final ConcurrentMap<Watched, List<Watch>> watches = new ConcurrentHashMap<>();
    private final ExecutorService threads =
            Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("croft-listener").factory());
    private final Loop loop = new Loop("croft-watch", this::round, LONGEST_INTERVAL);
    private final Backoff idle = new Backoff(JobQueue.WATCH_INTERVAL, LONGEST_INTERVAL, PATIENCE);

    private final ReentrantLock lock = new ReentrantLock();
    @GuardedBy("lock")
    private State state = State.NEW;
    @GuardedBy("lock")
    private int count;

    private enum State {
        NEW, RUNNING, CLOSED
    }

    /** What is to be told: where the job stands; empty: it is gone. */
    private record News(Optional<JobStatus> status) {

        boolean isLast() {
            return status.isEmpty() || status.get().state().hasEnded();
        }
    }

    Watches(JobStore store, StoreHealth health) {
        this.store = store;
        this.health = health;
    }

    /** One watch of one job. */
    private final class Watch implements JobWatch {

        private final Watched job;
        private final JobListener listener;
        private final Runnable closed;
        private final AtomicReference<@Nullable News> untold = new AtomicReference<>();
        private volatile boolean ended;
        /** Confined to the loop. */
        private @Nullable News seen;

        Watch(Watched job, JobListener listener, Runnable closed) {
            this.job = job;
            this.listener = listener;
            this.closed = closed;
        }

        /** Returns whether that is new. */
        boolean see(News news) {
            if (news.equals(seen)) {
                return false;
            }
            seen = news;
            if (untold.getAndSet(news) == null) {
                threads.execute(this::tell);
            }
            if (news.isLast()) {
                forget(this);
            }
            return true;
        }

        private void tell() {
            News news;
            do {
                news = untold.get();
                if (news == null || ended) {
                    return;
                }
                try {
                    news.status().ifPresentOrElse(listener::changed, listener::gone);
                } catch (Throwable e) {
                    LOG.error("The listener of job {} failed with {}", job.id(), Failure.forLog(e));
                }
            } while (!untold.compareAndSet(news, null));
        }

        @Override
        public void close() {
            ended = true;
            forget(this);
        }
    }

    /**
     * Watches a job.
     *
     * @param closed told if this is closed before the job has ended
     */
    JobWatch watch(OrgId org, JobId id, JobListener listener, Runnable closed) {
        Watch watch = new Watch(new Watched(org, id), listener, closed);
        lock.lock();
        try {
            if (state == State.CLOSED) {
                throw new IllegalStateException("this queue is closed: no job can be watched any more");
            } else if (count == JobQueue.MAX_WATCHES) {
                throw new IllegalStateException(
                        count + " jobs are watched already, which is the most: close watches that are of no use");
            }
            count++;
            watches.computeIfAbsent(watch.job, key -> new CopyOnWriteArrayList<>()).add(watch);
            if (state == State.NEW) {
                state = State.RUNNING;
                loop.start();
            }
        } finally {
            lock.unlock();
        }
        look();
        return watch;
    }

    /** This attempt has ended: if its job is watched, it is looked at now. */
    void ended(Attempt attempt) {
        if (watches.containsKey(new Watched(attempt.lease().org(), attempt.id()))) {
            look();
        }
    }

    /** Tells nobody anything any more. */
    void close(long nanos) throws InterruptedException {
        boolean running;
        lock.lock();
        try {
            running = state == State.RUNNING;
            state = State.CLOSED;
        } finally {
            lock.unlock();
        }
        loop.stop();
        watches.values().stream().flatMap(List::stream).toList().forEach(watch -> watch.closed.run());
        try {
            if (running) {
                loop.join(nanos);
            }
        } finally {
            threads.shutdown();
        }
    }

    private void look() {
        idle.reset();
        loop.wake();
    }

    private void forget(Watch watch) {
        lock.lock();
        try {
            List<Watch> all = watches.get(watch.job);
            if (all != null && all.remove(watch)) {
                count--;
                if (all.isEmpty()) {
                    watches.remove(watch.job);
                }
            }
        } finally {
            lock.unlock();
        }
    }

    private long round() {
        List<Watched> jobs = List.copyOf(watches.keySet());
        if (jobs.isEmpty()) {
            return Loop.UNTIL_WOKEN;
        }
        for (int from = 0; from < jobs.size(); from += JobStore.MAX_BATCH) {
            List<Watched> part = jobs.subList(from, Math.min(jobs.size(), from + JobStore.MAX_BATCH));
            List<Optional<JobStatus>> found = health.ask(() -> store.statuses(part));
            for (int i = 0; i < part.size(); i++) {
                see(part.get(i), new News(found.get(i)));
            }
        }
        return idle.nextNanos();
    }

    private void see(Watched job, News news) {
        boolean changed = false;
        for (Watch watch : new ArrayList<>(watches.getOrDefault(job, List.of()))) {
            changed |= watch.see(news);
        }
        if (changed) {
            idle.reset();
        }
    }
}
