/** When a cron expression occurs. Internal. */
@NullMarked
package io.croft.cron;

import org.jspecify.annotations.NullMarked;
