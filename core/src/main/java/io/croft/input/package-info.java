/** What texts may be that come from outside, and how messages and logs show them. */
@NullMarked
package io.croft.input;

import org.jspecify.annotations.NullMarked;
