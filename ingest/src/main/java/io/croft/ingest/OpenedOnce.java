package io.croft.ingest;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.croft.CroftException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What handlers work with, opened when the first of them needs it: a process that reads no files and crawls no sites
 * pays nothing for it. Thread-safe.
 */
final class OpenedOnce<T> implements AutoCloseable {

    private final Supplier<T> opening;
    private final Consumer<T> closing;
    private final ReentrantLock lock = new ReentrantLock();
    @GuardedBy("lock")
    private @Nullable T opened;
    @GuardedBy("lock")
    private boolean closed;

    OpenedOnce(Supplier<T> opening, Consumer<T> closing) {
        this.opening = opening;
        this.closing = closing;
    }

    /**
     * The one that there is.
     *
     * @throws CroftException if it cannot be opened, or was closed
     */
    T get() {
        lock.lock();
        try {
            if (closed) {
                throw new CroftException("the handlers of this Croft are closed: start another");
            }
            if (opened == null) {
                opened = opening.get();
            }
            return opened;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            if (opened != null) {
                closing.accept(opened);
                opened = null;
            }
        } finally {
            lock.unlock();
        }
    }
}
