/** Proofs that a killed process and a full disk lose nothing that was acknowledged. */
@NullMarked
package io.croft.benchmarks.crash;

import org.jspecify.annotations.NullMarked;
