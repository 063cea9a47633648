/** Reads and sets flags. */
@NullMarked
package io.croft.engine.flags;

import org.jspecify.annotations.NullMarked;
