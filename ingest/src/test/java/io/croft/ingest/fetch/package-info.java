/** Tests of fetching. */
@NullMarked
package io.croft.ingest.fetch;

import org.jspecify.annotations.NullMarked;
