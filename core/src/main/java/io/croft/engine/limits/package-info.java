/** Lets calls in as often, and as many at once, as limits allow. */
@NullMarked
package io.croft.engine.limits;

import org.jspecify.annotations.NullMarked;
