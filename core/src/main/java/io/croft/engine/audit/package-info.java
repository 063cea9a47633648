/** Shows what administration did. */
@NullMarked
package io.croft.engine.audit;

import org.jspecify.annotations.NullMarked;
