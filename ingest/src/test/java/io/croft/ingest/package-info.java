/** Tests of the processors. */
@NullMarked
package io.croft.ingest;

import org.jspecify.annotations.NullMarked;
