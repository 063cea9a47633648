/** The queue's store: enqueueing, claiming, finishing, administration. Internal. */
@NullMarked
package io.croft.pg.queue;

import org.jspecify.annotations.NullMarked;
