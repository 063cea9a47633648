/**
 * What every measurement is made with: its bar, its size and seed, the product on a database, waits and percentiles.
 */
@NullMarked
package io.croft.benchmarks.run;

import org.jspecify.annotations.NullMarked;
