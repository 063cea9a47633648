@NullMarked
package io.croft.limits;

import org.jspecify.annotations.NullMarked;
