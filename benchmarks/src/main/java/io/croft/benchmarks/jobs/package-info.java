/** The speed of the job queue, beside that of others on the same Postgres. */
@NullMarked
package io.croft.benchmarks.jobs;

import org.jspecify.annotations.NullMarked;
