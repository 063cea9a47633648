/**
 * The contract of each seam, as tests: what every implementation of {@link io.croft.spi} must do, derived from the
 * seam's Javadoc alone.
 *
 * <p>An implementation's test extends the contract of its seam and says how to open it. The tests make organisations
 * and queues of their own with random names, so that all of them may run against one database. The larger contracts are
 * made of several interfaces of cases, which are only there to keep each file readable.
 *
 * <p>{@link io.croft.spi.contract.Await}, {@link io.croft.spi.contract.Race} and {@link io.croft.spi.contract.Seed}
 * also serve the implementations' own tests.
 */
@NullMarked
package io.croft.spi.contract;

import org.jspecify.annotations.NullMarked;
