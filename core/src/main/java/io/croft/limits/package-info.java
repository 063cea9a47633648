/** How often and how much at once may be called, and what is refused beyond that. */
@NullMarked
package io.croft.limits;

import org.jspecify.annotations.NullMarked;
