/** Embedding models that run elsewhere: asked in batches, spared when they are away, and never asked too often. */
@NullMarked
package io.croft.ingest.embed;

import org.jspecify.annotations.NullMarked;
