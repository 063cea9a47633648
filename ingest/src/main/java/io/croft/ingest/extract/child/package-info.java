/**
 * What runs in the process that reads files: one reader for each family of formats, all writing into one
 * {@link io.croft.ingest.extract.child.TextWriter}. Nothing of it runs in the host's process.
 */
@NullMarked
package io.croft.ingest.extract.child;

import org.jspecify.annotations.NullMarked;
