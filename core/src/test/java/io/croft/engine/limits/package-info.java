@NullMarked
package io.croft.engine.limits;

import org.jspecify.annotations.NullMarked;
