/**
 * The text of files, with its layout. Files are read in processes of their own: what a hostile or damaged file does to
 * its reader, it does not do to the host.
 */
@NullMarked
package io.croft.ingest.extract;

import org.jspecify.annotations.NullMarked;
