/** The stores of Croft on Postgres: every SQL statement of the project. */
@NullMarked
package io.croft.pg;

import org.jspecify.annotations.NullMarked;
