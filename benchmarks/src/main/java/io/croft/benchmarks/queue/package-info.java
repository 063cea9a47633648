/** The proof that each job is accepted exactly once and no limit is exceeded, on processes that are killed. */
@NullMarked
package io.croft.benchmarks.queue;

import org.jspecify.annotations.NullMarked;
