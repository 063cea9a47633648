/**
 * A store and an index in memory, for tests of what stands on them. They keep the contracts of their seams and nothing
 * more: one lock, plain collections, brute force.
 */
@NullMarked
package io.croft.spi.memory;

import org.jspecify.annotations.NullMarked;
