/** Proofs of ingestion that need whole processes. */
@NullMarked
package io.croft.benchmarks.ingest;

import org.jspecify.annotations.NullMarked;
