/** Keeps the indexes in step with the database: opens, follows the change log, commits, rebuilds. */
@NullMarked
package io.croft.engine.index;

import org.jspecify.annotations.NullMarked;
