/** What administration did: who, what, when, in which request, before and after. */
@NullMarked
package io.croft.audit;

import org.jspecify.annotations.NullMarked;
