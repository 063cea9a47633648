/** Servers of embeddings that behave badly. */
@NullMarked
package io.croft.ingest.embed;

import org.jspecify.annotations.NullMarked;
