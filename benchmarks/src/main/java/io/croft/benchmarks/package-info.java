/**
 * Measurements and proofs of Croft, each run by its name. Each is a {@link io.croft.benchmarks.run.Benchmark} in the
 * package of what it measures; {@code run}, {@code machine} and {@code data} hold what they share, and depend on none
 * of them.
 */
@NullMarked
package io.croft.benchmarks;

import org.jspecify.annotations.NullMarked;
