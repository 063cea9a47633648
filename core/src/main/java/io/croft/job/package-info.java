/**
 * The durable, fair job queue: what a host enqueues, handles, reads and repairs.
 */
@NullMarked
package io.croft.job;

import org.jspecify.annotations.NullMarked;
