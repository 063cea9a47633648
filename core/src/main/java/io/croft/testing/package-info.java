/**
 * For the tests of hosts: a job queue in memory, which runs what is due when it is told to, by a clock that the test
 * sets. {@link io.croft.testing.InMemoryJobs} is the one to begin with.
 *
 * <p>Its store passes the contract tests that the one on Postgres passes, its handlers are called by the code that
 * calls them in production, and nothing of it is to be used there: it forgets everything with the process.
 */
@NullMarked
package io.croft.testing;

import org.jspecify.annotations.NullMarked;
