/** The gate that every call on tenant data goes through. */
@NullMarked
package io.croft.guard;

import org.jspecify.annotations.NullMarked;
