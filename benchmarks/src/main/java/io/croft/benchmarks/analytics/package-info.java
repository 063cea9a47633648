/** What recording searches costs. */
@NullMarked
package io.croft.benchmarks.analytics;

import org.jspecify.annotations.NullMarked;
