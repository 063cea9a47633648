/** What an index costs: to build, open, search, keep fresh and swap, for one organisation and for thousands. */
@NullMarked
package io.croft.benchmarks.index;

import org.jspecify.annotations.NullMarked;
