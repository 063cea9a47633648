/** What tests see of logs. */
@NullMarked
package io.croft.logs;

import org.jspecify.annotations.NullMarked;
