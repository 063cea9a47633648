/** Files of all kinds, and what extraction gives of them. */
@NullMarked
package io.croft.ingest.extract;

import org.jspecify.annotations.NullMarked;
