/** Tests of cron expressions. */
@NullMarked
package io.croft.cron;

import org.jspecify.annotations.NullMarked;
