/** Measurements of Croft. */
@NullMarked
package io.croft.benchmarks;

import org.jspecify.annotations.NullMarked;
