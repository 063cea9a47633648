package io.croft.job;

/** A job being watched. Thread-safe. */
public interface JobWatch extends AutoCloseable {

    /** Tells the listener nothing more; a call of it that is under way goes on. */
    @Override
    void close();
}
