package io.croft.benchmarks.tenancy;

import java.util.concurrent.Callable;
import java.util.function.Consumer;

/** Lets a proof see what is logged at every level. */
@FunctionalInterface
interface CanaryLogs {

    /**
     * Does something, and gives each line that is logged meanwhile to this one: its message, key-value pairs, context
     * and exception.
     */
    void during(Consumer<String> lines, Callable<?> work) throws Exception;
}
