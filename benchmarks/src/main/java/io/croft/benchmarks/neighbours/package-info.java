/** What organisations notice of one that asks far more than they do, and of more being asked than can be done. */
@NullMarked
package io.croft.benchmarks.neighbours;

import org.jspecify.annotations.NullMarked;
