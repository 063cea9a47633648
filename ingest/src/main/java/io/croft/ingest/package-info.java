/** Processors that turn documents into chunks and vectors. */
@NullMarked
package io.croft.ingest;

import org.jspecify.annotations.NullMarked;
