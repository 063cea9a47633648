/** Proofs that organisations learn nothing of one another, and that what is deleted is gone. */
@NullMarked
package io.croft.benchmarks.tenancy;

import org.jspecify.annotations.NullMarked;
