package io.croft.lucene;

import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * Looks at one index for all searches that wait for it: once at a time, so that a crowd of them takes one of the few
 * threads that load, however many give up waiting and come again. What nobody waits for any more when its turn comes is
 * left undone. Thread-safe.
 */
final class SharedLoad {

    private final IndexThreads threads;
    private final Runnable look;
    /** Begun or in the queue; null if there is none. Guarded by this. */
    private @Nullable Future<?> loading;
    /** Guarded by this. */
    private int waiting;

    /**
     * Loads one index.
     *
     * @param look looks at it
     */
    SharedLoad(IndexThreads threads, Runnable look) {
        this.threads = threads;
        this.look = look;
    }

    /** Waits until somebody has looked at it; a failure of that is thrown. */
    void await(SearchWait wait) {
        Future<?> shared = join();
        try {
            wait.done(shared);
        } finally {
            leave();
        }
    }

    private synchronized Future<?> join() {
        Future<?> shared = loading;
        if (shared == null) {
            shared = threads.beginLoad(this::load);
            loading = shared;
        }
        waiting++;
        return shared;
    }

    private synchronized void leave() {
        waiting--;
    }

    private void load() {
        if (isWanted()) {
            try {
                look.run();
            } finally {
                end();
            }
        }
    }

    /** If not, whoever comes next begins anew. */
    private synchronized boolean isWanted() {
        if (waiting == 0) {
            loading = null;
        }
        return waiting > 0;
    }

    private synchronized void end() {
        loading = null;
    }
}
