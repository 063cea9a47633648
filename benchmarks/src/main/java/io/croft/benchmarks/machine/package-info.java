/** What a measurement asks of the machine: CPU time, the page cache, temporary folders, other JVMs. */
@NullMarked
package io.croft.benchmarks.machine;

import org.jspecify.annotations.NullMarked;
