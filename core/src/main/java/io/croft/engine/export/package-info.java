/** Writes out all that an organisation has. */
@NullMarked
package io.croft.engine.export;

import org.jspecify.annotations.NullMarked;
