/** How well searches answer judged queries, with one index and with two. */
@NullMarked
package io.croft.benchmarks.ranking;

import org.jspecify.annotations.NullMarked;
