/** Reports on how organisations search and what they find. */
@NullMarked
package io.croft.analytics;

import org.jspecify.annotations.NullMarked;
