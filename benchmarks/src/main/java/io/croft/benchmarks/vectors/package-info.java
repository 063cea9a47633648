/** The vector search: encodings, scan and graph, other libraries beside it. */
@NullMarked
package io.croft.benchmarks.vectors;

import org.jspecify.annotations.NullMarked;
