/**
 * A job store in memory, for tests: those of the library, and those of hosts through {@link io.croft.testing}. It keeps
 * the contracts of its seams and nothing more: one lock, plain collections, brute force.
 */
@NullMarked
package io.croft.spi.memory;

import org.jspecify.annotations.NullMarked;
