/** The change logs as their followers read them. Internal. */
@NullMarked
package io.croft.pg.change;

import org.jspecify.annotations.NullMarked;
