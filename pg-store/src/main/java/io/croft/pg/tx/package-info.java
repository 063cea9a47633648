/** The one way to the database: transactions that run as a role, for one organisation or none. Internal. */
@NullMarked
package io.croft.pg.tx;

import org.jspecify.annotations.NullMarked;
