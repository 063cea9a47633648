@NullMarked
package io.croft.guard;

import org.jspecify.annotations.NullMarked;
