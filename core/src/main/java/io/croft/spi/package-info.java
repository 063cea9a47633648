/**
 * The seams between the core and its parts: the stores in the database, the index of chunks, the processors.
 *
 * <p>A host does not need this package. It is for those who write another store or index; every implementation runs the
 * contract tests in the core's test-jar.
 */
@NullMarked
package io.croft.spi;

import org.jspecify.annotations.NullMarked;
