/** Telling other processes that a change log has grown, and hearing it. Internal. */
@NullMarked
package io.croft.pg.notify;

import org.jspecify.annotations.NullMarked;
