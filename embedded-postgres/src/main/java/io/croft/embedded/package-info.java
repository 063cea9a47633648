/** A real Postgres server inside a test, a demo or a benchmark. */
@NullMarked
package io.croft.embedded;

import org.jspecify.annotations.NullMarked;
