/** Switches: what is on, for everybody or for one organisation. */
@NullMarked
package io.croft.flags;

import org.jspecify.annotations.NullMarked;
