package io.croft.ingest.extract;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.croft.CroftException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * The processes that read files: so many at most, each used by one caller at a time. One is kept for the next caller
 * unless it has read its number of files, used a file's processor time up, or failed; what it read is removed before.
 * Thread-safe.
 */
final class Children implements AutoCloseable {

    /** How long a process without work is kept. */
    private static final Duration IDLE = Duration.ofMinutes(1);

    private final Path home;
    private final ChildProgram program;
    private final int filesPerChild;
    private final Semaphore permits;
    private final Executor afterIdling =
            CompletableFuture.delayedExecutor(IDLE.toMillis(), TimeUnit.MILLISECONDS, Thread::startVirtualThread);

    @GuardedBy("this")
    private final Deque<ChildProcess> idle = new ArrayDeque<>();
    @GuardedBy("this")
    private final Set<ChildProcess> all = new HashSet<>();
    @GuardedBy("this")
    private boolean closed;

    Children(Path home, ChildProgram program, int processes, int filesPerChild) {
        this.home = home;
        this.program = program;
        this.filesPerChild = filesPerChild;
        this.permits = new Semaphore(processes, true);
    }

    ChildProgram program() {
        return program;
    }

    /** A process for this caller alone, until it is given back. */
    ChildProcess take() throws InterruptedException {
        permits.acquire();
        boolean taken = false;
        try {
            ChildProcess child = idleOrNew();
            taken = true;
            return child;
        } finally {
            if (!taken) {
                permits.release();
            }
        }
    }

    /** One that may have died since it was kept is no use. */
    private ChildProcess idleOrNew() {
        Optional<ChildProcess> kept = pollIdle();
        while (kept.isPresent() && !kept.get().isFresh(filesPerChild)) {
            retire(kept.get());
            kept = pollIdle();
        }
        return kept.orElseGet(this::startOne);
    }

    private synchronized Optional<ChildProcess> pollIdle() {
        if (closed) {
            throw closed();
        }
        return Optional.ofNullable(idle.pollFirst());
    }

    private synchronized ChildProcess startOne() {
        if (closed) {
            throw closed();
        }
        ChildProcess child = ChildProcess.start(ChildFolder.create(home), program);
        all.add(child);
        return child;
    }

    static CroftException closed() {
        return new CroftException("the extractor is closed: open another one");
    }

    /** Gives a process back. */
    void give(ChildProcess child, Reuse reuse) {
        if (reuse == Reuse.NO || !child.isFresh(filesPerChild) || !child.clear() || !keep(child)) {
            retire(child);
        }
        permits.release();
    }

    /** Whether a process may serve another caller. */
    enum Reuse {
        YES, NO
    }

    private synchronized boolean keep(ChildProcess child) {
        if (closed) {
            return false;
        }
        idle.addFirst(child);
        int uses = child.files();
        afterIdling.execute(() -> retireIdle(child, uses));
        return true;
    }

    private void retireIdle(ChildProcess child, int uses) {
        synchronized (this) {
            if (child.files() != uses || !idle.remove(child)) {
                return;
            }
        }
        retire(child);
    }

    private void retire(ChildProcess child) {
        synchronized (this) {
            all.remove(child);
        }
        child.close();
    }

    @Override
    public void close() {
        List<ChildProcess> left;
        synchronized (this) {
            closed = true;
            idle.clear();
            left = new ArrayList<>(all);
        }
        left.forEach(ChildProcess::close);
        ChildFolder.delete(home);
    }
}
